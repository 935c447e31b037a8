"""What ``up`` does before and after the children start: port, tables, static files, the first answer."""

import fcntl
import hashlib
import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.locks import FileLock
from apps.core.supervisor.children import PROJECT_DIR


def require_free_port(host: str, port: int) -> None:
    """Raise EmbeddedError where something listens on ``port`` already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise EmbeddedError(f"Port {port} is not for ordinary users: {_other_port(port + 8000)}") from None
        except OSError as error:
            raise EmbeddedError(f"Port {port} is taken ({error.strerror}): {_other_port(port + 1)}") from None


def _other_port(port: int) -> str:
    return f"choose another, say `make run PORT={port}` or `python manage.py up --port {port}`."


@contextmanager
def only_one(path: Path, *, address: str) -> Iterator[None]:
    """Hold the lock of the one ``up`` of a data folder; raise EmbeddedError naming the other."""
    with path.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise EmbeddedError(
                f"The platform already runs on this data folder: {held.read().strip()}. Open it there, or stop it: "
                "Ctrl-C in its terminal. A second one needs a folder and a port of its own: "
                "`FEEDBACK_DATA_DIR=other make run PORT=8100`."
            ) from None
        held.truncate(0)
        held.write(f"{address} (process {os.getpid()})\n")
        held.flush()
        yield


def migrate(say_new: str) -> bool:
    """Bring the tables up to date; return whether the database was empty before."""
    executor = MigrationExecutor(connection)
    is_new = not executor.loader.applied_migrations
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(say_new if is_new else "Updating the database", flush=True)  # noqa: T201
        call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    return is_new


class Collecting(NamedTuple):
    process: subprocess.Popen[bytes]
    lock: FileLock  # two platforms of one checkout would write over each other's files


def start_collecting_static() -> Collecting | None:
    """Start collecting static files where they have changed; None where they have not, or another just did it."""
    if settings.DEBUG or _static_stamp().exists():
        return None
    lock = FileLock(Path(settings.STATIC_ROOT) / ".collecting")
    lock.exclusive()
    if _static_stamp().exists():
        lock.release()
        return None
    process = subprocess.Popen(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=PROJECT_DIR,
        stdin=subprocess.DEVNULL,
    )
    return Collecting(process, lock)


def finish_collecting_static(collecting: Collecting | None) -> None:
    """Wait for it; remember that these files are collected."""
    if collecting is None:
        return
    with collecting.lock:
        if collecting.process.wait():
            raise EmbeddedError("The static files could not be collected: see the lines above.")
        stamp = _static_stamp()
        for older in stamp.parent.glob(".collected-*"):
            older.unlink()
        stamp.touch()


def _static_stamp() -> Path:
    """Return the mark whose name changes with any static file of ours or any installed release."""
    digest = hashlib.sha256()
    for folder in map(Path, settings.STATICFILES_DIRS):
        for path in sorted(folder.rglob("*")):
            found = path.stat()
            digest.update(f"{path} {found.st_mtime_ns} {found.st_size}".encode())
    for name in ("requirements.lock", "feedback_platform/settings.py"):
        digest.update((PROJECT_DIR / name).read_bytes())
    root = Path(settings.STATIC_ROOT)
    root.mkdir(exist_ok=True)
    return root / f".collected-{digest.hexdigest()[:16]}"


@contextmanager
def preparing(run_dir: Path) -> Iterator[None]:
    """Keep two processes from making the tables of one folder at once."""
    with FileLock(run_dir / "migrate.lock") as lock:
        lock.exclusive()
        yield


def answers(host: str, port: int) -> bool:
    """Return whether the web server serves."""
    address = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  # listening everywhere: ask here
    connection_ = http.client.HTTPConnection(address, port, timeout=1)
    try:
        connection_.request("GET", "/healthz")
        return connection_.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection_.close()
