"""The real platform under test: ``manage.py up`` on a data folder of its own, and hands to hurt its parts.

PostgreSQL is the platform's own (its keeper starts it again); Redis is the harness's own, so that it can stay down.
Everything is signalled by process id, and only what was started here. Start things in the main thread: Linux ends
children together with the thread that made them, so that a killed test run leaves nothing behind.
"""

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2

from apps.core.embedded import processes
from apps.core.embedded.binaries import valkey_server
from apps.core.embedded.client import read_state
from apps.core.embedded.layout import paths
from apps.core.embedded.service import launched
from apps.core.supervisor.children import PROJECT_DIR, UP_MARK

START_SECONDS = 180.0
STEADY_SECONDS = 1.0  # a server that is on its way down answers for a while
SCOPES = "feedback:write,feedback:read,queues:read"
_OTHERS = {  # of the environment: whatever the suite itself runs on
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PUBLIC_URL",
    "FEEDBACK_DATA_DIR",
}
_NO_LIMITS = {"FORM_MIN_SECONDS": "0", "FORM_LIMIT": "1000000/m", "API_LIMIT": "1000000/m"}


class Tenant(NamedTuple):
    """What the harness made in the platform (tenant.py)."""

    api_key: str
    product: str  # slugs, these three
    form: str
    team: str
    tags: dict[str, str]  # slug by name
    email: str
    password: str


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]  # names in lower case


def free_port() -> int:
    """Return a port nobody listens on, below those that the system gives to outgoing connections."""
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class OwnRedis:
    """A Redis-compatible server on a port of its own: stays down when it is down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        switches = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen(
            launched([str(valkey_server()), *switches], death_signal=signal.SIGKILL),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda: self.command("PING") == b"PONG", "Redis answers", seconds=10)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    @property
    def is_running(self) -> bool:
        return self.process is not None

    def command(self, *words: str | bytes) -> object:
        """Send one command; return bytes, an int, None or an Exception; None too where nobody answers."""
        import redis  # its own connection each time: the server may be another one by now

        client = redis.Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2)
        try:
            answer: object = client.execute_command(*words)
            return b"PONG" if answer is True else answer
        except redis.ResponseError as error:
            return error
        except (redis.RedisError, OSError):
            return None
        finally:
            client.close()


class RunningPlatform:
    """One data folder with the platform that runs on it."""

    def __init__(
        self,
        folder: Path,
        *,
        extra: Mapping[str, str] | None = None,
        own_redis: bool = True,
        with_demo: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.paths = paths(folder / "data")
        self.port = free_port()
        self.log = folder / "up.log"
        self.switches = [] if with_demo else ["--no-demo"]
        self.redis = OwnRedis(folder / "redis")
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {name: value for name, value in os.environ.items() if name not in _OTHERS}
        self.environment |= {"FEEDBACK_DATA_DIR": str(self.paths.data_dir), **_NO_LIMITS}
        if own_redis:
            self.environment["REDIS_URL"] = self.redis.url
        self.environment |= extra or {}

    # --- life -------------------------------------------------------------------------------------------------
    def start(self) -> float:
        """Start Redis and the platform; return the seconds until its first answer."""
        if "REDIS_URL" in self.environment and not self.redis.is_running:
            self.redis.start()
        began_at = time.monotonic()
        command = [sys.executable, "manage.py", "up", *self.switches, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                launched(command, death_signal=signal.SIGTERM),
                cwd=PROJECT_DIR,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        self.wait_for(self._answers_or_died, "the first answer", seconds=START_SECONDS)
        return time.monotonic() - began_at

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill_everything()
            self.process = None
        if self.redis.is_running:
            self.redis.kill()

    def kill_everything(self) -> int:
        """End every process at once, as a power cut would; return how many there were."""
        assert self.process is not None
        victims = [self.process.pid, *self.pids()]
        if keeper := read_state(self.paths).get("pid"):
            victims.append(int(keeper))
        processes.send(victims, signal.SIGKILL)
        if self.redis.is_running:
            self.redis.kill()
        self.process.wait()
        self.process = None
        left = processes.wait_gone(victims, seconds=10)
        assert not left, f"still alive after SIGKILL: {left}"
        return len(victims)

    # --- its parts --------------------------------------------------------------------------------------------
    def pids(self) -> set[int]:
        """Everything that runs for this data folder, but for ``up`` and the keeper."""
        servers = processes.working_in(self.paths.postgres_dir) + processes.working_in(self.paths.valkey_dir)
        return {*processes.with_environment(UP_MARK, str(self.paths.data_dir)), *servers}

    def find(self, pattern: str) -> list[int]:
        """Process ids of the platform's children whose command line matches, oldest first."""
        children = processes.with_environment(UP_MARK, str(self.paths.data_dir))
        return sorted(pid for pid in children if re.search(pattern, _command_line(pid)))

    def web_workers(self) -> list[int]:
        return self._children_of_parts("granian")

    def worker_children(self) -> list[int]:
        return self._children_of_parts("celery .* worker")

    def _children_of_parts(self, pattern: str) -> list[int]:
        """Return matching processes that ``up`` did not start itself, without those that only look after others."""
        found, up = self.find(pattern), self.process.pid if self.process else 0
        parents = {pid: _parent(pid) for pid in found}
        return [pid for pid in found if parents[pid] != up and pid not in parents.values()]

    def part(self, name: str) -> int | None:
        """The supervised process itself: web, worker, dispatcher or beat; None while there is none."""
        pattern = {"web": "granian", "worker": "celery .* worker", "beat": "celery .* beat"}.get(name, name)
        pattern = "manage.py dispatch" if name == "dispatcher" else pattern
        up = self.process.pid if self.process else 0
        return next((pid for pid in self.find(pattern) if _parent(pid) == up), None)

    def postmaster(self) -> int | None:
        try:
            pid = int((self.paths.postgres_dir / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if pid in processes.working_in(self.paths.postgres_dir) else None

    def wait_for_part(self, name: str, *, but: int | None = None, seconds: float = 30.0) -> int:
        """Wait until the supervised process runs, another one than ``but``; return its id."""
        self.wait_for(lambda: self.part(name) not in {None, but}, f"another {name}", seconds=seconds)
        return self.part(name) or 0

    def kill(self, pid: int | None, number: signal.Signals = signal.SIGKILL) -> bool:
        """Signal one process; return whether there was one."""
        if pid is None:
            return False
        processes.send([pid], number)
        return True

    # --- asking it --------------------------------------------------------------------------------------------
    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own. Raises OSError or HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, answer.read(), found)
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.call("GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def _answers_or_died(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-4000:]
        return self.answers()

    def readiness(self) -> dict[str, Any]:  # Any: JSON
        try:
            return dict(json.loads(self.call("GET", "/readyz").body))
        except (OSError, http.client.HTTPException, ValueError):
            return {}

    def is_whole(self) -> bool:
        return self.readiness().get("status") == "ok" and len(self.web_workers()) == 2 and bool(self.part("worker"))

    def wait_whole(self, *, seconds: float = 60.0) -> float:
        """Wait until every part lives, and still does a moment later; return the seconds until it did."""
        ends_at = time.monotonic() + seconds
        began_at = since = time.monotonic()
        while time.monotonic() - since < STEADY_SECONDS:
            if not self.is_whole():
                self.wait_for(self.is_whole, "every part is alive", seconds=max(0.1, ends_at - time.monotonic()))
                since = time.monotonic()
            time.sleep(0.1)
        return since - began_at

    def queue(self, tenant: Tenant) -> dict[str, dict[str, Any]]:  # Any: JSON
        """Return the team's queue by tag slug."""
        path = f"/api/v1/teams/{tenant.team}/queue/"
        answer = self.call("GET", path, headers={"Authorization": f"Bearer {tenant.api_key}"})
        assert answer.status == 200, answer
        return {entry["tag"]["slug"]: entry for entry in json.loads(answer.body)["entries"]}

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:  # Any: whatever was asked for
        """Ask the database itself."""
        connection = psycopg2.connect(self.paths.database_url, connect_timeout=5)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall())
        finally:
            connection.close()

    # --- its commands -----------------------------------------------------------------------------------------
    def manage_process(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *words: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
        process = self.manage_process(*words)
        said, complained = process.communicate()
        assert not (is_checked and process.returncode), f"{words}: {said}\n{complained}"
        return subprocess.CompletedProcess(list(words), process.returncode, said, complained)

    def make_tenant(self, *, name: str, rules: Mapping[str, list[str]]) -> Tenant:
        """Make a team with tags and keyword rules (phrases by tag name), a product, a form, a user and a key."""
        made = subprocess.run(
            [sys.executable, "-m", "tests.faults.tenant", name],
            input=json.dumps(rules),
            cwd=PROJECT_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        return Tenant(**json.loads(made.stdout.splitlines()[-1]))

    def check_queues(self, *, settled_seconds: float = 60.0) -> tuple[int, dict[str, Any]]:  # Any: JSON
        """Return exit code and report of ``check_queues --settled``."""
        done = self.manage("check_queues", "--json", "--settled", str(settled_seconds), is_checked=False)
        assert done.stdout.strip(), f"exit {done.returncode}: {done.stderr[-2000:]}"
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    def wait_for(self, condition: Callable[[], object], what: str, *, seconds: float = 20.0) -> None:
        wait_for(condition, what, seconds=seconds, log=self.log)


def wait_for(condition: Callable[[], object], what: str, *, seconds: float, log: Path | None = None) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        said = f"\n{log.read_text(errors='replace')[-4000:]}" if log else ""
        assert time.monotonic() < ends_at, f"not within {seconds} s: {what}{said}"
        time.sleep(0.05)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0
