"""Standings from cells: for tags new to a queue, after removals, and whenever policy, owner or factors change.

No feedback row is read. Callers hold the shards of the tags (``shards.hold``), so no fold runs beside.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Team
from apps.priorities import score_sql, shards
from apps.priorities.models import Policy, Standing
from apps.priorities.score_sql import COUNTS
from apps.priorities.scoring import MAX_HALF_LIVES
from apps.tagging.models import Tag

TREND_DAYS = 28

_SUMS = ", ".join(f"coalesce(sum(cell.{name}), 0)::bigint AS {name}" for name in COUNTS)
_DERIVE_SQL = f"""
    INSERT INTO priorities_standing (tag_id, team_id, policy_id, landmark_subtotal, factor, landmark_score,
                                     {", ".join(COUNTS)}, last28_count, previous28_count, trend_on, updated_at)
    SELECT tag.id, tag.effective_team_id, policy.id, x.subtotal, x.factor, x.subtotal * x.factor,
           {", ".join(f"x.{name}" for name in COUNTS)}, x.last28, x.previous28, %(today)s, clock_timestamp()
      FROM tagging_tag tag
      JOIN ({score_sql.CURRENT_POLICY_SQL}) policy ON policy.team_id = tag.effective_team_id
      LEFT JOIN priorities_priority priority ON priority.tag_id = tag.id
      CROSS JOIN LATERAL (
            SELECT {_SUMS},
                   coalesce(sum({score_sql.WEIGHT_SQL.format(segment_id="cell.segment_id")}
                                * {score_sql.term_sql("cell.{}")}
                                * {score_sql.DECAY_SQL.format(day="cell.day")}), 0)::float8 AS subtotal,
                   {score_sql.FACTOR_SQL} AS factor,
                   coalesce(sum(cell.feedback_count) FILTER (WHERE cell.day > %(today)s - %(days)s), 0) AS last28,
                   coalesce(sum(cell.feedback_count) FILTER (WHERE cell.day > %(today)s - 2 * %(days)s
                            AND cell.day <= %(today)s - %(days)s), 0) AS previous28
              FROM priorities_cell cell
              LEFT JOIN customers_segment segment ON segment.id = cell.segment_id
             WHERE cell.tag_id = tag.id
           ) x
     WHERE tag.id = ANY(%(tags)s)
        ON CONFLICT (tag_id) DO UPDATE SET
           team_id = excluded.team_id, policy_id = excluded.policy_id,
           landmark_subtotal = excluded.landmark_subtotal, factor = excluded.factor,
           landmark_score = excluded.landmark_score, {", ".join(f"{name} = excluded.{name}" for name in COUNTS)},
           last28_count = excluded.last28_count, previous28_count = excluded.previous28_count,
           trend_on = excluded.trend_on, updated_at = excluded.updated_at
"""


def derive_standings(tag_ids: Collection[int], *, today: date | None = None) -> None:
    """Write the standings of ``tag_ids`` anew from their cells; drop those of tags that no team owns.

    Three queries. The caller holds the tags' shards.
    """
    if not tag_ids:
        return
    ids = list(tag_ids)
    _ensure_policies(ids, today or timezone.localdate())
    with connection.cursor() as cursor:
        cursor.execute(_DERIVE_SQL, {"tags": ids, "today": today or timezone.localdate(), "days": TREND_DAYS})
    Standing.objects.filter(tag_id__in=ids, tag__effective_team=None).delete()


def _ensure_policies(tag_ids: list[int], today: date) -> None:
    """Give every team that owns one of the tags a first policy, if it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT effective_team_id FROM tagging_tag WHERE id = ANY(%s) AND effective_team_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM priorities_policy p WHERE p.team_id = effective_team_id)",
            [tag_ids],
        )
        missing = [row[0] for row in cursor.fetchall()]
    Policy.objects.bulk_create(
        (Policy(team_id=team_id, version=1, landmark_on=today) for team_id in missing), ignore_conflicts=True
    )


@transaction.atomic
def refresh_tags(tag_ids: list[int]) -> None:
    """Derive the standings of ``tag_ids``, waiting for folds on them to end. Subscriber of owner changes."""
    shards.hold(shards.of_tags(tag_ids))
    derive_standings(tag_ids)


@transaction.atomic
def refresh_team(team: Team) -> None:
    """Derive all standings of ``team``, with their shards held: after a change of policy."""
    tag_ids = list(Tag.objects.filter(effective_team=team).values_list("id", flat=True))
    shards.hold(shards.of_tags(tag_ids))
    derive_standings(tag_ids)


def refresh_for_segments(segment_ids: list[int]) -> None:
    """Derive all standings after segments changed their weight. Subscriber of ``customers.segments_changed``."""
    refresh_all(timezone.localdate())


def refresh_all(today: date) -> None:
    """Derive all standings: trends age without new feedback, and landmarks must stay near. A daily job.

    Shard by shard, so that folds elsewhere go on; in a job's transaction each shard stays held until its end.
    """
    move_landmarks(today)
    tag_ids = list(Tag.objects.exclude(effective_team=None).values_list("id", flat=True))
    for shard in range(shards.COUNT):
        with transaction.atomic():
            shards.hold([shard])
            derive_standings([tag_id for tag_id in tag_ids if tag_id % shards.COUNT == shard], today=today)


@transaction.atomic
def move_landmarks(today: date) -> None:
    """Move the landmark of policies from which scores would soon be too large for a double, and derive their teams."""
    in_force = Policy.objects.order_by("team_id", "-version").distinct("team_id").select_related("team")
    far = [
        policy
        for policy in in_force
        if today - policy.landmark_on > timedelta(days=policy.half_life_days * MAX_HALF_LIVES // 2)
    ]
    if far:
        shards.hold(range(shards.COUNT))  # all at once: in order, like everybody who takes several
    for policy in far:
        Policy.objects.filter(pk=policy.pk).update(landmark_on=today)
        refresh_team(policy.team)
