"""The rows of a file that could not be taken, as a CSV to mend and import alone.

Its columns are the file's own, then what was wrong; those last ones are left aside when it comes back. Cells that a
spreadsheet would calculate carry an apostrophe, which is taken off again.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from apps.core.spreadsheet import FORMULA_STARTS, csv_line
from apps.feedback.imports.mapping import OWN_COLUMNS, plain
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.table import Table, open_table
from apps.feedback.services.imports import Problem


class BadRowWriter:
    """Writes the bad rows among records as they go by."""

    def __init__(self, file: IO[str], columns: Sequence[str]) -> None:
        self._file, self._columns = file, own_left_out(columns)
        file.write(header_line(columns))

    def write(self, records: Iterable[Record | Rejection], problems: Iterable[Problem]) -> None:
        wanted = {problem.line: problem for problem in problems}
        for record in records if wanted else ():
            if record.line in wanted:
                self._file.write(bad_line(self._columns, record, wanted[record.line]))


def bad_row_lines(path: Path, problems: Iterable[Problem]) -> Iterator[str]:
    """Yield the lines of the CSV: the file at ``path`` is read beside ``problems``, which come in order of line."""
    with open_table(path) as table:
        columns = own_left_out(table.columns)
        yield header_line(table.columns)
        records = iter(table.records)
        for problem in problems:
            record = next((one for one in records if one.line >= problem.line), None)
            if record is None:
                return
            if record.line == problem.line:
                yield bad_line(columns, record, problem)


def header_line(columns: Sequence[str]) -> str:
    return csv_line([*own_left_out(columns), *OWN_COLUMNS])


def bad_line(columns: Sequence[str], record: Record | Rejection, problem: Problem) -> str:
    values = record.values if isinstance(record, Record) else {}
    raw = record.raw if isinstance(record, Rejection) else ""
    cells = [_storable(values.get(column, "")) for column in columns]
    marked = [f"'{cell}" if cell.startswith("'") else cell for cell in cells]  # so that taking one off is exact
    return csv_line([*marked, problem.line, problem.column, problem.reason, _storable(raw)])


def own_left_out(columns: Sequence[str]) -> list[str]:
    """Return the columns without those that say what was wrong the last time."""
    return [column for column in columns if plain(column) not in OWN_COLUMNS]


def unmarked(table: Table) -> Iterator[Record | Rejection]:
    """Return the table's records; of a file that was written here and mended, without the apostrophes."""
    if OWN_COLUMNS[2] not in {plain(column) for column in table.columns}:
        return table.records
    return (
        Record(one.line, {column: _unmark(cell) for column, cell in one.values.items()})
        if isinstance(one, Record)
        else one
        for one in table.records
    )


def _unmark(cell: str) -> str:
    is_marked = cell.startswith("'") and cell[1:].lstrip(" ").startswith((*FORMULA_STARTS, "'"))
    return cell[1:] if is_marked else cell


def _storable(text: str) -> str:
    """Return text without halves of surrogate pairs: what of a line was no UTF-8 shows as a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
