"""A call made again with its Idempotency-Key gets the first one's answer; nothing is captured twice."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.core.errors import DomainError
from apps.feedback.models import IdempotencyKey
from apps.feedback.services.capture import Capture, Outcome, capture

KEPT = timedelta(days=7)
PURGE_ROWS = 5_000  # deleted by one statement


class IdempotencyKeyReusedError(DomainError):
    """The same key came with another body."""


class _TakenError(Exception):
    """Another call with the same key committed first."""


def capture_once(*, api_key_id: int, key: str, body_sha256: str, one: Capture) -> Outcome:
    """Capture, or return what the first call with ``key`` came to; a blank key captures.

    Key and feedback are written in one transaction. Of calls at once one captures and the others wait for it.
    Raises IdempotencyKeyReusedError for another body, ValidationError as ``capture`` does.
    """
    if not key:
        return capture(one)
    earlier = _earlier(api_key_id, key, body_sha256)
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            outcome = capture(one)
            _remember(api_key_id, key, body_sha256, outcome)
            return outcome
    except _TakenError:
        return _earlier(api_key_id, key, body_sha256) or capture_once(
            api_key_id=api_key_id, key=key, body_sha256=body_sha256, one=one
        )


def purge_idempotency_keys(*, older_than: timedelta = KEPT) -> int:
    """Forget keys of calls longer ago, some thousand at a time; return how many."""
    old = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - older_than).order_by("created_at")
    purged = 0
    while ids := list(old.values_list("pk", flat=True)[:PURGE_ROWS]):
        purged += IdempotencyKey.objects.filter(pk__in=ids).delete()[0]
    return purged


def _earlier(api_key_id: int, key: str, body_sha256: str) -> Outcome | None:
    row = IdempotencyKey.objects.select_related("feedback").filter(api_key_id=api_key_id, key=key).first()
    if row is None:
        return None
    if row.body_sha256 != body_sha256:
        raise IdempotencyKeyReusedError("This Idempotency-Key was used with another body.")
    # Written in one transaction, so at one moment, exactly when that call brought the feedback in.
    return Outcome(row.feedback_id, is_new=row.created_at == row.feedback.received_at)


def _remember(api_key_id: int, key: str, body_sha256: str, outcome: Outcome) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feedback_idempotencykey (api_key_id, key, body_sha256, feedback_id, created_at)"
            " VALUES (%s, %s, %s, %s, now()) ON CONFLICT (api_key_id, key) DO NOTHING",
            [api_key_id, key, body_sha256, outcome.feedback_id],
        )
        if not cursor.rowcount:
            raise _TakenError
