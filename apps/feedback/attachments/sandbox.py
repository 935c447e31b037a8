"""Runs ``reencode`` as a process of its own, two at a time per web process, with limits. No database."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.errors import DomainError

PROGRAM = Path(__file__).with_name("reencode.py")
AT_ONCE = 2
PATIENCE_SECONDS = 10.0  # to wait for a place
RUN_SECONDS = 12.0

_places = BoundedSemaphore(AT_ONCE)


class BusyError(DomainError):
    """Too many pictures at once: later it can be done."""


class Picture(NamedTuple):
    width: int
    height: int
    extension: str


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one's turn to draw a picture, and hold it. Raises BusyError where many wait already."""
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise BusyError(_("Many pictures are coming in right now. Send this one again in a minute."))
    try:
        yield
    finally:
        _places.release()


def make_harmless(source: Path, *, target: Path, preview: Path) -> Picture:
    """Write the picture at ``source`` anew to ``target``, and a small JPEG of it to ``preview``: in one's ``turn``.

    Raises ValidationError for one that is damaged or too large.
    """
    said = _run(source, target, preview)
    refused = said.get("refused")
    if refused == "pixels":
        raise ValidationError(_("This picture has too many pixels. Choose one of at most 25 million."))
    if refused:
        raise ValidationError(_("This picture is damaged. Choose another one."))
    return Picture(int(str(said["width"])), int(str(said["height"])), str(said["extension"]))


def _run(source: Path, target: Path, preview: Path) -> dict[str, object]:
    """Return what the program said; one that crashed or took too long found the picture damaged."""
    command = [sys.executable, "-I", str(PROGRAM), str(source), str(target), str(preview)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=RUN_SECONDS, env={}, stdin=subprocess.DEVNULL, check=False
        )
        said: dict[str, object] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"refused": "damaged"}
    return said
