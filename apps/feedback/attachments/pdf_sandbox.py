"""Runs ``draw_pdf`` as a process of its own, with limits. No database."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PROGRAM = Path(__file__).with_name("draw_pdf.py")
RUN_SECONDS = 12.0
PAGES_MOST = 1_000_000
ENDED = (signal.SIGKILL, signal.SIGXCPU, signal.SIGALRM)


class Drawn(NamedTuple):
    """What came of it: ``refused`` is "" or a code of ``NoPreview``."""

    refused: str
    pages: int | None = None


def draw_first_page(source: Path, target: Path) -> Drawn:
    """Write a small JPEG of the first page of the PDF at ``source`` to ``target``, or say why there is none."""
    command = [sys.executable, "-I", str(PROGRAM), str(source), str(target)]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=RUN_SECONDS, env={}, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return Drawn("too_slow")
    if done.returncode < 0:  # ended by its limits, or it crashed
        return Drawn("too_slow" if -done.returncode in ENDED else "damaged")
    try:
        said: dict[str, object] = json.loads(done.stdout)
    except ValueError:
        return Drawn("damaged")
    if "refused" in said:
        return Drawn(str(said["refused"]))
    if not target.is_file() or not target.stat().st_size:
        return Drawn("damaged")
    pages = said.get("pages")
    return Drawn("", pages if isinstance(pages, int) and 0 < pages <= PAGES_MOST else None)
