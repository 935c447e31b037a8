"""Rebuilding: pairs from taggings and feedback, then cells, voices, volume and standings from the pairs.

For an operator after a bug, not for daily use: the roll-up keeps itself. Safe beside live traffic.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from apps.feedback.models import Feedback
from apps.priorities import shards
from apps.priorities.derive import derive_standings
from apps.priorities.models import Standing
from apps.tagging import ledger
from apps.tagging.models import Tag

BATCH = 1000  # feedback per transaction when pairs are booked again


def rebook_everything(*, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Book every feedback again, a thousand per transaction; return how many bookings were wrong."""
    corrected, last_id, done = 0, 0, 0
    while ids := list(Feedback.objects.filter(id__gt=last_id).order_by("id").values_list("id", flat=True)[:BATCH]):
        with transaction.atomic():
            locked = ledger.lock_feedback(ids)
            corrected += ledger.book(locked)
        last_id = ids[-1]
        done += len(ids)
        on_progress(done)
    return corrected


def rebuild_queues() -> None:
    """Make cells, voices, volume cells and standings anew from the pairs; readers see the old ones until it commits."""
    with _all_shards_held(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL statement_timeout = 0")
        rebuild_cells()


def rebuild_cells() -> None:
    """Do so in the caller's transaction, whose snapshot must not move, with every shard held.

    The ledger is emptied in the same snapshot: what it held is in the pairs.
    """
    with connection.cursor() as cursor:
        for statement in _REBUILD:
            cursor.execute(statement)
    Standing.objects.all().delete()
    derive_standings(
        list(Tag.objects.exclude(effective_team=None).values_list("id", flat=True)),
        today=timezone.localdate(),
    )


@contextmanager
def _all_shards_held() -> Iterator[None]:
    """Hold every shard for the session: the snapshot of the rebuild must be later than the last fold."""
    keys = [(lock_class, n) for lock_class in (shards.LOCK_CLASS, shards.LOCK_CLASS + 1) for n in range(shards.COUNT)]
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        try:
            yield
        finally:
            for key in keys:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


_VOICES = """
    INSERT INTO priorities_voice (tag_id, party_kind, party_id, feedback_count, day, feedback_id, segment_id,
                                  is_unhappy, importance, is_against)
    SELECT DISTINCT ON (tag_id, party_kind, party_id) tag_id, party_kind, party_id,
           count(*) OVER (PARTITION BY tag_id, party_kind, party_id),
           day, feedback_id, segment_id, is_unhappy, importance, is_against
      FROM (SELECT p.*, k.party_kind, CASE WHEN k.party_kind = 1 THEN customer_id
                   WHEN organisation_id <> 0 THEN organisation_id ELSE -customer_id END AS party_id
              FROM tagging_pair p CROSS JOIN (VALUES (1), (2)) k (party_kind)
             WHERE is_counted AND customer_id <> 0) x
     ORDER BY tag_id, party_kind, party_id, day DESC, feedback_id DESC
"""
_CELLS = """
    INSERT INTO priorities_cell (tag_id, day, segment_id, feedback_count, anonymous_count, unhappy_count,
        sentiment_milli_sum, customer_count, customer_unhappy, customer_importance, customer_against,
        organisation_count, organisation_unhappy, organisation_importance, organisation_against)
    SELECT tag_id, day, segment_id, sum(a), sum(b), sum(c), sum(d), sum(e), sum(f), sum(g), sum(h),
           sum(i), sum(j), sum(k), sum(l)
      FROM (
        SELECT tag_id, day, segment_id, 1 AS a, (customer_id = 0)::int AS b, is_unhappy::int AS c,
               sentiment_milli::int AS d, 0 AS e, 0 AS f, 0 AS g, 0 AS h, 0 AS i, 0 AS j, 0 AS k, 0 AS l
          FROM tagging_pair WHERE is_counted
        UNION ALL
        SELECT tag_id, day, segment_id, 0, 0, 0, 0,
               (party_kind = 1)::int, (party_kind = 1 AND is_unhappy)::int,
               CASE WHEN party_kind = 1 THEN importance ELSE 0 END, (party_kind = 1 AND is_against)::int,
               (party_kind = 2)::int, (party_kind = 2 AND is_unhappy)::int,
               CASE WHEN party_kind = 2 THEN importance ELSE 0 END, (party_kind = 2 AND is_against)::int
          FROM priorities_voice
      ) x GROUP BY 1, 2, 3
"""
_VOLUME_CELLS = """
    INSERT INTO priorities_volumecell (product_id, day, version_id, channel, segment_id, is_tagged, feedback_count,
                                       unhappy_count, sentiment_milli_sum, rated_count, rating_sum)
    SELECT product_id, day, version_id, channel, segment_id, is_tagged, count(*), sum(is_unhappy::int),
           sum(sentiment_milli::int), sum((rating > 0)::int), sum(rating::int)
      FROM tagging_volumebooking WHERE is_counted GROUP BY 1, 2, 3, 4, 5, 6
"""
_VOLUME_TICKS = "UPDATE priorities_volumetick SET tick_count = tick_count + 1"
_REBUILD = (
    "DELETE FROM tagging_ledgerrow",
    "DELETE FROM tagging_volumeledgerrow",
    "DELETE FROM priorities_voice",
    "DELETE FROM priorities_cell",
    "DELETE FROM priorities_volumecell",
    _VOICES,
    _CELLS,
    _VOLUME_CELLS,
    _VOLUME_TICKS,
)
