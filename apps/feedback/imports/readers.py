"""CSV and JSON Lines as records with their line numbers. After a bad record the next one goes on."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import strict_json
from apps.feedback.imports.source import LINE_LIMIT, Line, Lines, UnusableFileError

RECORD_LINES = 20_000  # lines that one quoted cell may run over
JSON_NAMES = 10_000
RAW_LIMIT = 10_000  # characters of a line that cannot be read, given back
DELIMITERS = ",;\t"
REASONS = {
    "unexpected end of data": gettext_lazy("A quote opened here is never closed."),
    "field larger": gettext_lazy("A cell is over 131,072 characters long, or a quote opened here is never closed."),
    "expected after": gettext_lazy("A quote inside a quoted cell must be doubled."),
}


class Record(NamedTuple):
    line: int  # where it starts
    values: dict[str, str]  # by column; columns without a value may be left out


@dataclass(frozen=True, slots=True)
class Rejection:
    line: int
    column: str  # blank when it is the whole line
    reason: str
    raw: str = field(default="", compare=False)  # the beginning of a line of which no cells can be told


class CsvHeader(NamedTuple):
    columns: list[str]
    delimiter: str


def read_header(lines: Lines) -> CsvHeader:
    """Take the header off ``lines``. Raises UnusableFileError when there is none."""
    while (line := lines.take()) is not None:
        if line.text is None:
            break
        if not line.text.strip() or line.text.lower().startswith("sep="):
            continue
        delimiter = max(DELIMITERS, key=lambda mark: len(_split(line, mark)))
        lines.give_back([line])
        record = _read_cells(lines, delimiter)
        if record is None or isinstance(record, Rejection):
            reason = record.reason if record else _("it is blank.")
            told = _("The header cannot be read (line %(line)s): %(reason)s")
            raise UnusableFileError(told % {"line": line.number, "reason": reason})
        return CsvHeader([cell.strip() for cell in record[1]], delimiter)
    raise UnusableFileError(_("The file has no header: its first line must name the columns."))


def read_csv(lines: Lines, header: CsvHeader) -> Iterator[Record | Rejection]:
    """Yield the records below the header; blank lines are passed over."""
    columns, width = header.columns, len(header.columns)
    while (row := _read_cells(lines, header.delimiter)) is not None:
        if isinstance(row, Rejection):
            yield row
            continue
        number, cells = row
        if len(cells) == width and cells != columns:
            yield Record(number, dict(zip(columns, cells, strict=True)))
        elif cells and any(cell.strip() for cell in cells):
            yield Rejection(number, "", _misfit(cells, width), header.delimiter.join(cells)[:RAW_LIMIT])


def read_json_lines(lines: Lines) -> Iterator[Record | Rejection]:
    """Yield one record per line; values of nested objects are named like ``customer.email``."""
    while (line := lines.take()) is not None:
        if line.text is None:
            yield Rejection(line.number, "", _too_long())
        elif line.text.strip():
            yield _json_record(line.number, line.text)


def json_columns(lines: Lines, *, rows: int | None = None) -> list[str]:
    """Return the names that occur in the first ``rows`` or in all, in order of appearance; at most JSON_NAMES."""
    columns: dict[str, None] = {}
    for record in islice(read_json_lines(lines), rows):
        if isinstance(record, Record) and len(columns) < JSON_NAMES:
            columns.update(dict.fromkeys(record.values))
    return list(columns)


def _split(line: Line, delimiter: str) -> list[str]:
    return next(csv.reader([line.text or ""], delimiter=delimiter), [])


def _misfit(cells: list[str], width: int) -> str:
    if len(cells) == width:
        return _("This is the header again.")
    told = _("Has %(cells)s cells where the header names %(columns)s columns.")
    return told % {"cells": f"{len(cells):,}", "columns": f"{width:,}"}


class _TooLongError(Exception):
    pass


def _read_cells(lines: Lines, delimiter: str) -> tuple[int, list[str]] | Rejection | None:
    """Return the next record's line number and cells, a rejection, or None at the end.

    After an unclosed quote reading goes on with the very next line: only the line it stands on is lost.
    """
    pulled: list[Line] = []
    reader = csv.reader(_pull(lines, pulled), delimiter=delimiter, strict=True)
    try:
        cells = next(reader, None)
    except (csv.Error, _TooLongError) as error:
        lines.give_back(pulled[1:])
        return Rejection(pulled[0].number, "", _reason(error), (pulled[0].text or "")[:RAW_LIMIT].rstrip("\r\n"))
    return None if cells is None else (pulled[0].number, cells)


def _pull(lines: Lines, pulled: list[Line]) -> Iterator[str]:
    while (line := lines.take()) is not None:
        pulled.append(line)
        if line.text is None or len(pulled) > RECORD_LINES:
            raise _TooLongError(_too_long() if line.text is None and len(pulled) == 1 else str(REASONS["field larger"]))
        yield line.text


def _reason(error: Exception) -> str:
    message = str(error)
    return next((str(reason) for part, reason in REASONS.items() if part in message), message)


def _too_long() -> str:
    return _("The line is over %(limit)s characters long.") % {"limit": f"{LINE_LIMIT:,}"}


def _json_record(number: int, text: str) -> Record | Rejection:
    try:
        value = strict_json.parse(text.encode("utf-8", errors="surrogateescape"))
    except strict_json.StrictJSONError as error:
        reason = _("The line cannot be read as JSON. %(why)s") % {"why": error}
        return Rejection(number, "", reason, text[:RAW_LIMIT].strip())
    if not isinstance(value, dict):
        return Rejection(number, "", _("Not an object: write {...} on each line."), text[:RAW_LIMIT].strip())
    values: dict[str, str] = {}
    for name, item in value.items():
        nested = item if isinstance(item, dict) else None
        pairs = {f"{name}.{key}": inner for key, inner in nested.items()} if nested is not None else {name: item}
        values.update({key: _spell(inner) for key, inner in pairs.items() if inner is not None})
    return Record(number, values)


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
