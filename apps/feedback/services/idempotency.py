"""A call made again with its Idempotency-Key gets the first one's answer; nothing is captured twice.

The key is written with what it brought in, by the same statement, and last: a first call, which nearly all are, looks
nothing up, and one made again breaks off what it had begun.
"""

from contextlib import nullcontext
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.core.errors import DomainError
from apps.feedback.call_models import BulkCall
from apps.feedback.models import IdempotencyKey
from apps.feedback.services.capture import Call, Capture, Outcome, capture

KEPT = timedelta(days=7)
PURGE_ROWS = 5_000  # deleted by one statement
CALLED_ONCE = "idempotency_key_once"  # the constraint


class IdempotencyKeyReusedError(DomainError):
    """The same key came with another body."""


class TakenError(Exception):
    """Another call with the same key committed first."""


def capture_once(*, call: Call, one: Capture) -> Outcome:
    """Capture, or return what the first call with the same key came to.

    Of calls at once one captures and the others wait for it. Raises IdempotencyKeyReusedError for another body,
    ValidationError as ``capture`` does.
    """
    if not call.key:
        return capture(one)
    try:
        # What is captured and its call are one transaction already; within a caller's, they can be undone alone.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            outcome = capture(one, call=call)
            if not outcome.is_new:
                _remember(call, outcome)
            return outcome
    except IntegrityError as error:
        if _constraint_of(error) != CALLED_ONCE:
            raise
    except TakenError:
        pass
    return _earlier(call) or capture_once(call=call, one=one)  # purged in between: as good as never made


def _constraint_of(error: IntegrityError) -> str:
    """Return the constraint that ``error`` broke, as PostgreSQL names it."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def purge_idempotency_keys(*, older_than: timedelta = KEPT) -> int:
    """Forget keys of calls longer ago, some thousand at a time; return how many."""
    purged = 0
    for calls in (IdempotencyKey.objects.all(), BulkCall.objects.all()):
        old = calls.filter(created_at__lt=timezone.now() - older_than).order_by("created_at")
        while ids := list(old.values_list("pk", flat=True)[:PURGE_ROWS]):
            purged += calls.filter(pk__in=ids).delete()[0]
    return purged


def check_body(call: Call, body_sha256: str) -> None:
    """Raise IdempotencyKeyReusedError where the first call had another body."""
    if body_sha256 != call.body_sha256:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used with another body.")


def _earlier(call: Call) -> Outcome | None:
    row = IdempotencyKey.objects.select_related("feedback").filter(api_key_id=call.api_key_id, key=call.key).first()
    if row is None:
        return None
    check_body(call, row.body_sha256)
    # Written in one transaction, so at one moment, exactly when that call brought the feedback in.
    return Outcome(row.feedback_id, is_new=row.created_at == row.feedback.received_at)


def _remember(call: Call, outcome: Outcome) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feedback_idempotencykey (api_key_id, key, body_sha256, feedback_id, created_at)"
            " VALUES (%s, %s, %s, %s, now()) ON CONFLICT (api_key_id, key) DO NOTHING",
            [*call, outcome.feedback_id],
        )
        if not cursor.rowcount:
            raise TakenError
