"""Running an import: reads a file chunk by chunk and hands each chunk to its service, through faults."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.db import connection

from apps.catalog import services as catalog
from apps.catalog.models import Product
from apps.core.http import DatabaseDown
from apps.feedback.imports import mapping as mapping_
from apps.feedback.imports import readers
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader
from apps.feedback.imports.source import CSV, Source, UnusableFileError, inspect, open_lines
from apps.feedback.models import Import
from apps.feedback.services import Capture, CaptureResult
from apps.feedback.services import imports as services
from apps.feedback.services.imports import ImportProblem
from apps.feedback.services.rehearsal import rehearsal

CHUNK_ROWS, CHUNK_CHARACTERS = 2_000, 2_000_000  # one transaction each, and no more memory
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


@dataclass
class Job:
    """One run over one file: where the captures go, and what was told so far."""

    audience: Audience
    row_reader: RowReader
    door: Callable[[Sequence[Capture], Sequence[ImportProblem]], tuple[CaptureResult, list[ImportProblem]]]
    import_id: int | None
    figures: Figures
    repeats_told: int = 0
    problems_told: int = 0

    def take(self, records: Sequence[Record | Rejection]) -> None:
        """Capture one chunk."""
        if self.import_id is None:
            self._take_once(records)
        else:
            patiently(lambda: self._take_once(records), self.audience)

    def _take_once(self, records: Sequence[Record | Rejection]) -> None:
        if self.import_id is not None and self._is_in_already(self.import_id):
            return
        captures: list[Capture] = []
        problems: list[ImportProblem] = []
        for record in records:
            read = self.row_reader.capture_of(record) if isinstance(record, Record) else record
            if isinstance(read, Rejection):
                problems.append(ImportProblem(*read))
            else:
                captures.append(read)
        result, found = self.door(captures, problems)
        self.figures.new += result.new_count
        self.figures.repeated += result.repeated_count
        self.figures.rejected += len(found)
        self._tell(captures, result, found)

    def _is_in_already(self, import_id: int) -> bool:
        """Tell whether the chunk's commit came through although its answer did not; then take its figures."""
        row = Import.objects.get(pk=import_id)
        stored = Figures(row.new_count, row.repeated_count, row.rejected_count)
        if stored.rows <= self.figures.rows:
            return False
        self.figures = stored
        return True

    def _tell(self, captures: Sequence[Capture], result: CaptureResult, problems: Sequence[ImportProblem]) -> None:
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


def run_import(
    path: Path, *, column_map: Sequence[str], product_slug: str, is_dry_run: bool, audience: Audience
) -> Figures:
    """Import the file; return what became of its rows. UnusableFileError comes before anything is written."""
    explicit = mapping_.parse_map(column_map)
    product_id = find_product(product_slug) if product_slug else None
    source = inspect(path)
    with _records(source, explicit, audience) as (records, mapping, raw):
        if product_id is None and "product" not in mapping.values():
            raise UnusableFileError(
                f"No column names the product. Say which one does with --map COLUMN=product, or import"
                f" everything for one product with --product SLUG; {_known_products()}"
            )
        size = max(1, path.stat().st_size)
        opening = _rehearse if is_dry_run else _import
        with opening(path, mapping, product_id, audience) as job:
            for chunk in _chunks(records):
                job.take(chunk)
                audience.progress(job.figures.rows, min(1.0, raw.tell() / size))
    return job.figures


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
def _records(
    source: Source, explicit: dict[str, str], audience: Audience
) -> Iterator[tuple[Iterator[Record | Rejection], dict[str, str], IO[bytes]]]:
    """Open the file and give its records, its mapping, and the raw file."""
    columns: list[str] = []
    if source.kind != CSV:
        with open_lines(source) as (lines, _):
            columns = readers.json_columns(lines)
    with open_lines(source) as (lines, raw):
        audience.say(f"Reading {source.path.name}: {source}.")
        if source.kind == CSV:
            header = readers.read_header(lines)
            columns = header.columns
            records = readers.read_csv(lines, header)
        else:
            records = readers.read_json_lines(lines)
        mapping = mapping_.resolve(columns, explicit)
        audience.say(mapping_.describe(mapping, columns))
        yield records, mapping, raw


@contextmanager
def _import(path: Path, mapping: dict[str, str], product_id: int | None, audience: Audience) -> Iterator[Job]:
    """Run a job for real: begun, and finished or marked as stopped half-way."""
    import_id = services.begin_import(file_name=path.name).pk
    rows = RowReader(
        mapping,
        product_of=lambda name: catalog.get_or_create_product(name=name).pk,
        product_id=product_id,
        import_id=import_id,
    )

    def door(
        captures: Sequence[Capture], problems: Sequence[ImportProblem]
    ) -> tuple[CaptureResult, list[ImportProblem]]:
        return services.capture_chunk(
            import_id=import_id, captures=captures, problems=problems, column_of=rows.column_of
        )

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
def _rehearse(path: Path, mapping: dict[str, str], product_id: int | None, audience: Audience) -> Iterator[Job]:
    """Run a job without writing: products that would be made get ids below zero."""
    product_ids = dict(Product.objects.values_list("name", "id"))
    rows = RowReader(
        mapping,
        product_of=lambda name: product_ids.setdefault(name, -1 - len(product_ids)),
        product_id=product_id,
    )
    with rehearsal() as practice:

        def door(
            captures: Sequence[Capture], problems: Sequence[ImportProblem]
        ) -> tuple[CaptureResult, list[ImportProblem]]:
            result = practice.capture_batch(captures)
            return result, services.problems_of(captures, result, problems, rows.column_of)

        audience.say(f"Dry run of {path.name}: nothing is written.")
        yield Job(audience, rows, door, None, Figures())


def _chunks(records: Iterable[Record | Rejection]) -> Iterator[list[Record | Rejection]]:
    chunk: list[Record | Rejection] = []
    characters = 0
    for record in records:
        chunk.append(record)
        if isinstance(record, Record):
            characters += sum(map(len, record.values.values()))
        if len(chunk) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
