"""Folding: a batch of one shard of the ledger into cells, voices and standings, in one transaction.

At-least-once delivery, exactly-once effect: the ledger rows are deleted by the statement that counts them.
"""

import logging
import random
from collections.abc import Callable

from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from apps.priorities import score_sql, shards
from apps.priorities.derive import TREND_DAYS, derive_standings
from apps.priorities.score_sql import COUNTS

logger = logging.getLogger(__name__)

BATCH_ROWS = 10_000

# How a voice is found among the pairs: its latest one, through pair_of_customer or pair_of_organisation.
_LATEST = (
    "(SELECT p.day, p.feedback_id, p.segment_id, p.is_unhappy, p.importance, p.is_against FROM tagging_pair p"
    " WHERE {which} AND p.tag_id = was.tag_id AND p.is_counted ORDER BY p.day DESC, p.feedback_id DESC LIMIT 1)"
)
_FLAGS = ("day", "feedback_id", "segment_id", "is_unhappy", "importance", "is_against")


def _voice_counts(sign: str, prefix: str) -> str:
    """Return the cell columns that one voice moves by ``sign``, customers and organisations side by side."""
    columns = []
    for kind, stem in ((1, "customer"), (2, "organisation")):
        if_kind = f"(party_kind = {kind})::int"
        columns += [
            f"{sign}{if_kind} AS {stem}_count",
            f"{sign}{if_kind} * {prefix}is_unhappy::int AS {stem}_unhappy",
            f"{sign}{if_kind} * {prefix}importance AS {stem}_importance",
            f"{sign}{if_kind} * {prefix}is_against::int AS {stem}_against",
        ]
    return ", ".join(columns)


_SUMS = ", ".join(f"sum({name})::int AS {name}" for name in COUNTS)
_GAIN = (
    f"{score_sql.WEIGHT_SQL.format(segment_id='d.segment_id')}"
    f" * ({score_sql.term_sql('(d.{0} + d.old_{0})')} - {score_sql.term_sql('d.old_{}')})"
    f" * {score_sql.DECAY_SQL.format(day='d.day')}"
)

_FOLD_SQL = f"""
WITH b AS MATERIALIZED (
    DELETE FROM tagging_ledgerrow WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM tagging_ledgerrow WHERE shard = %(shard)s ORDER BY id LIMIT %(limit)s
    )) RETURNING *
),
party AS MATERIALIZED (  -- each row of an identified person speaks for a customer and for an organisation
    SELECT b.*, k.party_kind,
           CASE WHEN k.party_kind = 1 THEN b.customer_id
                WHEN b.organisation_id <> 0 THEN b.organisation_id ELSE -b.customer_id END AS party_id
      FROM b CROSS JOIN (VALUES (1), (2)) k (party_kind) WHERE b.customer_id <> 0
),
best AS (  -- what the batch itself says of a voice, should its pairs say nothing any more
    SELECT DISTINCT ON (tag_id, party_kind, party_id) * FROM party WHERE sign > 0
     ORDER BY tag_id, party_kind, party_id, day DESC, feedback_id DESC
),
was AS MATERIALIZED (
    SELECT m.*, v.feedback_count AS old_count, {", ".join(f"v.{name} AS old_{name}" for name in _FLAGS)}
      FROM (SELECT tag_id, party_kind, party_id, sum(sign)::int AS moved FROM party GROUP BY 1, 2, 3) m
      LEFT JOIN priorities_voice v USING (tag_id, party_kind, party_id)
),
now AS MATERIALIZED (
    SELECT was.tag_id, was.party_kind, was.party_id, coalesce(was.old_count, 0) + was.moved AS feedback_count,
           {", ".join(f"coalesce(latest.{name}, was.old_{name}, best.{name}) AS {name}" for name in _FLAGS)}
      FROM was
      LEFT JOIN LATERAL (
            {_LATEST.format(which="was.party_kind = 1 AND p.customer_id = was.party_id AND p.customer_id <> 0")}
            UNION ALL
            {
    _LATEST.format(
        which="was.party_kind = 2 AND was.party_id > 0 AND p.organisation_id = was.party_id AND p.organisation_id <> 0"
    )
}
            UNION ALL
            {
    _LATEST.format(
        which="was.party_kind = 2 AND was.party_id < 0 AND p.customer_id = -was.party_id"
        " AND p.customer_id <> 0 AND p.organisation_id = 0"
    )
}
           ) latest ON true
      LEFT JOIN best USING (tag_id, party_kind, party_id)
     WHERE coalesce(was.old_count, 0) + was.moved > 0
),
silenced AS (
    DELETE FROM priorities_voice v USING was
     WHERE v.tag_id = was.tag_id AND v.party_kind = was.party_kind AND v.party_id = was.party_id
       AND was.old_count + was.moved <= 0
),
heard AS (
    INSERT INTO priorities_voice (tag_id, party_kind, party_id, feedback_count, {", ".join(_FLAGS)})
    SELECT tag_id, party_kind, party_id, feedback_count, {", ".join(_FLAGS)} FROM now
        ON CONFLICT (tag_id, party_kind, party_id) DO UPDATE SET feedback_count = excluded.feedback_count,
           {", ".join(f"{name} = excluded.{name}" for name in _FLAGS)}
),
moves AS (
    SELECT tag_id, day, segment_id, sign::int AS feedback_count,
           CASE WHEN customer_id = 0 THEN sign ELSE 0 END::int AS anonymous_count,
           sign * is_unhappy::int AS unhappy_count, sign * sentiment_milli::int AS sentiment_milli_sum,
           {", ".join(f"0 AS {name}" for name in COUNTS[4:])}
      FROM b
    UNION ALL
    SELECT tag_id, old_day, old_segment_id, 0, 0, 0, 0, {_voice_counts("-", "old_")}
      FROM was WHERE old_count IS NOT NULL
    UNION ALL
    SELECT tag_id, day, segment_id, 0, 0, 0, 0, {_voice_counts("", "")} FROM now
),
deltas AS MATERIALIZED (
    SELECT m.*, {", ".join(f"coalesce(cell.{name}, 0) AS old_{name}" for name in COUNTS)}
      FROM (SELECT tag_id, day, segment_id, {_SUMS} FROM moves GROUP BY 1, 2, 3
            HAVING {" OR ".join(f"sum({name}) <> 0" for name in COUNTS)}) m
      LEFT JOIN priorities_cell cell USING (tag_id, day, segment_id)
     ORDER BY tag_id, day, segment_id
),
cells AS (
    INSERT INTO priorities_cell AS cell (tag_id, day, segment_id, {", ".join(COUNTS)})
    SELECT tag_id, day, segment_id, {", ".join(COUNTS)} FROM deltas
        ON CONFLICT (tag_id, day, segment_id) DO UPDATE SET
           {", ".join(f"{name} = cell.{name} + excluded.{name}" for name in COUNTS)}
),
gains AS (
    SELECT d.tag_id, sum({_GAIN})::float8 AS gain, {", ".join(f"sum(d.{name})::bigint AS {name}" for name in COUNTS)}
      FROM deltas d
      JOIN priorities_standing standing ON standing.tag_id = d.tag_id
      JOIN priorities_policy policy ON policy.id = standing.policy_id
      LEFT JOIN customers_segment segment ON segment.id = d.segment_id
     GROUP BY d.tag_id
),
standings AS (
    UPDATE priorities_standing s SET
           landmark_subtotal = s.landmark_subtotal + gains.gain,
           landmark_score = (s.landmark_subtotal + gains.gain) * s.factor, updated_at = clock_timestamp(),
           {", ".join(f"{name} = s.{name} + gains.{name}" for name in COUNTS)}
      FROM gains WHERE s.tag_id = gains.tag_id
)
SELECT tag_id, bool_or(sign < 0), count(*) FROM b GROUP BY tag_id
"""

_TREND_SQL = """
    UPDATE priorities_standing s SET last28_count = x.last28, previous28_count = x.previous28, trend_on = %(today)s
      FROM unnest(%(tags)s) AS touched (tag_id)
      CROSS JOIN LATERAL (
            SELECT coalesce(sum(feedback_count) FILTER (WHERE day > %(today)s - %(days)s), 0) AS last28,
                   coalesce(sum(feedback_count) FILTER (WHERE day <= %(today)s - %(days)s), 0) AS previous28
              FROM priorities_cell c
             WHERE c.tag_id = touched.tag_id AND c.day > %(today)s - 2 * %(days)s
           ) x
     WHERE s.tag_id = touched.tag_id
"""

_VOLUME_COUNTS = ("feedback_count", "unhappy_count", "sentiment_milli_sum", "rated_count", "rating_sum")
_VOLUME_SQL = f"""
WITH b AS MATERIALIZED (
    DELETE FROM tagging_volumeledgerrow WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM tagging_volumeledgerrow WHERE shard = %(shard)s ORDER BY id LIMIT %(limit)s
    )) RETURNING *
),
cells AS (
    INSERT INTO priorities_volumecell AS cell
           (product_id, day, version_id, channel, segment_id, is_tagged, {", ".join(_VOLUME_COUNTS)})
    SELECT product_id, day, version_id, channel, segment_id, is_tagged, sum(sign), sum(sign * is_unhappy::int),
           sum(sign * sentiment_milli::int), sum(sign * (rating > 0)::int), sum(sign * rating::int)
      FROM b GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (product_id, day, version_id, channel, segment_id, is_tagged) DO UPDATE SET
           {", ".join(f"{name} = cell.{name} + excluded.{name}" for name in _VOLUME_COUNTS)}
),
ticks AS (  -- a product is folded under its shard's lock: nobody else counts here
    INSERT INTO priorities_volumetick AS tick (product_id, tick_count)
    SELECT DISTINCT product_id, 1 FROM b
        ON CONFLICT (product_id) DO UPDATE SET tick_count = tick.tick_count + 1
)
SELECT count(*) FROM b
"""


def has_ledger_rows() -> bool:
    return bool(_waiting_shards("tagging_ledgerrow"))


def has_volume_ledger_rows() -> bool:
    return bool(_waiting_shards("tagging_volumeledgerrow"))


def fold_ledger(*, limit_rows: int = BATCH_ROWS) -> int:
    """Fold at most ``limit_rows`` rows of the first free shard that has any; return how many (0: none is free).

    Folds of different shards run side by side; a shard is folded by one at a time.
    """
    return _fold_a_shard("tagging_ledgerrow", shards.LOCK_CLASS, fold_shard, limit_rows)


def fold_volume_ledger(*, limit_rows: int = BATCH_ROWS) -> int:
    """Fold at most ``limit_rows`` rows of the volume ledger, as ``fold_ledger`` does."""
    return _fold_a_shard("tagging_volumeledgerrow", shards.LOCK_CLASS + 1, _fold_volume_shard, limit_rows)


def _fold_a_shard(table: str, lock_class: int, fold: Callable[[int, int], int], limit_rows: int) -> int:
    """Fold a batch of the first shard that is free; one that fails is logged and does not stop the others."""
    for shard in _waiting_shards(table):
        try:
            with transaction.atomic():
                folded = fold(shard, limit_rows) if shards.try_hold(shard, lock_class=lock_class) else 0
        except (DataError, ProgrammingError, IntegrityError):
            logger.exception("Shard %d of %s does not fold", shard, table)
            continue
        if folded:
            return folded
    return 0


def _waiting_shards(table: str) -> list[int]:
    """Return the shards with rows in ``table``, in random order, so that workers spread out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s FROM generate_series(0, %s) s WHERE EXISTS (SELECT FROM {table} WHERE shard = s)",
            [shards.COUNT - 1],
        )
        found = [row[0] for row in cursor.fetchall()]
    random.shuffle(found)
    return found


def fold_shard(shard: int, limit_rows: int) -> int:
    """Fold a batch of ``shard``, which the caller holds; return how many rows.

    Standings gain the batch's decayed difference; where something was taken away they are derived anew from the
    cells, since what a large recent sum leaves behind in the last bits may dwarf what is old.
    """
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(_FOLD_SQL, {"shard": shard, "limit": limit_rows})
        touched = cursor.fetchall()
        tag_ids = [tag_id for tag_id, _, _ in touched]
        if tag_ids:
            cursor.execute(_TREND_SQL, {"tags": tag_ids, "today": today, "days": TREND_DAYS})
    lowered = {tag_id for tag_id, has_minus, _ in touched if has_minus}
    derive_standings(lowered | _without_standing(tag_ids), today=today)
    return sum(count for _, _, count in touched)


def _without_standing(tag_ids: list[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM tagging_tag t WHERE id = ANY(%s) AND effective_team_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM priorities_standing s WHERE s.tag_id = t.id)",
            [tag_ids],
        )
        return {row[0] for row in cursor.fetchall()}


def _fold_volume_shard(shard: int, limit_rows: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_VOLUME_SQL, {"shard": shard, "limit": limit_rows})
        return int(cursor.fetchone()[0])
