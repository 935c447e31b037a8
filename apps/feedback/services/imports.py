"""The life of an import: begun, fed chunk by chunk, finished, and undone as a whole.

The figures of an import are kept in the transaction of each chunk, so they are right whenever it is killed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from apps.core.errors import DomainError
from apps.feedback.models import Feedback, Import
from apps.feedback.services.capture import Capture, CaptureResult, capture_batch
from apps.feedback.services.moderation import withdraw

PROBLEMS_KEPT = 200
UNDO_ROWS = 2_000  # rows withdrawn in one transaction


class ImportStoppedError(DomainError):
    """The import is not running any more: somebody undid it."""


class ImportProblem(NamedTuple):
    line: int
    column: str
    reason: str


def begin_import(*, file_name: str, started_by_id: int | None = None) -> Import:
    return Import.objects.create(file_name=file_name[-255:], started_by_id=started_by_id)


@transaction.atomic
def capture_chunk(
    *,
    import_id: int,
    captures: Sequence[Capture],
    problems: Sequence[ImportProblem],
    column_of: dict[str, str],
) -> tuple[CaptureResult, list[ImportProblem]]:
    """Capture a chunk and add to the import's figures in one transaction; return also all its problems.

    ``column_of`` names the file's column of a field. Raises ImportStoppedError when the import was undone.
    """
    row = Import.objects.select_for_update().get(pk=import_id)
    if row.status != Import.Status.RUNNING:
        raise ImportStoppedError(f"Import {import_id} was undone while it ran.")
    result = capture_batch(captures)
    found = problems_of(captures, result, problems, column_of)
    row.new_count += result.new_count
    row.repeated_count += result.repeated_count
    row.rejected_count += len(found)
    row.problems = [*row.problems, *(problem._asdict() for problem in found)][:PROBLEMS_KEPT]
    row.fed_at = Now()
    row.save(update_fields=["new_count", "repeated_count", "rejected_count", "problems", "fed_at"])
    return result, found


def problems_of(
    captures: Sequence[Capture],
    result: CaptureResult,
    problems: Sequence[ImportProblem],
    column_of: dict[str, str],
) -> list[ImportProblem]:
    """Return the problems of a chunk by line: those met in reading, and what the door of capture refused."""
    refused = [
        ImportProblem(given.line or 0, column_of.get(o.problem.field, o.problem.field), o.problem.reason)
        for given, o in zip(captures, result.outcomes, strict=True)
        if o.problem
    ]
    return sorted([*problems, *refused])


def finish_import(*, import_id: int, is_complete: bool) -> None:
    """Mark a running import as done, or as stopped half-way. Again changes nothing."""
    status = Import.Status.DONE if is_complete else Import.Status.FAILED
    Import.objects.filter(pk=import_id, status=Import.Status.RUNNING).update(status=status, finished_at=Now())


def undo_import(*, import_id: int) -> int:
    """Withdraw everything an import brought; return how many rows that was now.

    The import is closed first, so that one still running brings no more; then rows go chunk by chunk, each a
    transaction. Killed and run again, it goes on where it stopped. Raises Import.DoesNotExist.
    """
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=import_id)
        row.status = Import.Status.UNDONE
        row.finished_at = Now()
        row.save(update_fields=["status", "finished_at"])
    withdrawn = last_id = 0
    rows = Feedback.objects.of_import(import_id).order_by("id")
    while ids := list(rows.filter(id__gt=last_id).values_list("id", flat=True)[:UNDO_ROWS]):
        withdrawn += len(withdraw(ids))
        last_id = ids[-1]  # else each look would pass over all that is withdrawn already
    return withdrawn
