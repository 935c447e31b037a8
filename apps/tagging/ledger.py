"""Booking: what each pair adds to the counts, sent upwards once, and taken back when it no longer holds.

The only writer of pairs, volume bookings and both ledgers. A change books *minus what was sent, plus what holds now*,
so repeats, reordering and races end right. The lock on a feedback's volume booking covers all its pairs; it is taken
in a statement of its own, so that the statement that computes sees everything committed before the lock.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

from apps.core import outbox

SHARDS = 16  # of the pair ledger by tag, of the volume ledger by product

# What one feedback and its person amount to: joined to pairs by book_pairs, to volume bookings by book_volume, and
# to both by the recount of check_queues. An unproven claim counts as anonymous, without segment.
FACTS_SQL = """
    SELECT f.id AS feedback_id,
           f.state = 'live' AND f.visibility <> 'restricted' AS may_count,
           f.product_id, coalesce(f.version_id, 0) AS version_id, f.channel, f.day,
           coalesce(f.rating, 0)::smallint AS rating,
           coalesce(c.id, 0) AS customer_id,
           coalesce(c.organisation_id, 0) AS organisation_id,
           coalesce(c.segment_id, o.segment_id, 0) AS segment_id,
           coalesce(r.sentiment_milli, 0)::smallint AS sentiment_milli,
           CASE WHEN f.rating IS NOT NULL THEN f.rating <= 2
                ELSE coalesce(r.sentiment = 'negative', false) END AS is_unhappy
      FROM feedback_feedback f
      LEFT JOIN customers_customer said ON said.id = f.customer_id AND f.identity = 'verified'
      LEFT JOIN customers_customer c ON c.id = coalesce(said.merged_into_id, said.id)
      LEFT JOIN customers_organisation o ON o.id = c.organisation_id
      LEFT JOIN insight_reading r ON r.feedback_id = f.id
"""

# What each pair amounts to now. ``{where}`` restricts pairs (p) and feedback (f) alike.
PAIRS_NOW_SQL = """
    SELECT p.id, p.feedback_id, p.tag_id,
           coalesce(s.is_confirmed, false) AND x.may_count AS is_counted,
           x.segment_id, x.day, x.customer_id, x.organisation_id, x.sentiment_milli, x.is_unhappy,
           coalesce(s.importance, 0)::smallint AS importance, coalesce(s.is_against, false) AS is_against
      FROM tagging_pair p
      JOIN ({facts} WHERE {feedback_where}) x ON x.feedback_id = p.feedback_id
      LEFT JOIN (
            SELECT g.feedback_id, g.tag_id, true AS is_confirmed, max(g.importance) AS importance,
                   bool_or(g.is_against) AS is_against
              FROM tagging_tagging g
             WHERE g.state = 'confirmed' AND {tagging_where}
             GROUP BY 1, 2
           ) s ON s.feedback_id = p.feedback_id AND s.tag_id = p.tag_id
     WHERE {pair_where}
"""

VOLUME_NOW_SQL = """
    SELECT x.feedback_id, x.may_count AS is_counted, x.product_id, x.version_id, x.channel, x.segment_id, x.day,
           EXISTS (SELECT FROM tagging_pair p WHERE p.feedback_id = x.feedback_id AND p.is_counted) AS is_tagged,
           x.sentiment_milli, x.is_unhappy, x.rating
      FROM ({facts} WHERE {feedback_where}) x
"""

PAIR_COLUMNS = (
    "segment_id", "day", "customer_id", "organisation_id", "sentiment_milli", "is_unhappy", "importance", "is_against",
)  # fmt: skip
VOLUME_COLUMNS = (
    "product_id", "version_id", "channel", "segment_id", "day", "is_tagged", "sentiment_milli", "is_unhappy", "rating",
)  # fmt: skip


def pairs_now_sql(*, of_ids: bool) -> str:
    """Return the query of what each pair amounts to now; with ``of_ids`` of the feedback in parameter ``ids``."""
    return PAIRS_NOW_SQL.format(
        facts=FACTS_SQL,
        feedback_where="f.id = ANY(%(ids)s)" if of_ids else "true",
        tagging_where="g.feedback_id = ANY(%(ids)s)" if of_ids else "true",
        pair_where="p.feedback_id = ANY(%(ids)s)" if of_ids else "true",
    )


def volume_now_sql(*, of_ids: bool) -> str:
    """Return the query of what each feedback adds to the volume now; with ``of_ids`` of those in parameter ``ids``."""
    return VOLUME_NOW_SQL.format(facts=FACTS_SQL, feedback_where="f.id = ANY(%(ids)s)" if of_ids else "true")


def lock_feedback(feedback_ids: Iterable[int]) -> list[int]:
    """Lock the bookings of ``feedback_ids`` in id order, making those that are missing; return the ids that exist.

    Two statements. Every writer of taggings and pairs calls it first, so that no two book one feedback at a time.
    """
    ids = sorted(set(feedback_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tagging_volumebooking (feedback_id, product_id, version_id, channel, segment_id, day,"
            " is_tagged, sentiment_milli, is_unhappy, rating, is_counted, is_ruled)"
            " SELECT id, product_id, 0, channel, 0, day, false, 0, false, 0, false, false FROM feedback_feedback"
            " WHERE id = ANY(%s) ORDER BY id ON CONFLICT DO NOTHING",
            [ids],
        )
        cursor.execute(
            "SELECT feedback_id FROM tagging_volumebooking WHERE feedback_id = ANY(%s) ORDER BY feedback_id FOR UPDATE",
            [ids],
        )
        return [row[0] for row in cursor.fetchall()]


def take_unruled(feedback_ids: Sequence[int]) -> set[int]:
    """Return those of ``feedback_ids`` that the rules have not seen, and note that now they have. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tagging_volumebooking SET is_ruled = true WHERE feedback_id = ANY(%s) AND NOT is_ruled"
            " RETURNING feedback_id",
            [list(feedback_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def ensure_pairs(pairs: Iterable[tuple[int, int]]) -> None:
    """Make the pairs (feedback id, tag id) that do not exist yet, uncounted. One query; call under the lock."""
    rows = sorted(set(pairs))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tagging_pair (feedback_id, tag_id, is_counted, segment_id, day, customer_id,"
            " organisation_id, sentiment_milli, is_unhappy, importance, is_against)"
            " SELECT x.feedback_id, x.tag_id, false, 0, f.day, 0, 0, 0, false, 0, false"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS x (feedback_id, tag_id)"
            " JOIN feedback_feedback f ON f.id = x.feedback_id"
            " ON CONFLICT (feedback_id, tag_id) DO NOTHING",
            [[feedback_id for feedback_id, _ in rows], [tag_id for _, tag_id in rows]],
        )


def book(feedback_ids: Sequence[int]) -> int:
    """Book whatever changed for ``feedback_ids``: pairs, then volume; return how many bookings changed.

    Call inside the transaction of the change, after ``lock_feedback`` and after the change was written. Two queries,
    and the dispatcher is woken when something changed.
    """
    if not feedback_ids:
        return 0
    ids = list(feedback_ids)
    with connection.cursor() as cursor:
        cursor.execute(_BOOK_PAIRS_SQL, {"ids": ids, "shards": SHARDS})
        changed: int = cursor.fetchone()[0]
        cursor.execute(_BOOK_VOLUME_SQL, {"ids": ids, "shards": SHARDS})
        changed += cursor.fetchone()[0]
    if changed:
        outbox.wake_dispatcher()
    return changed


def _book_sql(*, table: str, key: str, ledger: str, shard: str, now: str, columns: Sequence[str], ids: str) -> str:
    """Return the statement that books minus what was sent and plus what holds now, where the two differ."""
    listed = ", ".join(columns)
    old, new = ", ".join(f"b.{c}" for c in columns), ", ".join(f"n.{c}" for c in columns)
    kept = "".join(f"{c}, " for c in ids.split(", ") if c)
    return f"""
        WITH n AS MATERIALIZED ({now}),
        changed AS MATERIALIZED (
            SELECT b.{key} FROM {table} b JOIN n ON n.{key} = b.{key}
             WHERE b.is_counted <> n.is_counted OR (n.is_counted AND ({old}) IS DISTINCT FROM ({new}))
        ),
        minus AS (
            INSERT INTO {ledger} (shard, sign, {kept}{listed})
            SELECT b.{shard} %% %(shards)s, -1, {"".join(f"b.{c}, " for c in ids.split(", ") if c)}{old}
              FROM {table} b JOIN changed ON changed.{key} = b.{key} WHERE b.is_counted
        ),
        plus AS (
            INSERT INTO {ledger} (shard, sign, {kept}{listed})
            SELECT n.{shard} %% %(shards)s, 1, {"".join(f"n.{c}, " for c in ids.split(", ") if c)}{new}
              FROM n JOIN changed ON changed.{key} = n.{key} WHERE n.is_counted
        ),
        sent AS (
            UPDATE {table} b SET is_counted = n.is_counted, {", ".join(f"{c} = n.{c}" for c in columns)}
              FROM n JOIN changed ON changed.{key} = n.{key} WHERE b.{key} = n.{key}
        )
        SELECT count(*) FROM changed
    """


_BOOK_PAIRS_SQL = _book_sql(
    table="tagging_pair",
    key="id",
    ledger="tagging_ledgerrow",
    shard="tag_id",
    now=pairs_now_sql(of_ids=True),
    columns=PAIR_COLUMNS,
    ids="tag_id, feedback_id",
)
_BOOK_VOLUME_SQL = _book_sql(
    table="tagging_volumebooking",
    key="feedback_id",
    ledger="tagging_volumeledgerrow",
    shard="product_id",
    now=volume_now_sql(of_ids=True),
    columns=VOLUME_COLUMNS,
    ids="",
)
