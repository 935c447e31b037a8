"""A call made again with its Idempotency-Key gets the first one's answer; nothing is captured twice.

The key is written in the transaction of what it brought in, and last: a first call, which nearly all are, looks
nothing up, and one made again undoes what it had begun.
"""

from datetime import timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from apps.core.errors import DomainError
from apps.feedback.call_models import BulkCall
from apps.feedback.models import IdempotencyKey
from apps.feedback.services.capture import Capture, Outcome, capture

KEPT = timedelta(days=7)
PURGE_ROWS = 5_000  # deleted by one statement


class IdempotencyKeyReusedError(DomainError):
    """The same key came with another body."""


class TakenError(Exception):
    """Another call with the same key committed first."""


class Call(NamedTuple):
    """Which call this is. A blank ``key`` is none: it is made anew each time."""

    api_key_id: int
    key: str
    body_sha256: str


def capture_once(*, call: Call, one: Capture) -> Outcome:
    """Capture, or return what the first call with the same key came to.

    Of calls at once one captures and the others wait for it. Raises IdempotencyKeyReusedError for another body,
    ValidationError as ``capture`` does.
    """
    if not call.key:
        return capture(one)
    try:
        with transaction.atomic():
            outcome = capture(one)
            _remember(call, outcome)
            return outcome
    except TakenError:
        return _earlier(call) or capture_once(call=call, one=one)  # purged in between: as good as never made


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
