"""Where the files lie: under MEDIA_ROOT by their keys, so backups have them. No database."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings

PREVIEW = ".preview"
WORK = ".work-"  # files being made: no backup takes them
KEY_CHARACTERS = 32  # hexadecimal: 128 bits


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "attachments"


def path_of(key: str, *, is_preview: bool = False) -> Path:
    """Return where the file of ``key`` lies, there or not. Keys are ours: 32 hexadecimal digits."""
    if len(key) != KEY_CHARACTERS or not set(key) <= set("0123456789abcdef"):
        raise ValueError("Not a key of ours.")
    return folder() / key[:2] / f"{key}{PREVIEW if is_preview else ''}"


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a private folder on the same disk, and clear it away."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder() / f"{WORK}{secrets.token_hex(8)}"
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        for path in place.iterdir():
            path.unlink(missing_ok=True)
        with suppress(OSError):
            place.rmdir()


def settle(source: Path, key: str, *, is_preview: bool = False) -> None:
    """Move a finished file to its place, safely on the disk: what follows may be acknowledged."""
    target = path_of(key, is_preview=is_preview)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    source.chmod(0o600)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    place = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def link(source_key: str, key: str) -> bool:
    """Let ``key`` name the same content as ``source_key``; False where that is not there."""
    try:
        for is_preview in (False, True):
            source, target = path_of(source_key, is_preview=is_preview), path_of(key, is_preview=is_preview)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            if not is_preview or source.exists():
                os.link(source, target)
                os.utime(target)  # as new: the sweep leaves it until its row is there
    except FileNotFoundError:
        return False
    return True


def delete(key: str) -> None:
    """Delete the file and its small copy; again does nothing."""
    for is_preview in (False, True):
        path_of(key, is_preview=is_preview).unlink(missing_ok=True)


def stored_keys(*, older_than: timedelta) -> Iterator[str]:
    """Yield the keys of files written so long ago, each once."""
    until = time.time() - older_than.total_seconds()
    for place in sorted(folder().iterdir()) if folder().exists() else ():
        if place.name.startswith(WORK):
            continue
        for path in sorted(place.iterdir()):
            with suppress(FileNotFoundError):
                if not path.name.endswith(PREVIEW) and path.stat().st_mtime < until:
                    yield path.name


def clear_workplaces(*, older_than: timedelta) -> None:
    """Delete what processes that were killed left half-made."""
    until = time.time() - older_than.total_seconds()
    for place in folder().glob(f"{WORK}*"):
        if place.stat().st_mtime < until:
            for path in place.iterdir():
                path.unlink(missing_ok=True)
            with suppress(OSError):
                place.rmdir()
