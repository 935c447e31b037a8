"""How long feedback waited for a person: counted once a day, by the day it was received.

A look is what a person leaves behind: their first statement about its tags (that one fits, or that it does not), or
their first note on it. Opening a page leaves nothing behind and is not counted, nor is what rules and models do.
Only what aggregates may count is counted: live, and not restricted.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.core.turns import take_turn
from apps.priorities.spans import Span

LIMIT_HOURS = (1, 4, 24, 72, 168)  # where one bucket of waits ends and the next begins
NOT_YET = -1
WATCHED_DAYS = 90  # feedback older than this keeps the wait it had: a look after three months is no answer any more

_COUNT_SQL = """
    INSERT INTO priorities_firstlookcell (product_id, day, bucket, feedback_count)
    SELECT f.product_id, (f.received_at AT TIME ZONE %(zone)s)::date,
           CASE WHEN look.at IS NULL THEN %(not_yet)s
                ELSE width_bucket(extract(epoch FROM look.at - f.received_at) / 3600, %(limits)s) END,
           count(*)
      FROM feedback_feedback f
      LEFT JOIN LATERAL (
            SELECT least(
                       (SELECT min(g.updated_at) FROM tagging_tagging g
                         WHERE g.feedback_id = f.id AND g.source = 'person'),
                       (SELECT min(n.created_at) FROM dialogue_note n WHERE n.feedback_id = f.id)
                   ) AS at
           ) look ON true
     WHERE f.received_at >= %(from)s AND f.received_at < %(to)s AND f.state = 'live' AND f.visibility <> 'restricted'
     GROUP BY 1, 2, 3
"""


def count_first_looks(today: date) -> None:
    """Count anew the waits of what was received in the ``WATCHED_DAYS`` days before ``today``: the daily job."""
    _count(Span(today - timedelta(days=WATCHED_DAYS), today - timedelta(days=1)))


def rebuild_first_looks(today: date) -> None:
    """Count the waits of everything received before ``today`` anew, as looks stand now."""
    _count(Span(date(1970, 1, 1), today - timedelta(days=1)))


@transaction.atomic
def _count(span: Span) -> None:
    """Write the cells of ``span``; twice at once, the second waits for the first and writes the same."""
    take_turn("priorities.first_look")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM priorities_firstlookcell WHERE day BETWEEN %s AND %s", [span.since, span.until])
        cursor.execute(
            _COUNT_SQL,
            {
                "zone": settings.TIME_ZONE,
                "not_yet": NOT_YET,
                "limits": [float(hours) for hours in LIMIT_HOURS],
                "from": _start_of(span.since),
                "to": _start_of(span.until + timedelta(days=1)),
            },
        )


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class Waits(NamedTuple):
    """Feedback received in a span by how long it waited, a number per bucket of ``LIMIT_HOURS``."""

    counts: Sequence[int]  # one more than there are limits
    not_yet_count: int
    counted_until: date | None  # the newest day that was counted; None: the job has not run yet

    @property
    def looked_count(self) -> int:
        return sum(self.counts)

    @property
    def received_count(self) -> int:
        return self.looked_count + self.not_yet_count

    @property
    def median_bucket(self) -> int | None:
        """Return the bucket in which the wait of the middle one lies; None unless half were looked at.

        What nobody has looked at waits longest, so it is part of the middle.
        """
        passed = 0
        for bucket, count in enumerate(self.counts):
            passed += count
            if passed and 2 * passed >= self.received_count:
                return bucket
        return None


def waits(product_ids: Collection[int], spans: Sequence[Span]) -> list[Waits]:
    """Return the waits of feedback on ``product_ids`` received in each of ``spans``. One query."""
    rows = _rows(product_ids, spans)
    return [_waits([row for row in rows if row.span_index == n]) for n in range(len(spans))]


def waits_by_product(product_ids: Collection[int], span: Span) -> dict[int, Waits]:
    """Return the waits of feedback received in ``span`` by product; a product without any is missing. One query."""
    rows = _rows(product_ids, [span])
    return {
        product_id: _waits([row for row in rows if row.product_id == product_id])
        for product_id in {row.product_id for row in rows}
    }


def together(parts: Iterable[Waits]) -> Waits:
    """Return all ``parts`` in one."""
    found = list(parts)
    return Waits(
        [sum(one.counts[bucket] for one in found) for bucket in range(len(LIMIT_HOURS) + 1)],
        sum(one.not_yet_count for one in found),
        max((one.counted_until for one in found if one.counted_until), default=None),
    )


class _Row(NamedTuple):
    span_index: int
    product_id: int
    bucket: int
    feedback_count: int
    newest_on: date


def _rows(product_ids: Collection[int], spans: Sequence[Span]) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.n, c.product_id, c.bucket, sum(c.feedback_count)::bigint, max(c.day)"
            " FROM unnest(%s::int[], %s::date[], %s::date[]) AS s (n, since, until)"
            " JOIN priorities_firstlookcell c ON c.product_id = ANY(%s) AND c.day BETWEEN s.since AND s.until"
            " GROUP BY 1, 2, 3",
            [
                list(range(len(spans))),
                [span.since for span in spans],
                [span.until for span in spans],
                list(product_ids),
            ],
        )
        return [_Row(*row) for row in cursor.fetchall()]


def _waits(rows: Sequence[_Row]) -> Waits:
    counts = [0] * (len(LIMIT_HOURS) + 1)
    for row in rows:
        if row.bucket != NOT_YET:
            counts[row.bucket] += row.feedback_count
    not_yet = sum(row.feedback_count for row in rows if row.bucket == NOT_YET)
    return Waits(counts, not_yet, max((row.newest_on for row in rows), default=None))
