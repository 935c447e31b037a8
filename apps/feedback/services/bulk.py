"""Many rows by one call: the good ones go in together, and each row, asked once or again, is told what became of it."""

import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from django.db import connection, transaction

from apps.feedback.call_models import BulkCall
from apps.feedback.services.capture import Call, Capture, Outcome, capture_batch
from apps.feedback.services.idempotency import TakenError, check_body

ROWS_MAX = 1_000
Errors = dict[str, Any]  # sentences by name, nested as the row is


class RowOutcome(NamedTuple):
    status: Literal["new", "repeated", "rejected"]
    feedback_id: int | None
    errors: Errors


def capture_rows_once(*, call: Call, rows: Sequence[Capture | Errors]) -> list[RowOutcome]:
    """Capture the rows that are captures, in one transaction; a row that is errors was refused before.

    A key is used up when something was captured. Of calls at once with one key one captures and the others wait for
    it. Raises IdempotencyKeyReusedError for another body.
    """
    try:
        with transaction.atomic():
            outcomes = _capture_rows(rows)
            if call.key and any(outcome.status != "rejected" for outcome in outcomes):
                _remember(call, outcomes)
            return outcomes
    except TakenError:
        return _earlier(call) or capture_rows_once(call=call, rows=rows)  # purged in between


def _capture_rows(rows: Sequence[Capture | Errors]) -> list[RowOutcome]:
    captured = iter(capture_batch([row for row in rows if isinstance(row, Capture)]).outcomes)
    return [_told(next(captured)) if isinstance(row, Capture) else RowOutcome("rejected", None, row) for row in rows]


def _told(outcome: Outcome) -> RowOutcome:
    if outcome.problem:
        return RowOutcome("rejected", None, {outcome.problem.field: outcome.problem.reason})
    return RowOutcome("new" if outcome.is_new else "repeated", outcome.feedback_id, {})


def _earlier(call: Call) -> list[RowOutcome] | None:
    row = BulkCall.objects.filter(api_key_id=call.api_key_id, key=call.key).first()
    if row is None:
        return None
    check_body(call, row.body_sha256)
    return [RowOutcome(*outcome) for outcome in row.outcomes]


def _remember(call: Call, outcomes: Sequence[RowOutcome]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feedback_bulkcall (api_key_id, key, body_sha256, outcomes, created_at)"
            " VALUES (%s, %s, %s, %s::jsonb, now()) ON CONFLICT (api_key_id, key) DO NOTHING",
            [*call, json.dumps(outcomes)],
        )
        if not cursor.rowcount:
            raise TakenError
