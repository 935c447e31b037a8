"""``manage.py up`` for real: one command starts all, deaths are mended, one signal stops all."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.core.embedded import processes
from apps.core.embedded.client import keeper_runs, read_state
from apps.core.embedded.layout import paths
from apps.core.supervisor.arguments import apply_arguments
from apps.core.supervisor.children import PROJECT_DIR, UP_MARK

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180), pytest.mark.xdist_group("faults")]
START_SECONDS = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_environment(**extra: str) -> dict[str, str]:
    """An environment without servers from outside, whatever the suite itself runs on."""
    taken = {
        "DATABASE_URL",
        "DATABASE_DIRECT_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "PUBLIC_URL",
        "FEEDBACK_DATA_DIR",
    }
    return {name: value for name, value in os.environ.items() if name not in taken} | extra


class Up:
    """A running ``manage.py up`` on a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.paths = paths(data_dir)
        self.port = free_port()
        self.log = data_dir.with_suffix(".txt")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start and return the seconds until the first answer."""
        began_at = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=PROJECT_DIR,
                stdout=log,
                stderr=log,
                env=own_environment(),
                start_new_session=True,
            )
        self.wait_for(self.answers, "the first answer", seconds=START_SECONDS)
        return time.monotonic() - began_at

    def command(self) -> list[str]:
        data = ["--data", str(self.paths.data_dir)]
        return [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port), *data]

    def wait_for(self, condition: Callable[[], object], what: str, *, seconds: float = 20.0) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < ends_at, f"not within {seconds} s: {what}\n{self.log.read_text()[-4000:]}"
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def readiness(self) -> dict[str, object]:
        try:
            return dict(json.loads(self.get("/readyz")[1]))
        except (OSError, http.client.HTTPException, ValueError):
            return {}

    def pids(self) -> set[int]:
        """Everything that runs for this data folder, but for ``up`` itself."""
        place = self.paths
        servers = processes.working_in(place.postgres_dir) + processes.working_in(place.valkey_dir)
        return {*processes.with_environment(UP_MARK, str(place.data_dir)), *servers}

    def find(self, pattern: str) -> set[int]:
        """Process ids whose command line matches, among this folder's."""
        found = set()
        for pid in self.pids():
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if re.search(pattern, line):
                found.add(pid)
        return found

    def parent(self, pattern: str) -> int:
        """The oldest process that matches: the one that ``up`` started."""
        return min(self.find(pattern))

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process = None
        return code


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("up") / "data")
    up.start()
    yield up
    if up.process is not None:
        up.stop()


@pytest.fixture
def whole(up: Up) -> Up:
    """The platform with every part alive."""
    if up.process is None:
        up.start()
    up.wait_for(lambda: up.readiness().get("status") == "ok", "every part is alive", seconds=60)
    return up


def test_the_way_in_is_printed(whole):
    ready = f"Ready at http://localhost:{whole.port}/"
    whole.wait_for(lambda: ready in whole.log.read_text(), "the address is printed", seconds=30)  # after it answers
    said = whole.log.read_text()

    assert re.search(rf"http://localhost:{whole.port}/accounts/setup/\S+/", said)


@pytest.mark.parametrize(
    "pattern",
    ["granian", "celery .* worker", "celery .* beat", "manage.py dispatch"],
    ids=["web", "worker", "beat", "dispatcher"],
)
def test_a_killed_part_starts_again_within_a_second(whole, pattern):
    before = whole.find(pattern)
    victim = whole.parent(pattern)

    os.kill(victim, signal.SIGKILL)

    whole.wait_for(lambda: whole.find(pattern) - before, "another one is started", seconds=3)
    whole.wait_for(lambda: not (whole.find(pattern) & before), "no child of the old one is left", seconds=5)
    whole.wait_for(whole.answers, "it answers")
    assert "died (signal SIGKILL): starting it again" in whole.log.read_text()


def test_a_killed_web_process_is_not_missed(whole):
    victim = max(whole.find("granian"))

    os.kill(victim, signal.SIGKILL)

    whole.wait_for(whole.answers, "it answers", seconds=1)
    whole.wait_for(lambda: len(whole.find("granian")) == 3, "another one is started")


def test_killed_servers_come_back_under_a_running_platform(whole):
    for folder in (whole.paths.postgres_dir, whole.paths.valkey_dir):
        os.kill(min(processes.working_in(folder)), signal.SIGKILL)

    whole.wait_for(lambda: whole.log.read_text().count("Valkey died (signal SIGKILL)"), "it is noticed")
    whole.wait_for(lambda: whole.readiness().get("status") == "ok", "every part is alive", seconds=60)
    assert "PostgreSQL died (signal SIGKILL): starting it again" in whole.log.read_text()


def test_a_killed_keeper_comes_back(whole):
    keeper = int(read_state(whole.paths)["pid"])

    os.kill(keeper, signal.SIGKILL)

    whole.wait_for(lambda: read_state(whole.paths).get("pid") not in {None, keeper}, "another keeper")
    whole.wait_for(lambda: whole.readiness().get("status") == "ok", "every part is alive", seconds=60)


def test_a_second_up_says_where_the_first_is(whole):
    other = [*whole.command(), "--port", str(free_port())]

    done = subprocess.run(other, cwd=PROJECT_DIR, env=own_environment(), capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"already runs on this data folder: http://localhost:{whole.port}" in done.stderr
    assert "stop it: Ctrl-C in its terminal" in done.stderr


def test_a_second_up_on_the_same_port_hears_the_same(whole):
    other = [*whole.command(), "--port", str(whole.port)]

    done = subprocess.run(other, cwd=PROJECT_DIR, env=own_environment(), capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"already runs on this data folder: http://localhost:{whole.port}" in done.stderr
    assert "is taken" not in done.stderr


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "manage.py", "up", "--port", str(port), "--data", str(tmp_path / "data")]

        done = subprocess.run(
            command, cwd=PROJECT_DIR, env=own_environment(), capture_output=True, text=True, check=False
        )

    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert f"make run PORT={port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_finds_the_running_database(whole):
    command = [sys.executable, "manage.py", "migrate", "--check"]
    environment = own_environment(FEEDBACK_DATA_DIR=str(whole.paths.data_dir))

    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert whole.answers()


def test_a_killed_up_orphans_nothing_and_heals(whole):
    assert whole.process is not None
    everything = whole.pids()
    whole.process.kill()
    whole.process.wait()
    whole.process = None

    assert processes.wait_gone(everything, seconds=30) == []

    whole.start()


def test_one_signal_stops_everything(whole):
    assert len(whole.pids()) > 8

    code = whole.stop()

    assert code == 0
    assert whole.pids() == set()
    assert not keeper_runs(whole.paths)


def test_options_decide_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("PUBLIC_URL", "")
    monkeypatch.setenv("FEEDBACK_DATA_DIR", "elsewhere")

    apply_arguments(["--port=8017", "--no-demo", "--data", str(tmp_path)])

    assert os.environ["PUBLIC_URL"] == "http://localhost:8017"
    assert os.environ["FEEDBACK_DATA_DIR"] == str(tmp_path)
