"""Using the embedded servers of a data folder: they start for the first user and stop after the last."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.keeper import START_SECONDS
from apps.core.embedded.layout import EmbeddedPaths, make_private_dir
from apps.core.embedded.locks import FileLock, is_locked

_PROJECT_DIR = Path(__file__).resolve().parents[3]
SERVICES = ("postgres", "valkey")
STOP_SECONDS = 45.0


@contextmanager
def services_in_use(
    paths: EmbeddedPaths, services: Iterable[str] = SERVICES, *, is_durable: bool = True
) -> Iterator[FileLock]:
    """Hold the servers named running for the block. The last block to end, in any process, stops them.

    ``is_durable=False`` trades safety against a power cut for speed; the first user decides.
    Raises EmbeddedError with what is wrong where they do not start.
    """
    make_folders(paths)
    with FileLock(paths.run_dir / "users.lock") as users:
        users.share()  # waits while a keeper is stopping its servers
        if set(services):
            ensure_services(paths, services, is_durable=is_durable)
        yield users


def make_folders(paths: EmbeddedPaths) -> None:
    """Make the data folder's private places; raise EmbeddedError where they are not ours."""
    for folder in (paths.data_dir, paths.run_dir, paths.log_dir, paths.socket_dir):
        make_private_dir(folder)


def ensure_services(paths: EmbeddedPaths, services: Iterable[str] = SERVICES, *, is_durable: bool = True) -> None:
    """Start the keeper where none runs and wait for the servers named. The caller holds the users' lock."""
    wanted = set(services)
    for name in wanted:
        (paths.run_dir / f"want-{name}").touch(mode=0o600)
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        if not keeper_runs(paths):
            _start_keeper(paths, is_durable=is_durable)
        if _wait_for(paths, wanted, until=ends_at):
            return
    raise EmbeddedError(
        f"The servers of {paths.data_dir} are not ready after {START_SECONDS:.0f} s; see {paths.log_dir}."
    )


def ensure_keeper(paths: EmbeddedPaths) -> None:
    """Start the keeper again where it was killed; returns at once. The caller holds the users' lock."""
    if not keeper_runs(paths):
        _start_keeper(paths, is_durable=True)


def release_and_wait(paths: EmbeddedPaths, users: FileLock, *, say: Callable[[str], None]) -> None:
    """Let go of the servers and wait until they have stopped, unless another process uses them."""
    users.release()
    ends_at = time.monotonic() + STOP_SECONDS
    patience = time.monotonic() + 1
    while keeper_runs(paths) and time.monotonic() < ends_at:
        if time.monotonic() > patience and read_state(paths).get("status") != "stopping":
            say("PostgreSQL and Valkey stay up: another command uses them and stops them when it ends.")
            return
        time.sleep(0.02)


def keeper_runs(paths: EmbeddedPaths) -> bool:
    return is_locked(paths.run_dir / "keeper.lock")


def _start_keeper(paths: EmbeddedPaths, *, is_durable: bool) -> None:
    (paths.run_dir / "services.json").unlink(missing_ok=True)
    mode = "durable" if is_durable else "fast"
    with (paths.log_dir / "services.log").open("ab") as log:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "apps.core.embedded.keeper",
                str(paths.data_dir),
                str(paths.socket_dir),
                mode,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_PROJECT_DIR,
            env={name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV_"))},
            check=True,
        )


def _wait_for(paths: EmbeddedPaths, wanted: set[str], *, until: float) -> bool:
    """Return whether the servers are ready; False where the keeper has gone without a word."""
    while time.monotonic() < until:
        state = read_state(paths)
        if state.get("status") == "failed":
            raise EmbeddedError(str(state.get("error")))
        if wanted <= set(state.get("ready", ())):
            return True
        if not keeper_runs(paths):
            return False
        time.sleep(0.02)
    return False


def read_state(paths: EmbeddedPaths) -> dict[str, Any]:  # Any: JSON
    """Return what the keeper last said: ``status``, ``ready`` (names), ``error``, ``pid``; or nothing."""
    try:
        state = json.loads((paths.run_dir / "services.json").read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
