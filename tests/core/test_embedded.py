"""The embedded services: found by every process, healed after crashes, stopped after the last user."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from apps.core.embedded import processes
from apps.core.embedded.client import keeper_runs, make_folders, read_state, services_in_use
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.layout import EmbeddedPaths, make_private_dir, paths
from apps.core.embedded.postgres import Postgres, unprivileged_uid
from apps.core.embedded.service import launched
from apps.core.embedded.valkey import Valkey

WITHIN_SECONDS = 20.0


def wait_for(condition: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < ends_at, f"not within {WITHIN_SECONDS} s: {what}"
        time.sleep(0.02)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[EmbeddedPaths]:
    place = paths(tmp_path / "data")
    yield place
    wait_for(lambda: not place.run_dir.exists() or not keeper_runs(place), "the keeper leaves")


def select(place: EmbeddedPaths, statement: str) -> object:
    connection = psycopg2.connect(place.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def pids(place: EmbeddedPaths) -> list[int]:
    return processes.working_in(place.postgres_dir) + processes.working_in(place.valkey_dir)


def log(place: EmbeddedPaths) -> str:
    return (place.log_dir / "services.log").read_text()


def postmaster(place: EmbeddedPaths) -> int:
    return int((place.postgres_dir / "postmaster.pid").read_text().splitlines()[0])


def test_the_servers_of_a_new_folder_are_durable_and_private(place):
    with services_in_use(place):
        assert select(place, "SHOW fsync") == "on"
        assert select(place, "SHOW synchronous_commit") == "on"
        assert select(place, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(place.socket_dir.stat().st_mode) == 0o700
        assert stat.S_IMODE(place.postgres_dir.stat().st_mode) == 0o700


def test_the_last_user_stops_the_servers_and_data_stays(place):
    with services_in_use(place):
        with services_in_use(place):
            select(place, "CREATE TABLE kept AS SELECT 7 AS n")
        time.sleep(0.5)
        assert select(place, "SELECT n FROM kept") == 7  # the first user is still here
    wait_for(lambda: not keeper_runs(place), "the keeper leaves")

    assert pids(place) == []

    with services_in_use(place):
        assert select(place, "SELECT n FROM kept") == 7


@pytest.mark.faults
@pytest.mark.parametrize("victim", ["postgres", "valkey"])
def test_a_killed_server_starts_again(place, victim):
    with services_in_use(place):
        before = postmaster(place) if victim == "postgres" else processes.working_in(place.valkey_dir)[0]

        os.kill(before, signal.SIGKILL)

        wait_for(lambda: log(place).count(" is ready") == 3, "it is ready again")
        assert before not in pids(place)
        assert select(place, "SELECT 1") == 1


@pytest.mark.faults
def test_everything_killed_at_once_heals_at_the_next_start(place):
    with services_in_use(place):
        select(place, "CREATE TABLE kept AS SELECT 7 AS n")
        keeper = int(read_state(place)["pid"])
        everything = [keeper, *pids(place)]
        processes.send(everything, signal.SIGKILL)
        assert processes.wait_gone(everything, seconds=5) == []
    (place.postgres_dir / "postmaster.pid").write_text(f"{os.getpid()}\n")  # as a reused number would look

    with services_in_use(place):
        assert select(place, "SELECT n FROM kept") == 7


@pytest.mark.faults
def test_a_killed_user_leaves_nothing_running(place):
    make_folders(place)
    code = (
        "import sys, time; from pathlib import Path; from apps.core.embedded.client import services_in_use\n"
        "from apps.core.embedded.layout import paths\n"
        "with services_in_use(paths(Path(sys.argv[1]))): print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, place.data_dir], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"ready\n"
        user.kill()

    wait_for(lambda: not keeper_runs(place), "the keeper leaves")

    assert pids(place) == []


def test_a_half_made_cluster_is_made_again(place):
    make_folders(place)
    half = place.data_dir / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with services_in_use(place):
        assert select(place, "SELECT 1") == 1

    assert not half.exists()


def test_a_damaged_broker_file_is_set_aside(place):
    make_folders(place)
    folder = place.valkey_dir / "appendonlydir"
    folder.mkdir(parents=True, mode=0o700)
    place.valkey_dir.chmod(0o700)
    (folder / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    (folder / "appendonly.aof.1.incr.aof").write_bytes(b"not a log of commands at all\r\n")

    with services_in_use(place, ["valkey"]):
        assert Valkey(place).check_ready()

    assert list(place.data_dir.glob("valkey.damaged-*"))


def test_a_foreign_folder_is_named_not_used(place):
    make_folders(place)
    place.postgres_dir.mkdir(mode=0o700)
    (place.postgres_dir / "thesis.doc").touch()

    with pytest.raises(EmbeddedError, match="is not a PostgreSQL cluster"), services_in_use(place):
        pass


def test_a_cluster_of_another_version_is_named(place):
    make_folders(place)
    place.postgres_dir.mkdir(mode=0o700)
    (place.postgres_dir / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(EmbeddedError, match=r"was made by PostgreSQL 9\.6"):
        Postgres(place, is_durable=True).prepare()


def test_a_socket_folder_planted_by_somebody_is_refused(tmp_path):
    real = tmp_path / "elsewhere"
    real.mkdir()
    (tmp_path / "planted").symlink_to(real)

    with pytest.raises(EmbeddedError, match="is not a folder of this user"):
        make_private_dir(tmp_path / "planted")


def test_a_long_path_still_has_short_sockets(tmp_path):
    deep = tmp_path / ("x" * 90)

    place = paths(deep)

    assert len(str(place.socket_dir / ".s.PGSQL.5432.lock.12345")) < 100
    assert place.socket_dir != paths(tmp_path / ("y" * 90)).socket_dir


def test_the_key_is_made_once(tmp_path):
    place = paths(tmp_path / "data")

    first = place.secret_key()

    assert place.secret_key() == first
    assert len(first) > 60
    assert stat.S_IMODE((place.data_dir / "secret_key").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: only root changes its user")
def test_a_server_of_root_is_nobody_yet_enters_private_folders(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    program = private / "program"
    program.write_text("")
    program.chmod(0o700)
    code = f"import os; print(os.geteuid(), os.access({str(program)!r}, os.X_OK))"

    done = subprocess.run(
        launched(
            [sys.executable, "-c", code],
            death_signal=signal.SIGKILL,
            options=["--uid", str(unprivileged_uid())],
        ),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [str(unprivileged_uid()), "True"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_up_reads_its_arguments_before_any_setting(tmp_path):
    """What imports the settings too early would give every link the port 8000."""
    program = (
        "import django.core.management as management\n"
        "from apps.core.embedded import command_line\n"
        "def tell(argv):\n"
        "    from django.conf import settings\n"
        "    print(settings.PUBLIC_URL, settings.DATA_DIR)\n"
        "management.execute_from_command_line = tell\n"
        f"command_line.run(['manage.py', 'up', '--port', '8123', '--data', {str(tmp_path)!r}])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("PUBLIC_URL", "FEEDBACK_DATA_DIR")}

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "feedback_platform.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["http://localhost:8123", str(tmp_path)]
