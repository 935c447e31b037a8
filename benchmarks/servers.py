"""Which web server: the real views under granian and gunicorn, on one database, at 1, 8 and 32 clients.

    python benchmarks/servers.py [--json] [--seconds 6] [--rounds 2]

Each server runs the platform's own application with 2 processes of 4 threads; workers and dispatcher run beside, as
they do in life. Clients keep one connection each and run in processes of their own, on the same machine: figures are
lower bounds, ratios are what counts. A server that is not installed is NOT RUN (gunicorn is no dependency).
"""

import argparse
import importlib.util
import itertools
import json
import multiprocessing
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from measuring import PROJECT_DIR, describe_machine, median, percentile

from apps.core.supervisor.children import web_command
from tests.faults.running import RunningPlatform, Tenant, free_port, wait_for

CLIENTS = (1, 8, 32)
CLIENT_PROCESSES = 2
TOKENS_PER_SECOND = 2_000  # more than any server can take
TEXT = "After the update the signal is lost within an hour and the baseline has to be taken again by hand."


def gunicorn_command(*, host: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--worker-class", "gthread"),
        *("--workers", "2", "--threads", "4", "--keep-alive", "30", "--log-level", "warning"),
        "feedback_platform.wsgi:application",
    ]


SERVERS: dict[str, Callable[..., list[str]]] = {"granian": web_command, "gunicorn": gunicorn_command}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=2, help="medians are taken over these")
    options = parser.parse_args()
    machine = describe_machine()
    with tempfile.TemporaryDirectory(prefix="servers-") as folder:
        running = RunningPlatform(Path(folder))
        try:
            running.start()
            tenant = running.make_tenant(name="Detector", rules={"Signal": ["signal is lost"]})
            figures = measure(running, tenant, seconds=options.seconds, rounds=options.rounds)
        finally:
            running.stop()
    for name, value in machine.items():
        print(f"  {name:20} {value}")
    for name, found in figures.items():
        times = f"p50 {found['p50_ms']:>7.1f} ms  p95 {found['p95_ms']:>7.1f} ms"
        print(f"  {name:32} {found['per_second']:>8,.0f}/s  {times}")
    if options.json:
        print(json.dumps({"figures": figures, "machine": machine}))
    return 0


def measure(running: RunningPlatform, tenant: Tenant, *, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Return figures by server, kind of request and number of clients; servers take turns, round by round."""
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for server, command in SERVERS.items():
            if importlib.util.find_spec(server) is None:
                print(f"NOT RUN: {server} is not installed", file=sys.stderr)
                continue
            with serving(running, command) as port:
                for kind in ("form", "api"):
                    press(running, tenant, port, kind, clients=8, seconds=1.0)  # warm
                    for clients in CLIENTS:
                        figures = press(running, tenant, port, kind, clients=clients, seconds=seconds)
                        found.setdefault(f"{server} {kind} POST, {clients} clients", []).append(figures)
    return {
        name: {key: round(median([one[key] for one in several]), 2) for key in several[0]}
        for name, several in found.items()
    }


@contextmanager
def serving(running: RunningPlatform, command: Callable[..., list[str]]) -> Iterator[int]:
    """Run one server on the platform's database; the platform's own stands idle meanwhile."""
    port = free_port()
    with running.log.open("ab") as log:
        process = subprocess.Popen(
            command(host="127.0.0.1", port=port),
            cwd=PROJECT_DIR,
            env=running.environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(lambda: _answers(port), "the server answers", seconds=60, log=running.log)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


def press(
    running: RunningPlatform, tenant: Tenant, port: int, kind: str, *, clients: int, seconds: float
) -> dict[str, float]:
    """Send as fast as ``clients`` connections can for so many seconds."""
    shares = [clients // CLIENT_PROCESSES + (n < clients % CLIENT_PROCESSES) for n in range(CLIENT_PROCESSES)]
    tokens = issue_tokens(running, tenant, int(seconds * TOKENS_PER_SECOND)) if kind == "form" else []
    with multiprocessing.Pool(CLIENT_PROCESSES) as pool:
        jobs = [
            pool.apply_async(client_process, (port, kind, tenant, tokens[n::CLIENT_PROCESSES], share, seconds))
            for n, share in enumerate(shares)
            if share
        ]
        times = [value for job in jobs for value in job.get(seconds + 60)]
    return {
        "per_second": len(times) / seconds,
        "p50_ms": median(times) * 1000,
        "p95_ms": percentile(times, 0.95) * 1000,
    }


def issue_tokens(running: RunningPlatform, tenant: Tenant, count: int) -> list[str]:
    """Return fresh form tokens: fetching each by a GET would measure the GET."""
    code = (
        "import time; from apps.feedback import tokens; from apps.feedback.models import Form;"
        f" form = Form.objects.get(slug='{tenant.form}');"
        f" [print(tokens.issue_form_token(form.pk, now=time.time() - 5)) for _ in range({count})]"
    )
    said = running.manage("shell", "--verbosity", "0", "-c", code).stdout.split()
    assert len(said) == count
    return said


def client_process(
    port: int, kind: str, tenant: Tenant, tokens: list[str], clients: int, seconds: float
) -> list[float]:
    """Return the seconds of each request of ``clients`` connections, served in turns as answers come."""
    selector = selectors.DefaultSelector()
    turns = itertools.cycle(tokens or [""])
    number, times, ends_at = 0, [], time.monotonic() + seconds
    sent_at: dict[socket.socket, float] = {}
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(request(kind, tenant, next(turns), f"{os.getpid()}-{number}"))
        number, sent_at[connection] = number + 1, time.monotonic()
    while (now := time.monotonic()) < ends_at:
        for key, _ in selector.select(timeout=ends_at - now):
            connection = key.fileobj  # type: ignore[assignment]  # a socket, as registered
            check_answer(read_answer(connection))
            times.append(time.monotonic() - sent_at[connection])
            connection.sendall(request(kind, tenant, next(turns), f"{os.getpid()}-{number}"))
            number, sent_at[connection] = number + 1, time.monotonic()
    return times


def read_answer(connection: socket.socket) -> bytes:
    """Read one answer whole; both servers say how long it is, or that it has no body."""
    answer = connection.recv(65_536)
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head


def check_answer(head: bytes) -> None:
    if head.split(b" ", 2)[1] not in {b"200", b"201", b"303"}:
        raise RuntimeError(head.decode())


def request(kind: str, tenant: Tenant, token: str, mark: str) -> bytes:
    """Return a POST with words of its own, or the GET of a form."""
    if kind == "form_get":
        return f"GET /f/{tenant.form}/ HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    if kind == "bare":
        body = urlencode({"text": f"{TEXT} {mark} {time.time_ns()}", "rating": "2"}).encode()
        path, content_type, extra = "/bare/", "application/x-www-form-urlencoded", ""
    elif kind == "api":
        body = json.dumps({"text": f"{TEXT} {mark}", "product": tenant.product, "rating": 2}).encode()
        path, content_type = "/api/v1/feedback/", "application/json"
        extra = f"Authorization: Bearer {tenant.api_key}\r\nIdempotency-Key: {mark}-{time.time_ns()}\r\n"
    else:
        body = urlencode({"token": token, "text": f"{TEXT} {mark} {time.time_ns()}", "rating": "2"}).encode()
        path, content_type, extra = f"/f/{tenant.form}/", "application/x-www-form-urlencoded", ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n{extra}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    sys.exit(main())
