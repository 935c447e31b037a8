"""Running an import: reads a file chunk by chunk and hands each chunk to its service, through faults."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from django.db import connection

from apps.catalog.models import Product
from apps.core.http import DatabaseDown
from apps.feedback.imports import chunks, moments
from apps.feedback.imports import mapping as mapping_
from apps.feedback.imports.bad_rows import BadRowWriter, unmarked
from apps.feedback.imports.chunks import CHUNK_CHARACTERS, CHUNK_ROWS, Chunk
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import Plan
from apps.feedback.imports.products import OpenProductFinder
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader
from apps.feedback.imports.table import Table, open_table, samples
from apps.feedback.models import Import
from apps.feedback.services import Capture, CaptureResult
from apps.feedback.services import imports as services
from apps.feedback.services.imports import Problem
from apps.feedback.services.rehearsal import rehearsal

SAMPLE_ROWS = 1_000  # looked at for the format of times
PATIENCE_SECONDS = 60.0  # how long the database may be away
LINES_TOLD = 20  # of repeated lines, and of problems


@dataclass
class Figures:
    new: int = 0
    repeated: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        return self.new + self.repeated + self.rejected

    def __str__(self) -> str:
        return f"{self.new} new, {self.repeated} repeated, {self.rejected} rejected"


class Audience(Protocol):
    def say(self, line: str) -> None: ...

    def progress(self, rows: int, share: float) -> None:
        """``share``: 0.0 to 1.0 of the file read."""


Door = Callable[[Chunk], tuple[CaptureResult, list[Problem]]]


@dataclass
class Job:
    """One run over one file: where the captures go, and what was told so far."""

    audience: Audience
    row_reader: RowReader
    door: Door
    import_id: int | None
    figures: Figures
    repeats_told: int = 0
    problems_told: int = 0
    bad_rows: BadRowWriter | None = None

    def take(self, records: Sequence[Record | Rejection]) -> None:
        """Capture one chunk."""
        if self.import_id is None:
            self._take_once(records)
        else:
            patiently(lambda: self._take_once(records), self.audience)

    def _take_once(self, records: Sequence[Record | Rejection]) -> None:
        if self.import_id is not None and self._is_in_already(self.import_id):
            return
        chunk = chunks.read_chunk(records, self.row_reader)
        result, found = self.door(chunk)
        if self.bad_rows:
            self.bad_rows.write(records, found)
        self.figures.new += result.new_count
        self.figures.repeated += result.repeated_count
        self.figures.rejected += len(found)
        self._tell(chunk.captures, result, found)

    def _is_in_already(self, import_id: int) -> bool:
        """Tell whether the chunk's commit came through although its answer did not; then take its figures."""
        row = Import.objects.get(pk=import_id)
        stored = Figures(row.new_count, row.repeated_count, row.rejected_count)
        if stored.rows <= self.figures.rows:
            return False
        self.figures = stored
        return True

    def _tell(self, captures: Sequence[Capture], result: CaptureResult, problems: Sequence[Problem]) -> None:
        for given, outcome in zip(captures, result.outcomes, strict=True):
            if self.repeats_told >= LINES_TOLD:
                break
            if not outcome.is_new and not outcome.problem:
                self.repeats_told += 1
                self.audience.say(f"line {given.line}: repeated")
        for problem in problems[: max(0, LINES_TOLD - self.problems_told)]:
            self.problems_told += 1
            column = f", {problem.column}" if problem.column else ""
            self.audience.say(f"line {problem.line}{column}: {problem.reason}")


@dataclass(frozen=True)
class Order:
    """What is asked for. ``plan``: a saved or ready one, or an empty one; ``column_map`` as ``--map`` has it."""

    column_map: Sequence[str] = ()
    plan: Plan = field(default_factory=Plan)
    is_dry_run: bool = False
    bad_rows: Path | None = None  # where to write the rows that are not taken


def run_import(path: Path, order: Order, *, audience: Audience) -> Figures:
    """Import the file; return what became of its rows. UnusableFileError comes before anything is written."""
    product_id = find_product(order.plan.product) if order.plan.product else None
    with _opened(path, order, audience) as (table, plan):
        if product_id is None and "product" not in plan.columns.values():
            raise UnusableFileError(
                f"No column names the product. Say which one does with --map COLUMN=product, or import"
                f" everything for one product with --product SLUG; {_known_products()}"
            )
        opening = _rehearse if order.is_dry_run else _import
        with opening(path, plan, product_id, audience) as job, _bad_rows(order.bad_rows, table) as job.bad_rows:
            for records in chunks.chunks(unmarked(table), rows=CHUNK_ROWS, characters=CHUNK_CHARACTERS):
                job.take(records)
                audience.progress(job.figures.rows, table.share())
    return job.figures


@contextmanager
def _bad_rows(path: Path | None, table: Table) -> Iterator[BadRowWriter | None]:
    if path is None:
        yield None
        return
    with path.open("x", encoding="utf-8", newline="") as file:
        yield BadRowWriter(file, table.columns)


def patiently(act: Callable[[], None], audience: Audience) -> None:
    """Do ``act``, which may be done twice, again while the database is away; give up after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except DatabaseDown:
            if time.monotonic() > deadline:
                raise
            audience.say("The database does not answer; trying again.")
            connection.close()
            time.sleep(1.0)


def find_product(slug: str) -> int:
    """Return the id of the product. Raises UnusableFileError, listing the products there are."""
    product = Product.objects.filter(slug=slug).first()
    if product is None:
        raise UnusableFileError(f"There is no product {slug!r}; {_known_products()}")
    return product.pk


def _known_products() -> str:
    slugs = list(Product.objects.order_by("slug").values_list("slug", flat=True)[:50])
    return f"there are: {', '.join(slugs)}." if slugs else "there is none yet."


@contextmanager
def _opened(path: Path, order: Order, audience: Audience) -> Iterator[tuple[Table, Plan]]:
    """Open the file and settle its plan."""
    explicit = mapping_.parse_map(order.column_map)
    with open_table(path) as table:
        audience.say(f"Reading {path.name}: {table.source}.")
        plan = settle(order.plan, table.columns, explicit)
        audience.say(mapping_.describe(plan.columns, table.columns))
        if not plan.date_format and "captured_at" in plan.columns.values():
            plan = replace(plan, date_format=_date_format(path, plan))
        yield table, plan


def settle(plan: Plan, columns: Sequence[str], explicit: Mapping[str, str]) -> Plan:
    """Return the plan for a file of ``columns``: those told, then the plan's, then what their names suggest."""
    told = set(explicit.values()) - set(mapping_.MANY)
    planned = {column: field for column, field in plan.fitted(columns).columns.items() if field not in told}
    return replace(plan, columns=mapping_.resolve(columns, {**planned, **explicit}))


def _date_format(path: Path, plan: Plan) -> str:
    """Return the format of the file's times. Raises UnusableFileError where days could be months."""
    column = next(column for column, field in plan.columns.items() if field == "captured_at")
    with open_table(path, glance_rows=1) as table:
        found = moments.detect(record.values.get(column, "") for record in samples(table, rows=SAMPLE_ROWS))
    if not found.key:
        raise UnusableFileError(
            f"{column}: is {found.example} day or month first? Say --date-format dmy or --date-format mdy."
        )
    return found.key


@contextmanager
def _import(path: Path, plan: Plan, product_id: int | None, audience: Audience) -> Iterator[Job]:
    """Run a job for real: begun, and finished or marked as stopped half-way."""
    import_id = services.begin_import(file_name=path.name).pk
    rows = RowReader(
        plan.columns,
        plan=plan,
        product_of=OpenProductFinder(makes_products=plan.makes_products, is_rehearsal=False).find,
        product_id=product_id,
        import_id=import_id,
    )

    def door(chunk: Chunk) -> tuple[CaptureResult, list[Problem]]:
        return services.capture_chunk(import_id=import_id, column_of=rows.column_of, **chunk._asdict())

    try:
        yield Job(audience, rows, door, import_id, Figures())
    except BaseException:  # a Ctrl-C too
        with suppress(*DatabaseDown):
            services.finish_import(import_id=import_id, is_complete=False)
        raise
    else:
        patiently(lambda: services.finish_import(import_id=import_id, is_complete=True), audience)
    finally:
        audience.say(f"Undo with: python manage.py undo_import {import_id}")


@contextmanager
def _rehearse(path: Path, plan: Plan, product_id: int | None, audience: Audience) -> Iterator[Job]:
    """Run a job without writing: products that would be made get ids below zero."""
    rows = RowReader(
        plan.columns,
        plan=plan,
        product_of=OpenProductFinder(makes_products=plan.makes_products, is_rehearsal=True).find,
        product_id=product_id,
    )
    with rehearsal() as practice:

        def door(chunk: Chunk) -> tuple[CaptureResult, list[Problem]]:
            result = practice.capture_batch(chunk.captures)
            return result, services.problems_of(chunk.captures, result, chunk.problems, rows.column_of)

        audience.say(f"Dry run of {path.name}: nothing is written.")
        yield Job(audience, rows, door, None, Figures())
