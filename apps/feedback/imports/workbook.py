"""XLSX as records: one sheet, row by row. Formulas are never evaluated: a cell is what was last saved in it.

A workbook is a zip archive of XML, so both are distrusted: ``archives`` counts what it would unpack to before anything
is unpacked, entities are refused and external references never followed; only its texts are held in memory.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.readers import RAW_LIMIT, Record, Rejection

COLUMNS = 1_000
CELL_CHARACTERS = 131_072
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


@contextmanager
def open_sheet(path: Path) -> Iterator[tuple[list[str], Iterator[Record | Rejection], int]]:
    """Give the columns of the first sheet that holds anything, its records, and about how many rows it has.

    Raises UnusableFileError for a workbook that cannot be read.
    """
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False, keep_vba=False)
        except DAMAGE as error:
            told = _("%(file)s cannot be read as a spreadsheet: %(reason)s")
            raise UnusableFileError(told % {"file": path.name, "reason": _words(error)}) from None
        try:
            for sheet in book.worksheets:
                claimed_rows = sheet.max_row or 0
                rows = _rows(sheet)
                header = next(((number, cells) for number, cells in rows if any(cells)), None)
                if header is not None:
                    columns = _header(header[1])
                    yield columns, _records(rows, columns), claimed_rows
                    return
            raise UnusableFileError(_("The spreadsheet is empty: its first row must name the columns."))
        finally:
            book.close()


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:  # Any: openpyxl brings no types
    """Yield row number and cells as text; the widths that a file claims are not believed."""
    sheet.reset_dimensions()
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_spell(value) for value in islice(row, COLUMNS + 1)]
    except DAMAGE as error:
        raise UnusableFileError(_("The spreadsheet is damaged: %(reason)s") % {"reason": _words(error)}) from None


def _header(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > COLUMNS:
        raise UnusableFileError(_("The spreadsheet has more than %(limit)s columns.") % {"limit": f"{COLUMNS:,}"})
    return [cell.strip() for cell in cells]


def _records(rows: Iterator[tuple[int, list[str]]], columns: list[str]) -> Iterator[Record | Rejection]:
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


def _spell(value: object) -> str:
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


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200]
