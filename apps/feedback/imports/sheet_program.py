"""The rows of a spreadsheet as lines of JSON, one array each: its number, and its cells as text.

Runs as a program of its own (``workbook``), so nothing of ours is imported: a workbook made to eat memory or time ends
this process alone, whichever of its parts does so. The first line is ``{"claimed_rows": n}``, the last one
``{"end": ""}``, or what is wrong: ``unreadable`` or ``damaged`` with words, ``empty`` or ``too_large``.
"""

import json
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

COLUMNS = 1_000  # and one more is told, so that it can be refused
ROWS = 1_048_576  # of any spreadsheet program
CELL_CHARACTERS = 131_072  # and one more
ROW_CHARACTERS = 4_000_000
MEMORY_BYTES = 900_000_000  # of addresses
CPU_SECONDS = 1_800  # the largest sheet takes a few hundred
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
)


class TooLargeError(Exception):
    """A row that no spreadsheet program writes."""


def limit_process() -> None:
    """Bound what reading may take; a system that cannot bound one thing still bounds the other."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads may stop at any row
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def tell(file: IO[bytes]) -> None:
    """Write the rows of the first sheet that holds anything."""
    try:
        # Formulas are never evaluated: a cell is what was last saved in it.
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False, keep_vba=False)
    except DAMAGE as error:
        return write({"unreadable": words(error)})
    try:
        for sheet in book.worksheets:
            claimed_rows, rows = sheet.max_row or 0, rows_of(sheet)
            first = next((row for row in rows if any(row[1])), None)
            if first is not None:
                write({"claimed_rows": claimed_rows})
                write(first)
                for row in rows:
                    if any(row[1]):
                        write(row)
                return write({"end": ""})
    except DAMAGE as error:
        return write({"damaged": words(error)})
    return write({"empty": ""})


def rows_of(sheet: Any) -> Iterator[tuple[int, list[str]]]:  # Any: openpyxl brings no types
    """Yield row number and cells; the widths that a file claims are not believed. Raises TooLargeError."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [spell(value)[: CELL_CHARACTERS + 1] for value in islice(row, COLUMNS + 1)]
        if number > ROWS or sum(map(len, cells)) > ROW_CHARACTERS:
            raise TooLargeError
        yield number, cells


def spell(value: object) -> str:
    """Return a cell as text: whole numbers without a point, times in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value) if not isinstance(value, timedelta) else str(value.total_seconds())


def words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]


def write(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")


def main(path: str) -> None:
    limit_process()
    try:
        with open(path, "rb") as file:  # noqa: PTH123 given as a file: its name need not end in .xlsx
            tell(file)
    except (MemoryError, RecursionError, TooLargeError):
        write({"too_large": ""})


if __name__ == "__main__":
    main(sys.argv[1])
