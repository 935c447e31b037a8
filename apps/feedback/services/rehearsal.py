"""A dry run: what capturing would do, found out without writing a row that lasts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from apps.feedback.models import Feedback, FeedbackState
from apps.feedback.services.capture import Capture, CaptureResult, Outcome, prepare, problem_of


class Rehearsal:
    """Answers like ``capture_batch``, over many batches; the keys met so far stand in a temporary table."""

    def capture_batch(self, captures: Sequence[Capture]) -> CaptureResult:
        outcomes: list[Outcome | None] = [None] * len(captures)
        positions: dict[str, list[int]] = {}
        for position, given in enumerate(captures):
            try:
                positions.setdefault(prepare(given).repeat_key, []).append(position)
            except ValidationError as error:
                outcomes[position] = Outcome(None, is_new=False, problem=problem_of(error))
        new = self._first_met(list(positions)) - known_keys(list(positions))
        for key, places in positions.items():
            for place in places:
                outcomes[place] = Outcome(None, is_new=key in new and place == places[0])
        return CaptureResult([outcome for outcome in outcomes if outcome])

    def _first_met(self, keys: list[str]) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO rehearsal SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING dedupe_key",
                [keys],
            )
            return {row[0] for row in cursor.fetchall()}


@contextmanager
def rehearsal() -> Iterator[Rehearsal]:
    """Open a dry run: one transaction, whose temporary table is gone at its end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE rehearsal (dedupe_key text PRIMARY KEY) ON COMMIT DROP")
        try:
            yield Rehearsal()
        finally:
            if not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("DROP TABLE rehearsal")


def known_keys(keys: list[str]) -> set[str]:
    """Return those of ``keys`` that feedback has which is not withdrawn. One query."""
    rows = Feedback.objects.exclude(state=FeedbackState.WITHDRAWN).filter(dedupe_key__in=keys)
    return set(rows.values_list("dedupe_key", flat=True))
