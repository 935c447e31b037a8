"""A file of any kind as one table: its columns, its records with their line numbers, and how far it is read."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

from django.utils.translation import gettext as _

from apps.feedback.imports import readers, workbook
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.source import CSV, XLSX, Source, inspect, open_lines

DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, BadZipFile, OSError)


@dataclass
class Table:
    """``share``: 0.0 to 1.0 of the file that is read. ``first_line``: of the records."""

    source: Source
    columns: list[str]
    records: Iterator[Record | Rejection]
    share: Callable[[], float]


@contextmanager
def open_table(path: Path, *, glance_rows: int | None = None) -> Iterator[Table]:
    """Open the file, of whatever kind it is. Raises UnusableFileError, also while it is read.

    JSON Lines name their columns in every line: all are read for them, or ``glance_rows`` of them.
    """
    source = inspect(path, is_glance=glance_rows is not None)
    with ExitStack() as stack:
        try:
            table = stack.enter_context(_open_book(source) if source.kind == XLSX else _open_text(source, glance_rows))
        except DAMAGED as error:
            raise _damaged(path, error) from None
        table.records = _guarded(table.records, path)
        yield table


def _guarded(records: Iterator[Record | Rejection], path: Path) -> Iterator[Record | Rejection]:
    try:
        yield from records
    except DAMAGED as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> UnusableFileError:
    return UnusableFileError(
        _("%(file)s cannot be read to its end: %(reason)s.") % {"file": path.name, "reason": error}
    )


def samples(table: Table, *, rows: int) -> list[Record]:
    """Return the first good records of a table just opened."""
    return [record for record in islice(table.records, rows) if isinstance(record, Record)]


@contextmanager
def _open_text(source: Source, glance_rows: int | None) -> Iterator[Table]:
    size = max(1, source.path.stat().st_size)
    columns: list[str] = []
    if source.kind != CSV:
        with open_lines(source) as (lines, _):
            columns = readers.json_columns(lines, rows=glance_rows)
    with open_lines(source) as (lines, raw):
        records = readers.read_json_lines(lines)
        if source.kind == CSV:
            header = readers.read_header(lines)
            columns = header.columns
            records = readers.read_csv(lines, header)
        yield Table(source, columns, records, lambda: min(1.0, raw.tell() / size))


@contextmanager
def _open_book(source: Source) -> Iterator[Table]:
    with workbook.open_sheet(source.path) as (columns, records, row_count):
        place = 0

        def counted() -> Iterator[Record | Rejection]:
            nonlocal place
            for record in records:
                place = record.line
                yield record

        yield Table(source, columns, counted(), lambda: min(1.0, place / row_count) if row_count else 0.0)
