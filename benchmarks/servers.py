"""Which web server carries the real application best: GET of a public form, POST of feedback by API. make bench, or:

    python benchmarks/servers.py [--seconds 4]

Each server runs on an embedded database of its own folder; the client is threads with kept connections, so at high
concurrency it is a part of what is measured: compare servers, not with other tables. CPU is that of the server.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psutil

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))

from apps.core.embedded.client import services_in_use  # noqa: E402
from apps.core.embedded.layout import paths  # noqa: E402
from apps.core.supervisor.children import web_command  # noqa: E402

PORT = 8991
BIND = f"127.0.0.1:{PORT}"
APPLICATION = "feedback_platform.wsgi:application"
GUNICORN = [sys.executable, "-m", "gunicorn", "--bind", BIND, "--log-level", "warning"]
SERVERS = {
    "granian 2x4": web_command(host="127.0.0.1", port=PORT),
    "gunicorn gthread 2x4": [*GUNICORN, "-k", "gthread", "-w", "2", "--threads", "4", APPLICATION],
    "gunicorn sync x2": [*GUNICORN, "-w", "2", APPLICATION],
}


class Load:
    """Requests from several threads for some seconds."""

    def __init__(self, made: dict[str, str]) -> None:
        self.made = made
        self.seconds: list[float] = []
        self.failures = 0

    def request(self, kind: str) -> tuple[str, str, bytes | None, dict[str, str]]:
        if kind == "form":
            return "GET", f"/f/{self.made['form']}/", None, {}
        body = json.dumps({"product": self.made["product"], "text": f"The detector drifts {uuid.uuid4()}"}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return "POST", "/api/v1/feedback/", body, headers | {"Authorization": f"Bearer {self.made['api_key']}"}

    def run(self, kind: str, *, concurrency: int, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        threads = [threading.Thread(target=self._client, args=(kind, ends_at)) for _ in range(concurrency)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _client(self, kind: str, ends_at: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        while time.monotonic() < ends_at:
            began_at = time.perf_counter()
            try:
                method, path, body, headers = self.request(kind)
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                is_fine = answer.status < 300
            except (OSError, http.client.HTTPException):
                connection.close()
                is_fine = False
            self.failures += not is_fine
            self.seconds.append(time.perf_counter() - began_at)


def measure(name: str, made: dict[str, str], environment: dict[str, str], *, seconds: float) -> None:
    server = subprocess.Popen(SERVERS[name], cwd=PROJECT_DIR, env=environment, stderr=subprocess.PIPE)
    try:
        if not wait_for_answer(server):
            print(f"{name:<22} NOT RUN: it does not start")
            return
        Load(made).run("form", concurrency=4, seconds=1)  # warm
        for kind in ("form", "post"):
            for concurrency in (1, 8, 32):
                before, load = cpu_seconds(server.pid), Load(made)
                load.run(kind, concurrency=concurrency, seconds=seconds)
                print_row(name, kind, concurrency, load, cpu=cpu_seconds(server.pid) - before, seconds=seconds)
    finally:
        server.terminate()
        server.wait()


def wait_for_answer(server: "subprocess.Popen[bytes]") -> bool:
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    return False


def cpu_seconds(pid: int) -> float:
    leader = psutil.Process(pid)
    times = [process.cpu_times() for process in (leader, *leader.children(recursive=True))]
    return sum(found.user + found.system for found in times)


def print_row(name: str, kind: str, concurrency: int, load: Load, *, cpu: float, seconds: float) -> None:
    ordered = sorted(load.seconds)
    p95 = ordered[int(len(ordered) * 0.95)] * 1000
    print(
        f"{name:<22} {kind:<5} {concurrency:>3}  {len(ordered) / seconds:>7.0f}/s  p95 {p95:>6.1f} ms"
        f"  {cpu / len(ordered) * 1000:>5.2f} CPU ms  {load.failures} failed",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = paths(Path(folder) / "data")
        outside = {"DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "SECRET_KEY"}
        environment = {name: value for name, value in os.environ.items() if name not in outside}
        environment |= {"FEEDBACK_DATA_DIR": str(place.data_dir), "API_LIMIT": "1000000/m"}
        with services_in_use(place):
            manage = [sys.executable, "manage.py"]
            subprocess.run([*manage, "migrate", "-v0"], cwd=PROJECT_DIR, env=environment, check=True)
            subprocess.run([*manage, "collectstatic", "--noinput", "-v0"], cwd=PROJECT_DIR, env=environment, check=True)
            said = subprocess.run(
                [sys.executable, "-m", "tests.faults.tenant", "Servers"],
                cwd=PROJECT_DIR,
                env=environment,
                input=b"{}",
                capture_output=True,
                check=True,
            )
            for name in SERVERS:
                measure(name, json.loads(said.stdout), environment, seconds=options.seconds)


if __name__ == "__main__":
    main()
