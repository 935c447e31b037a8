"""XLSX as records: one sheet, row by row.

A workbook is a zip archive of XML, so both are distrusted: ``archives`` counts what it would unpack to before anything
is unpacked; entities are refused and external references never followed; and it is read by ``sheet_program``, a process
with limits of its own.
"""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from apps.feedback.imports.archives import too_much
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.readers import RAW_LIMIT, Record, Rejection
from apps.feedback.imports.sheet_program import CELL_CHARACTERS, COLUMNS

PROGRAM = Path(__file__).with_name("sheet_program.py")
PATIENCE_SECONDS = 20.0  # for the next row
PIECE_BYTES = 1 << 16

Row = tuple[int, list[str]]


@contextmanager
def open_sheet(path: Path) -> Iterator[tuple[list[str], Iterator[Record | Rejection], int]]:
    """Give the columns of the first sheet that holds anything, its records, and about how many rows it has.

    Raises UnusableFileError for a workbook that cannot be read, also while it is read.
    """
    command = [sys.executable, "-I", str(PROGRAM), str(path.resolve())]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    ) as process:
        try:
            told = _told(process, path)
            claimed_rows = _claimed(next(told, None), path)
            rows = _rows(told, path)
            columns = _header(next(rows)[1])
            yield columns, _records(rows, columns), claimed_rows
        finally:
            process.kill()


def _told(process: subprocess.Popen[bytes], path: Path) -> Iterator[object]:
    """Yield what the program says, line by line. Raises UnusableFileError where it says nothing for long."""
    if process.stdout is None:
        raise RuntimeError("A program without a mouth.")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while selector.select(PATIENCE_SECONDS):
            piece = os.read(process.stdout.fileno(), PIECE_BYTES)
            if not piece:
                return
            *lines, rest = (rest + piece).split(b"\n")
            yield from map(json.loads, lines)
    raise too_much(path)


def _claimed(told: object, path: Path) -> int:
    if isinstance(told, dict) and "claimed_rows" in told:
        return int(told["claimed_rows"])
    raise _fault(told, path)


def _rows(told: Iterator[object], path: Path) -> Iterator[Row]:
    for one in told:
        if isinstance(one, list):
            yield one[0], one[1]
        elif one == {"end": ""}:
            return
        else:
            raise _fault(one, path)
    raise _fault(None, path)


def _fault(told: object, path: Path) -> UnusableFileError:
    """Return what was wrong; a program that ended without a word took more than it may."""
    reasons = told if isinstance(told, dict) else {}
    if "unreadable" in reasons:
        words = {"file": path.name, "reason": reasons["unreadable"]}
        return UnusableFileError(_("%(file)s cannot be read as a spreadsheet: %(reason)s") % words)
    if "damaged" in reasons:
        return UnusableFileError(_("The spreadsheet is damaged: %(reason)s") % {"reason": reasons["damaged"]})
    if "empty" in reasons:
        return UnusableFileError(_("The spreadsheet is empty: its first row must name the columns."))
    return too_much(path)


def _header(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > COLUMNS:
        raise UnusableFileError(_("The spreadsheet has more than %(limit)s columns.") % {"limit": f"{COLUMNS:,}"})
    return [cell.strip() for cell in cells]


def _records(rows: Iterator[Row], columns: list[str]) -> Iterator[Record | Rejection]:
    width = len(columns)
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if cells[:width] == columns:
            yield Rejection(number, "", _("This is the header again."), ", ".join(cells)[:RAW_LIMIT])
        elif any(cell.strip() for cell in cells[width:]):
            reason = _("Has more cells than the header names columns (%(columns)s).") % {"columns": f"{width:,}"}
            yield Rejection(number, "", reason, ", ".join(cells)[:RAW_LIMIT])
        elif long := next((column for column, cell in zip(columns, cells, strict=False) if _is_long(cell)), None):
            told = _("A cell is over %(limit)s characters long.") % {"limit": f"{CELL_CHARACTERS:,}"}
            yield Rejection(number, long, told)
        else:
            yield Record(number, dict(zip(columns, cells, strict=False)))


def _is_long(cell: str) -> bool:
    return len(cell) > CELL_CHARACTERS
