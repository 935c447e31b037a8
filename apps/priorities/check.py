"""Is incremental equal to recount? Every level of the roll-up compared with the one below, in one snapshot.

What is on its way is known, not guessed: undelivered outbox rows name the feedback whose pairs may differ, and
unfolded ledger rows are added to cells and voices before they are compared.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from apps.priorities import scoring, selectors
from apps.priorities.models import Policy, Priority, Standing
from apps.priorities.score_sql import COUNTS
from apps.tagging import ledger

TOLERANCE = 1e-9  # relative, and absolute below 1
EXAMPLES = 5  # mismatches named per level
TAGS_AT_A_TIME = 20  # whose cells are held in memory together


@dataclass
class Level:
    """One comparison: how many rows differ, and a few of them in words."""

    name: str
    mismatches: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Report:
    levels: list[Level]
    pairs: int = 0
    cells: int = 0
    voices: int = 0
    standings: int = 0
    undelivered: dict[str, int] = field(default_factory=dict)  # outbox rows by topic
    quarantined: int = 0
    unfolded: int = 0  # ledger rows

    @property
    def is_equal(self) -> bool:
        return not any(level.mismatches for level in self.levels)


def check_queues() -> Report:
    """Compare pairs, cells, voices, volume and standings with a recount, in one repeatable-read snapshot.

    Reads everything; about a quarter of a minute per million feedback. Writes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return compare_levels()


def compare_levels() -> Report:
    """Compare every level in the caller's transaction, whose snapshot must not move meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL enable_nestloop = off")  # estimates over CTEs are poor
        levels = [_compare(name, sql) for name, sql in _comparisons().items()]
        report = Report([*levels, _compare_standings()])
        for name in ("pairs", "cells", "voices", "standings"):
            setattr(report, name, _number(_COUNT_SQL[name]))
        cursor.execute("SELECT topic, count(*) FROM core_outboxrow WHERE quarantined_at IS NULL GROUP BY 1 ORDER BY 1")
        report.undelivered = dict(cursor.fetchall())
        report.quarantined = _number("SELECT count(*) FROM core_outboxrow WHERE quarantined_at IS NOT NULL")
        report.unfolded = _number(
            "SELECT (SELECT count(*) FROM tagging_ledgerrow) + (SELECT count(*) FROM tagging_volumeledgerrow)"
        )
    return report


_COUNT_SQL = {
    "pairs": "SELECT count(*) FROM tagging_pair WHERE is_counted",
    "cells": "SELECT count(*) FROM priorities_cell",
    "voices": "SELECT count(*) FROM priorities_voice",
    "standings": "SELECT count(*) FROM priorities_standing",
}

# Feedback that an outbox row still to be delivered may change. A quarantined row excuses nothing: until it is
# replayed, what it was about is not counted, and the check says so.
_COMING = """
    changed AS MATERIALIZED (
        SELECT each.value::bigint AS customer_id
          FROM core_outboxrow, jsonb_array_elements_text(payload -> 'ids') each
         WHERE topic = 'customers.changed' AND subscriber ~ '^tagging\\.' AND quarantined_at IS NULL
    ),
    coming AS MATERIALIZED (
        SELECT each.value::bigint AS feedback_id
          FROM core_outboxrow, jsonb_array_elements_text(payload -> 'ids') each
         WHERE topic IN ('feedback.captured', 'feedback.changed', 'insight.read', 'tagging.rebook')
           AND subscriber ~ '^(insight|tagging)\\.' AND quarantined_at IS NULL
        UNION
        SELECT f.id FROM feedback_feedback f
         WHERE f.customer_id IN (
               SELECT customer_id FROM changed UNION
               SELECT c.id FROM customers_customer c JOIN changed ON c.merged_into_id = changed.customer_id)
    )
"""

_LEDGER_COUNTS = (
    "sum(sign) AS feedback_count, sum(CASE WHEN customer_id = 0 THEN sign ELSE 0 END) AS anonymous_count,"
    " sum(sign * is_unhappy::int) AS unhappy_count, sum(sign * sentiment_milli::bigint) AS sentiment_milli_sum"
)
_PARTIES = (
    "SELECT b.*, k.party_kind, CASE WHEN k.party_kind = 1 THEN b.customer_id"
    " WHEN b.organisation_id <> 0 THEN b.organisation_id ELSE -b.customer_id END AS party_id"
    " FROM {table} b CROSS JOIN (VALUES (1), (2)) k (party_kind) WHERE b.customer_id <> 0 AND {where}"
)
_COUNTED_PARTIES = _PARTIES.format(table="tagging_pair", where="b.is_counted")
_LEDGER_PARTIES = _PARTIES.format(table="tagging_ledgerrow", where="true")


def _comparisons() -> dict[str, str]:
    """Return by level the query of the rows that differ; the first columns of each say which."""
    return {
        "pairs == recount": _pairs_sql("pair", ledger.pairs_now_sql(of_ids=False), "id", ledger.PAIR_COLUMNS),
        "no confirmed tagging without a pair": (
            "SELECT g.feedback_id, g.tag_id FROM tagging_tagging g LEFT JOIN tagging_pair p"
            " ON p.feedback_id = g.feedback_id AND p.tag_id = g.tag_id WHERE g.state = 'confirmed' AND p.id IS NULL"
        ),
        "volume bookings == recount": _pairs_sql(
            "volumebooking", ledger.volume_now_sql(of_ids=False), "feedback_id", ledger.VOLUME_COLUMNS
        ),
        "all feedback is booked": (
            f"WITH {_COMING}"
            " SELECT f.id FROM feedback_feedback f WHERE f.state = 'live' AND f.visibility <> 'restricted'"
            " AND NOT EXISTS (SELECT FROM tagging_volumebooking b WHERE b.feedback_id = f.id)"
            " AND NOT EXISTS (SELECT FROM coming WHERE coming.feedback_id = f.id)"
        ),
        "cells + ledger == pairs": _cells_sql(),
        "voices + ledger == pairs": _voice_counts_sql(),
        "voices are the latest": _latest_voices_sql(),
        "cells == voices": _cell_voices_sql(),
        "volume cells + ledger == bookings": _volume_sql(),
    }


def _pairs_sql(table: str, now: str, key: str, columns: tuple[str, ...]) -> str:
    held, due = ", ".join(f"b.{c}" for c in columns), ", ".join(f"n.{c}" for c in columns)
    return (
        f"WITH {_COMING} SELECT b.{key}, b.is_counted, n.is_counted"
        f" FROM tagging_{table} b JOIN ({now}) n ON n.{key} = b.{key}"
        f" WHERE (b.is_counted <> n.is_counted OR (n.is_counted AND ({held}) IS DISTINCT FROM ({due})))"
        " AND NOT EXISTS (SELECT FROM coming WHERE coming.feedback_id = b.feedback_id)"
    )


def _cells_sql() -> str:
    counts = COUNTS[:4]
    return (
        "WITH held AS (SELECT tag_id, segment_id, day, "
        + ", ".join(f"sum({c})::bigint AS {c}" for c in counts)
        + f" FROM (SELECT tag_id, segment_id, day, {', '.join(counts)} FROM priorities_cell"
        f" UNION ALL SELECT tag_id, segment_id, day, {_LEDGER_COUNTS} FROM tagging_ledgerrow GROUP BY 1, 2, 3) x"
        " GROUP BY 1, 2, 3), due AS (SELECT tag_id, segment_id, day, count(*) AS feedback_count,"
        " count(*) FILTER (WHERE customer_id = 0) AS anonymous_count, count(*) FILTER (WHERE is_unhappy) AS"
        " unhappy_count, sum(sentiment_milli)::bigint AS sentiment_milli_sum"
        " FROM tagging_pair WHERE is_counted GROUP BY 1, 2, 3)"
        " SELECT tag_id, segment_id, day, held.*, due.* FROM held FULL JOIN due USING (tag_id, segment_id, day)"
        " WHERE " + " OR ".join(f"coalesce(held.{c}, 0) <> coalesce(due.{c}, 0)" for c in counts)
    )


def _voice_counts_sql() -> str:
    return (
        "WITH held AS (SELECT tag_id, party_kind, party_id, sum(n)::bigint AS n FROM ("
        "   SELECT tag_id, party_kind, party_id, feedback_count AS n FROM priorities_voice UNION ALL"
        f"  SELECT tag_id, party_kind, party_id, sum(sign) FROM ({_LEDGER_PARTIES}) l GROUP BY 1, 2, 3"
        " ) x GROUP BY 1, 2, 3),"
        f" due AS (SELECT tag_id, party_kind, party_id, count(*) AS n FROM ({_COUNTED_PARTIES}) p GROUP BY 1, 2, 3)"
        " SELECT tag_id, party_kind, party_id, held.n, due.n FROM held"
        " FULL JOIN due USING (tag_id, party_kind, party_id) WHERE coalesce(held.n, 0) <> coalesce(due.n, 0)"
    )


def _latest_voices_sql() -> str:
    """Return the voices that are not their pairs' latest, among those with nothing in the ledger."""
    flags = ("day", "feedback_id", "segment_id", "is_unhappy", "importance", "is_against")
    held, due = ", ".join(f"v.{f}" for f in flags), ", ".join(f"due.{f}" for f in flags)
    return (
        f"WITH due AS (SELECT DISTINCT ON (tag_id, party_kind, party_id) * FROM ({_COUNTED_PARTIES}) p"
        " ORDER BY tag_id, party_kind, party_id, day DESC, feedback_id DESC),"
        f" moving AS (SELECT DISTINCT tag_id, party_kind, party_id FROM ({_LEDGER_PARTIES}) l)"
        " SELECT v.tag_id, v.party_kind, v.party_id FROM priorities_voice v"
        " LEFT JOIN due USING (tag_id, party_kind, party_id)"
        " LEFT JOIN moving USING (tag_id, party_kind, party_id)"
        f" WHERE moving.tag_id IS NULL AND ({held}) IS DISTINCT FROM ({due})"
    )


def _cell_voices_sql() -> str:
    due = ", ".join(
        f"count(*) FILTER (WHERE party_kind = {kind}) AS {stem}_count,"
        f" count(*) FILTER (WHERE party_kind = {kind} AND is_unhappy) AS {stem}_unhappy,"
        f" coalesce(sum(importance) FILTER (WHERE party_kind = {kind}), 0) AS {stem}_importance,"
        f" count(*) FILTER (WHERE party_kind = {kind} AND is_against) AS {stem}_against"
        for kind, stem in ((1, "customer"), (2, "organisation"))
    )
    return (
        f"WITH due AS (SELECT tag_id, segment_id, day, {due} FROM priorities_voice GROUP BY 1, 2, 3)"
        " SELECT tag_id, segment_id, day FROM priorities_cell c FULL JOIN due USING (tag_id, segment_id, day) WHERE "
        + " OR ".join(f"coalesce(c.{name}, 0) <> coalesce(due.{name}, 0)" for name in COUNTS[4:])
    )


def _volume_sql() -> str:
    key = "product_id, version_id, channel, segment_id, day, is_tagged"
    counts = ("feedback_count", "unhappy_count", "sentiment_milli_sum", "rated_count", "rating_sum")

    def summed(table: str, sign: str, where: str) -> str:
        return (
            f"SELECT {key}, sum({sign})::bigint AS feedback_count, sum({sign} * is_unhappy::int)::bigint AS"
            f" unhappy_count, sum({sign} * sentiment_milli::bigint)::bigint AS sentiment_milli_sum,"
            f" sum({sign} * (rating > 0)::int)::bigint AS rated_count,"
            f" sum({sign} * rating::bigint)::bigint AS rating_sum FROM {table} WHERE {where} GROUP BY {key}"
        )

    return (
        f"WITH held AS (SELECT {key}, {', '.join(f'sum({c})::bigint AS {c}' for c in counts)} FROM ("
        f"SELECT {key}, {', '.join(counts)} FROM priorities_volumecell"
        f" UNION ALL {summed('tagging_volumeledgerrow', 'sign', 'true')}) x GROUP BY {key}),"
        f" due AS ({summed('tagging_volumebooking', '1', 'is_counted')})"
        f" SELECT {key} FROM held FULL JOIN due USING ({key}) WHERE "
        + " OR ".join(f"coalesce(held.{c}, 0) <> coalesce(due.{c}, 0)" for c in counts)
    )


def _compare(name: str, sql: str) -> Level:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT *, count(*) OVER () FROM ({sql}) x LIMIT {EXAMPLES}")
        rows = cursor.fetchall()
    return Level(name, rows[0][-1] if rows else 0, [str(row[:-1]) for row in rows])


def _compare_standings() -> Level:
    """Compare standings with scores computed from the cells in Python, and with their sums, some tags at a time."""
    level = Level("standings == recomputation")
    if _number("SELECT count(*) FROM core_outboxrow WHERE topic = 'customers.segments_changed'"):
        return level  # every standing is about to be derived anew
    policies = {
        policy.team_id: (policy, selectors.policy_facts(policy))
        for policy in Policy.objects.order_by("team_id", "-version").distinct("team_id")
    }
    factors = {p.tag_id: p.alignment * scoring.EFFORT_FACTORS[p.effort] for p in Priority.objects.all()}
    standings = list(Standing.objects.select_related("tag").exclude(tag_id__in=_tags_changing_hands()))
    for start in range(0, len(standings), TAGS_AT_A_TIME):
        some = standings[start : start + TAGS_AT_A_TIME]
        facts = selectors.cell_facts([standing.tag_id for standing in some])
        for standing in some:
            policy, policy_facts = policies[standing.team_id]
            cells = facts.get(standing.tag_id, [])
            due = scoring.subtotal(cells, policy_facts, as_of=policy.landmark_on)
            score = due * factors.get(standing.tag_id, 1.0)
            if problems := _standing_problems(standing, policy, cells, due, score):
                level.mismatches += 1
                level.examples.append(f"{standing.tag}: {'; '.join(problems)}")
    missing = _number(_MISSING_STANDINGS_SQL)
    level.mismatches += missing
    level.examples = level.examples[:EXAMPLES] + ([f"{missing} owned tags have no standing"] if missing else [])
    return level


_MISSING_STANDINGS_SQL = """
    SELECT count(DISTINCT c.tag_id) FROM priorities_cell c JOIN tagging_tag t ON t.id = c.tag_id
     WHERE t.effective_team_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM priorities_standing s WHERE s.tag_id = t.id)
       AND NOT EXISTS (SELECT FROM core_outboxrow o WHERE o.topic = 'tagging.owners_changed')
"""


def _standing_problems(
    standing: Standing, policy: Policy, cells: list[scoring.CellFacts], subtotal: float, score: float
) -> list[str]:
    """Return in words what ``standing`` holds that its cells and policy do not say."""
    sums = {
        name: (getattr(standing, name), sum(getattr(cell, name) for cell in cells))
        for name in ("feedback_count", "anonymous_count", "customer_count", "organisation_count")
    }
    compared: dict[str, tuple[float, float]] = {
        "team": (standing.team_id, standing.tag.effective_team_id or 0),
        "policy": (standing.policy_id, policy.pk),
        "subtotal": (standing.landmark_subtotal, subtotal),
        "score": (standing.landmark_score, score),
        "last 28 days": (standing.last28_count, _last28(cells, standing.trend_on)),
        **sums,
    }
    return [f"{name}: {held} instead of {due}" for name, (held, due) in compared.items() if not is_close(held, due)]


def _tags_changing_hands() -> list[int]:
    """Return the tags whose owner changed and whose standing an undelivered outbox row will follow with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT each.value::bigint FROM core_outboxrow, jsonb_array_elements_text(payload -> 'ids') each"
            " WHERE topic = 'tagging.owners_changed'"
        )
        return [row[0] for row in cursor.fetchall()]


def is_close(held: float, expected: float) -> bool:
    """Tell whether two numbers are equal to 1e-9, relative to the larger (absolute below 1)."""
    return abs(held - expected) <= TOLERANCE * max(1.0, abs(held), abs(expected))


def _last28(cells: list[scoring.CellFacts], trend_on: date) -> int:
    return sum(cell.feedback_count for cell in cells if (trend_on - cell.day).days < 28)


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
