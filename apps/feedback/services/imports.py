"""The life of an import: begun, fed chunk by chunk, finished, and undone as a whole.

The figures of an import are kept in the transaction of each chunk, so they are right whenever it is killed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Now

from apps.core import outbox
from apps.core.errors import DomainError
from apps.customers.models import Segment
from apps.customers.services import set_segment
from apps.feedback.import_models import ImportLabels, ImportProblem, Upload
from apps.feedback.models import Feedback, Import
from apps.feedback.services.capture import Capture, CaptureResult, capture_batch
from apps.feedback.services.moderation import withdraw

LABELLED = "feedback.labelled"  # feedback of an import whose file names tags
UNDO_ROWS = 2_000  # rows withdrawn in one transaction
COLUMN_CHARACTERS, REASON_CHARACTERS = 200, 400


class ImportStoppedError(DomainError):
    """The import is not running any more: somebody undid or stopped it."""


class Problem(NamedTuple):
    line: int
    column: str
    reason: str


class Beside(NamedTuple):
    """What a row says beside its feedback: of tags as the file has them, and the slug of the customer's segment."""

    labels: tuple[str, ...] = ()
    segment: str = ""


class Step(NamedTuple):
    """How far a chunk takes an upload: from which record to which, and how much of the file that is."""

    before: int
    after: int
    share: float


class ChunkTakenError(DomainError):
    """Another worker took this chunk of an upload."""


def begin_import(*, file_name: str, started_by_id: int | None = None) -> Import:
    return Import.objects.create(file_name=file_name[-255:], started_by_id=started_by_id)


@transaction.atomic
def capture_chunk(
    *,
    import_id: int,
    captures: Sequence[Capture],
    problems: Sequence[Problem],
    column_of: Mapping[str, str],
    besides: Sequence[Beside] = (),
    step: Step | None = None,
) -> tuple[CaptureResult, list[Problem]]:
    """Capture a chunk and add to the import's figures in one transaction; return also all its problems.

    ``column_of`` names the file's column of a field; ``besides`` is one a capture, or nothing; ``step`` of an upload.
    Raises ImportStoppedError when the import was undone or stopped, ChunkTakenError when another was faster.
    """
    row = Import.objects.select_for_update().get(pk=import_id)
    if row.status != Import.Status.RUNNING:
        raise ImportStoppedError(f"Import {import_id} was undone while it ran.")
    if step:
        _advance(import_id, step)
    result = capture_batch(captures)
    if any(beside.labels or beside.segment for beside in besides):
        _add_besides(result, besides)
    found = problems_of(captures, result, problems, column_of)
    _keep(import_id, found)
    row.new_count += result.new_count
    row.repeated_count += result.repeated_count
    row.rejected_count += len(found)
    row.fed_at = Now()
    row.save(update_fields=["new_count", "repeated_count", "rejected_count", "fed_at"])
    return result, found


def problems_of(
    captures: Sequence[Capture],
    result: CaptureResult,
    problems: Sequence[Problem],
    column_of: Mapping[str, str],
) -> list[Problem]:
    """Return the problems of a chunk by line: those met in reading, and what the door of capture refused."""
    refused = [
        Problem(given.line or 0, column_of.get(o.problem.field, o.problem.field), o.problem.reason)
        for given, o in zip(captures, result.outcomes, strict=True)
        if o.problem
    ]
    return sorted([*problems, *refused])


def _keep(import_id: int, problems: Sequence[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        ImportProblem(
            source_id=import_id,
            line=one.line,
            column=one.column[:COLUMN_CHARACTERS].replace("\0", ""),
            reason=one.reason[:REASON_CHARACTERS].replace("\0", ""),
        )
        for one in problems
    )


def _advance(import_id: int, step: Step) -> None:
    """Note how far the upload is once this transaction commits, and let go of it."""
    rows = Upload.objects.filter(pk=import_id, position=step.before)
    if not rows.update(position=step.after, share=step.share, failures=0, leased_until=Now()):
        raise ChunkTakenError(f"Import {import_id} is past record {step.before}.")


def _add_besides(result: CaptureResult, besides: Sequence[Beside]) -> None:
    """Keep what rows that are new say beside their words; a repeat changes nothing."""
    new = {
        outcome.feedback_id: beside
        for outcome, beside in zip(result.outcomes, besides, strict=True)
        if outcome.is_new and outcome.feedback_id is not None
    }
    labelled = {feedback_id: beside.labels for feedback_id, beside in new.items() if beside.labels}
    ImportLabels.objects.bulk_create(
        ImportLabels(feedback_id=feedback_id, labels=list(labels)) for feedback_id, labels in labelled.items()
    )
    outbox.publish(LABELLED, labelled)
    slugs = {beside.segment for beside in new.values() if beside.segment}
    for segment in Segment.objects.filter(slug__in=slugs).order_by("pk") if slugs else ():
        _put_into(segment, [key for key, beside in new.items() if beside.segment == segment.slug])


def _put_into(segment: Segment, feedback_ids: Sequence[int]) -> None:
    """Give the segment to customers who have none of their own: staff's choice stands over a file's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.id FROM feedback_feedback f JOIN customers_customer c ON c.id = f.customer_id"
            " WHERE f.id = ANY(%s) AND c.segment_id IS NULL",
            [list(feedback_ids)],
        )
        customer_ids = [row[0] for row in cursor.fetchall()]
    set_segment(customer_ids=customer_ids, segment=segment)


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
