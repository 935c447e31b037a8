"""Processes of earlier runs: found by what the kernel knows of them, never by a recorded number alone."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PROC = Path("/proc")


def is_running(pid: int) -> bool:
    """Return whether ``pid`` lives; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if sys.platform != "linux":
        return True
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def _matching(is_match: Callable[[Path], bool]) -> list[int]:
    if sys.platform != "linux":
        return []
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if is_match(entry) and is_running(int(entry.name)):
                found.append(int(entry.name))
        except OSError:  # ended meanwhile, or somebody else's
            continue
    return found


def working_in(directory: Path) -> list[int]:
    """Return the ids of processes whose working directory is ``directory`` (Linux; elsewhere none)."""
    target = str(directory)
    return _matching(lambda entry: str((entry / "cwd").readlink()).removesuffix(" (deleted)") == target)


def with_environment(name: str, value: str) -> list[int]:
    """Return the ids of processes with ``name=value`` in their environment (Linux; elsewhere none)."""
    needle = os.fsencode(f"{name}={value}")
    return _matching(lambda entry: needle in (entry / "environ").read_bytes().split(b"\0"))


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """Signal every process of ``pids`` that still lives and is ours."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def wait_gone(pids: Iterable[int], *, seconds: float) -> list[int]:
    """Return those of ``pids`` that still live after at most ``seconds``."""
    left = [pid for pid in pids if is_running(pid)]
    ends_at = time.monotonic() + seconds
    while left and time.monotonic() < ends_at:
        time.sleep(0.02)
        left = [pid for pid in left if is_running(pid)]
    return left


def end(find: Callable[[], list[int]], *, politely: signal.Signals | None, seconds: float) -> int:
    """End what ``find`` returns: ``politely`` for up to ``seconds``, then by SIGKILL. Return how many."""
    pids = find()
    if pids and politely is not None:
        send(pids, politely)
        wait_gone(pids, seconds=seconds)
    ended = len(pids)
    for _ in range(20):  # a dying parent may fork once more
        pids = find()
        if not pids:
            break
        send(pids, signal.SIGKILL)
        wait_gone(pids, seconds=1)
    return ended
