"""What an uploaded file would become, looked at in its first rows. Writes nothing."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.catalog.models import Product
from apps.feedback.imports import moments
from apps.feedback.imports.bad_rows import unmarked
from apps.feedback.imports.mapping import OWN_COLUMNS, guess, plain
from apps.feedback.imports.plan import MAPPED, Plan
from apps.feedback.imports.products import UNMADE
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader
from apps.feedback.imports.table import open_table
from apps.feedback.imports.worker import row_reader_of
from apps.feedback.models import Import
from apps.feedback.services import Capture, uploads
from apps.feedback.services.capture import prepare, problem_of
from apps.feedback.services.imports import Beside
from apps.feedback.services.rehearsal import known_keys

ADDRESS = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]{1,250}\.[^@\s,;]{2,}")
ROWS_SHOWN = 20
ROWS_TRIED = 1_000
ROWS_COUNTED = 20_000  # for the values that a field has
VALUES_SHOWN = 35  # of a field: a page sends at most 200 fields back
COLUMNS_SHOWN = 150


@dataclass
class Glance:
    """A file at first sight. ``examples`` by column: the first value that is not blank."""

    kind: str
    columns: list[str]
    more_columns: int
    examples: dict[str, str]


@dataclass
class PreviewRow:
    """One row as it will become; ``problem`` says why it will not, and ``column`` where."""

    line: int
    capture: Capture | None = None
    product: str = ""
    beside: Beside = field(default_factory=Beside)
    column: str = ""
    problem: str = ""
    is_repeat: bool = False


@dataclass
class Preview:
    rows: list[PreviewRow]  # the first ones
    tried: int
    good: int
    repeats: int
    problems: list[tuple[str, str, int, int]]  # column, reason, how many, the first line; the commonest first


def glance(path: Path) -> Glance:
    """Return the file's columns with an example each. Raises UnusableFileError."""
    with open_table(path, glance_rows=ROWS_TRIED) as table:
        columns = [column for column in dict.fromkeys(table.columns) if plain(column) not in OWN_COLUMNS]
        examples: dict[str, str] = {}
        for record in islice(unmarked(table), 100):
            for column, value in record.values.items() if isinstance(record, Record) else ():
                if column not in examples and value.strip():
                    examples[column] = value.strip()[:120]
        return Glance(str(table.source), columns[:COLUMNS_SHOWN], max(0, len(columns) - COLUMNS_SHOWN), examples)


def first_plan(path: Path, base: Plan | None) -> Plan:
    """Return the plan to begin with: ``base`` where it fits the file, and what the columns' names suggest."""
    with open_table(path, glance_rows=ROWS_TRIED) as table:
        columns = list(dict.fromkeys(table.columns))
        records = [record.values for record in islice(unmarked(table), 100) if isinstance(record, Record)]
    plan = (base or Plan()).fitted(columns)
    fields = set(plan.columns.values())
    suggested = {column: name for column, name in guess(columns).items() if name not in fields and name != "language"}
    return replace(plan, columns=_by_values({**suggested, **plan.columns}, columns, records))


def _by_values(mapping: dict[str, str], columns: Sequence[str], records: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return ``mapping`` with what the values of columns without a field look like: addresses, times, words."""
    found = dict(mapping)
    left = [column for column in columns if column not in mapping and plain(column) not in OWN_COLUMNS]
    values = {column: [text for record in records if (text := record.get(column, "").strip())] for column in left}
    tests: list[tuple[str, Callable[[str], bool]]] = [
        ("customer_email", lambda text: ADDRESS.fullmatch(text) is not None),
        ("captured_at", lambda text: moments.detect([text]).key != moments.ISO or moments.looks_iso(text)),
    ]
    for name, fits in tests:
        column = next((c for c in left if values[c] and c not in found and all(map(fits, values[c]))), None)
        if column is not None and name not in found.values():
            found[column] = name
    words = [column for column in left if column not in found and values[column]]
    if words and "text" not in found.values():
        found[max(words, key=lambda column: sum(map(len, values[column])) / len(values[column]))] = "text"
    return found


def detect_format(path: Path, plan: Plan) -> moments.Detection:
    """Return in which format the file's times are, "" where its first rows leave that open."""
    column = next((column for column, name in plan.columns.items() if name == "captured_at"), "")
    with open_table(path, glance_rows=1) as table:
        records = islice(unmarked(table), ROWS_TRIED)
        return moments.detect(record.values.get(column, "") for record in records if isinstance(record, Record))


def values_of(path: Path, plan: Plan) -> dict[str, list[tuple[str, int]]]:
    """Return for each field whose values may be said one by one those of the first rows, the commonest first."""
    fields = [name for name in MAPPED if name in plan.columns.values() and (name != "product" or not plan.product)]
    counts = {name: Counter[str]() for name in fields}
    splitter = RowReader(plan.columns, product_of=lambda _name: UNMADE, plan=plan)
    with open_table(path, glance_rows=1) as table:
        for record in islice(unmarked(table), ROWS_COUNTED if fields else 0):
            for column, name in plan.columns.items():
                if name in counts and isinstance(record, Record) and (raw := record.values.get(column, "").strip()):
                    counts[name].update(splitter.split(raw) if name == "tags" else [raw[:200]])
    return {name: one.most_common(VALUES_SHOWN) for name, one in counts.items()}


def preview(row: Import, user: User) -> Preview:
    """Return the first rows of an upload as its plan makes them, and what is wrong among the first thousand.

    Raises UnusableFileError. A handful of queries.
    """
    reader = row_reader_of(row, user, is_rehearsal=True)
    with open_table(uploads.path_of(row.upload), glance_rows=1) as table:
        rows = [_tried(record, reader) for record in islice(unmarked(table), ROWS_TRIED)]
    captures = [one.capture for one in rows if one.capture]
    known = known_keys([capture.repeat_key for capture in captures])
    for one in _again(rows, known):
        one.is_repeat = True
    names = dict(Product.objects.filter(pk__in={c.product_id for c in captures}).values_list("pk", "name"))
    for one in rows[:ROWS_SHOWN]:
        one.product = names.get(one.capture.product_id, _("a new product")) if one.capture else ""
    bad = [one for one in rows if one.problem]
    return Preview(rows[:ROWS_SHOWN], len(rows), len(captures), sum(o.is_repeat for o in rows), _summed(bad))


def _tried(record: Record | Rejection, reader: RowReader) -> PreviewRow:
    read = reader.capture_of(record) if isinstance(record, Record) else record
    if isinstance(read, Rejection):
        return PreviewRow(read.line, column=read.column, problem=read.reason)
    try:
        capture = prepare(read)
    except ValidationError as error:
        problem = problem_of(error)
        column = reader.column_of.get(problem.field, problem.field)
        return PreviewRow(record.line, column=column, problem=problem.reason)
    beside = reader.beside(record) if isinstance(record, Record) and reader.has_besides else Beside()
    return PreviewRow(record.line, capture=capture, beside=beside)


def _again(rows: Sequence[PreviewRow], known: set[str]) -> Iterator[PreviewRow]:
    """Yield the rows that repeat what is there already, or a row above."""
    met = set(known)
    for one in rows:
        if one.capture and one.capture.product_id != UNMADE and one.capture.repeat_key in met:
            yield one
        elif one.capture:
            met.add(one.capture.repeat_key)


def _summed(bad: Sequence[PreviewRow]) -> list[tuple[str, str, int, int]]:
    counts = Counter((one.column, one.problem) for one in bad)
    first = {(one.column, one.problem): one.line for one in reversed(bad)}
    return [(column, reason, count, first[column, reason]) for (column, reason), count in counts.most_common(20)]
