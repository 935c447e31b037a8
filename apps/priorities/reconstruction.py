"""The queue of days past as today's knowledge has it: for history that came in late, by an import or the demo.

What ``snapshots`` took on the day itself always wins: this fills only days nobody recorded.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from apps.priorities import score_sql
from apps.priorities.models import PriorityState

DAYS_AT_ONCE = 10  # so that a statement stays short


class PastState(NamedTuple):
    """From ``since`` on a priority was in ``state``, until the next one of its tag."""

    tag_id: int
    since: date
    state: str


# A voice counts on a past day by its latest feedback up to that day: so cells are built anew from pairs, day by day.
_PAST_SQL = f"""
WITH said AS (
    SELECT d.day AS as_of, p.*, CASE WHEN p.organisation_id <> 0 THEN p.organisation_id ELSE -p.customer_id END AS body
      FROM unnest(%(days)s::date[]) AS d (day)
      JOIN tagging_pair p ON p.is_counted AND p.day <= d.day
),
customers AS (
    SELECT DISTINCT ON (as_of, tag_id, customer_id) as_of, tag_id, day, segment_id, is_unhappy, importance, is_against
      FROM said WHERE customer_id <> 0 ORDER BY as_of, tag_id, customer_id, day DESC, feedback_id DESC
),
bodies AS (
    SELECT DISTINCT ON (as_of, tag_id, body) as_of, tag_id, day, segment_id, is_unhappy, importance, is_against
      FROM said WHERE customer_id <> 0 ORDER BY as_of, tag_id, body, day DESC, feedback_id DESC
),
parts AS (
    SELECT as_of, tag_id, day, segment_id, 1 AS feedback_count, (customer_id = 0)::int AS anonymous_count,
           is_unhappy::int AS unhappy_count, sentiment_milli::int AS sentiment_milli_sum,
           {", ".join(f"0 AS {name}" for name in score_sql.COUNTS[4:])}
      FROM said
    UNION ALL
    SELECT as_of, tag_id, day, segment_id, 0, 0, 0, 0, 1, is_unhappy::int, importance, is_against::int, 0, 0, 0, 0
      FROM customers
    UNION ALL
    SELECT as_of, tag_id, day, segment_id, 0, 0, 0, 0, 0, 0, 0, 0, 1, is_unhappy::int, importance, is_against::int
      FROM bodies
),
cells AS (
    SELECT as_of, tag_id, day, segment_id, {", ".join(f"sum({name}) AS {name}" for name in score_sql.COUNTS)}
      FROM parts GROUP BY 1, 2, 3, 4
),
standings AS (
    SELECT cell.as_of, cell.tag_id, tag.effective_team_id AS team_id, policy.version, policy.min_voices,
           sum({score_sql.WEIGHT_SQL.format(segment_id="cell.segment_id")} * {score_sql.term_sql("cell.{}")}
               * power(2::float8, greatest(-500, (cell.day - cell.as_of)::float8 / policy.half_life_days)))
           * ({score_sql.FACTOR_SQL}) AS score,
           sum(cell.customer_count) AS customer_count, sum(cell.anonymous_count) AS anonymous_count,
           sum(cell.feedback_count) AS feedback_count
      FROM cells cell
      JOIN tagging_tag tag ON tag.id = cell.tag_id
      JOIN ({score_sql.CURRENT_POLICY_SQL}) policy ON policy.team_id = tag.effective_team_id
      LEFT JOIN customers_segment segment ON segment.id = cell.segment_id
      LEFT JOIN priorities_priority priority ON priority.tag_id = tag.id
     GROUP BY cell.as_of, cell.tag_id, tag.effective_team_id, policy.version, policy.min_voices,
              priority.alignment, priority.effort
),
ranked AS (
    SELECT *, customer_count + anonymous_count >= min_voices AS has_enough,
           count(*) FILTER (WHERE customer_count + anonymous_count >= min_voices) OVER (
               PARTITION BY as_of, team_id ORDER BY score DESC, feedback_count DESC, tag_id
               ROWS UNBOUNDED PRECEDING) AS place
      FROM standings
)
INSERT INTO priorities_snapshot (tag_id, day, team_id, policy_version, rank, score, customer_count, anonymous_count,
                                 feedback_count, state)
SELECT tag_id, as_of, team_id, version, CASE WHEN has_enough THEN place END, score, customer_count, anonymous_count,
       feedback_count,
       coalesce((SELECT s.state FROM unnest(%(tags)s::bigint[], %(since)s::date[], %(states)s::text[])
                        AS s (tag_id, since, state)
                  WHERE s.tag_id = ranked.tag_id AND s.since <= ranked.as_of ORDER BY s.since DESC LIMIT 1),
                '{PriorityState.NEW.value}')
  FROM ranked
    ON CONFLICT (tag_id, day) DO NOTHING
"""  # noqa: S608 the fragments are this app's own


@transaction.atomic
def reconstruct_snapshots(days: Collection[date], *, states: Iterable[PastState] = ()) -> int:
    """Write what the queues of ``days`` would have been, where no snapshot was taken; return how many rows.

    From the pairs as they are known now, by the policies, owners and factors of today. ``states``: which state a
    priority was in since when; "new" before. A query for each DAYS_AT_ONCE days; the cost grows with pairs times
    days, so this is no daily job.
    """
    known, ordered, written = list(states), sorted(days), 0
    parameters: dict[str, list[int] | list[date] | list[str]] = {
        "tags": [one.tag_id for one in known],
        "since": [one.since for one in known],
        "states": [one.state for one in known],
    }
    with connection.cursor() as cursor:
        for at in range(0, len(ordered), DAYS_AT_ONCE):
            cursor.execute(_PAST_SQL, {**parameters, "days": ordered[at : at + DAYS_AT_ONCE]})
            written += cursor.rowcount
    return written
