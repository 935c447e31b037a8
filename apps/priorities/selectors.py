"""What the queue and priority pages show: from standings and cells, never from feedback."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.customers.models import Segment
from apps.priorities import disclosure, scoring
from apps.priorities.models import Cell, Counted, Policy, Priority, PriorityState, Standing
from apps.tagging.models import Tag

SPARKLINE_WEEKS = 12
VOLUME_WEEKS = 26


class Trend(NamedTuple):
    """Feedback of the last 28 days against the 28 before."""

    last28: int
    previous28: int

    @property
    def change(self) -> float | None:
        """The relative change; None where there was nothing before."""
        return (self.last28 - self.previous28) / self.previous28 if self.previous28 else None


@dataclass(frozen=True)
class QueueEntry:
    rank: int | None  # None: too few voices yet
    tag: Tag
    score: float  # in voices of the day asked for
    feedback_count: int
    customer_count: int
    anonymous_count: int
    organisation_count: int
    unhappy_count: int
    sentiment_milli: int | None  # mean, -1000 to 1000; None of fewer than three pieces
    trend: Trend
    sparkline: list[int]  # feedback a week, oldest first
    state: str
    state_label: str
    owner: User | None
    updated_at: datetime

    @property
    def tag_id(self) -> int:
        return int(self.tag.pk)


@dataclass(frozen=True)
class Queue:
    team: Team
    policy: Policy
    entries: list[QueueEntry]  # by rank
    too_few: list[QueueEntry]  # fewer voices than the policy's min_voices, by score
    as_of: datetime | None  # when a standing last changed


class Week(NamedTuple):
    starts_on: date
    feedback_count: int
    anonymous_count: int
    unhappy_count: int | None  # None: of so few pieces that people could be told apart


@dataclass(frozen=True)
class PriorityPage:
    entry: QueueEntry
    policy: Policy
    explanation: scoring.Explanation  # with no part of fewer voices than may be told apart
    weeks: list[Week]  # oldest first
    children: list[QueueEntry]
    children_feedback_count: int  # direct children only; feedback with two of them counts for both


def queue(team: Team, *, as_of: date | None = None) -> Queue:
    """Return the team's queue, scores as of the installation's day ``as_of`` (default today).

    Three queries, whatever the amount of feedback: cost depends on the tags shown.
    """
    day = as_of or timezone.localdate()
    policy = policy_in_force(team)
    standings = list(
        Standing.objects.filter(team=team, feedback_count__gt=0)
        .select_related("tag", "tag__parent", "tag__priority", "tag__priority__owner")
        .order_by("-landmark_score", "-feedback_count", "tag_id")
    )
    sparklines = weekly_feedback([s.tag_id for s in standings], as_of=day)
    entries: list[QueueEntry] = []
    too_few: list[QueueEntry] = []
    for standing in standings:
        has_enough = standing.customer_count + standing.anonymous_count >= policy.min_voices
        rank = len(entries) + 1 if has_enough else None
        (entries if has_enough else too_few).append(_entry(standing, policy, rank, sparklines, day))
    return Queue(team, policy, entries, too_few, max((s.updated_at for s in standings), default=None))


def policy_in_force(team: Team) -> Policy:
    """Return the team's newest policy; the default one, unsaved, where it has none yet. One query."""
    newest = Policy.objects.filter(team=team).order_by("-version").first()
    return newest or Policy(team=team, version=1, landmark_on=timezone.localdate())


def priority_page(tag: Tag, *, as_of: date | None = None) -> PriorityPage | None:
    """Return one priority with its explanation; None for a tag that no team owns or that has no standing yet."""
    day = as_of or timezone.localdate()
    if tag.effective_team is None:
        return None
    ranked = queue(tag.effective_team, as_of=day)
    by_tag = {entry.tag_id: entry for entry in [*ranked.entries, *ranked.too_few]}
    entry = by_tag.get(tag.pk) or _silent_entry(tag)
    priority = Priority.objects.filter(tag=tag).first() or Priority(tag=tag)
    children = [by_tag[pk] for pk in tag.children.values_list("pk", flat=True) if pk in by_tag]
    return PriorityPage(
        entry=entry,
        policy=ranked.policy,
        explanation=_explanation(tag, ranked.policy, priority, as_of=day),
        weeks=weekly_volume(tag.pk, as_of=day),
        children=children,
        children_feedback_count=sum(child.feedback_count for child in children),
    )


def _explanation(tag: Tag, policy: Policy, priority: Priority, *, as_of: date) -> scoring.Explanation:
    cells = cell_facts([tag.pk]).get(tag.pk, [])
    facts = policy_facts(policy)
    names = dict(Segment.objects.values_list("pk", "name"))
    whole = scoring.explain(
        cells, facts, as_of=as_of, alignment=priority.alignment, effort=priority.effort, segment_names=names
    )
    return disclosure.disclosed(
        whole, cells, facts, segment_label=lambda pk: names.get(pk, "?" if pk else scoring.NO_SEGMENT)
    )


def weekly_feedback(tag_ids: Collection[int], *, as_of: date, weeks: int = SPARKLINE_WEEKS) -> dict[int, list[int]]:
    """Return feedback a week by tag, oldest first, for ``weeks`` weeks that end with ``as_of``. One query."""
    series = {tag_id: [0] * weeks for tag_id in tag_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tag_id, (%(end)s - day) / 7, sum(feedback_count)::int FROM priorities_cell"
            " WHERE tag_id = ANY(%(tags)s) AND day > %(end)s - 7 * %(weeks)s AND day <= %(end)s GROUP BY 1, 2",
            {"tags": list(tag_ids), "end": as_of, "weeks": weeks},
        )
        for tag_id, weeks_ago, count in cursor.fetchall():
            series[tag_id][weeks - 1 - weeks_ago] = count
    return series


def weekly_volume(tag_id: int, *, as_of: date, weeks: int = VOLUME_WEEKS) -> list[Week]:
    """Return ``weeks`` weeks of one tag that end with ``as_of``, oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (%(end)s - day) / 7, sum(feedback_count)::int, sum(anonymous_count)::int, sum(unhappy_count)::int"
            " FROM priorities_cell WHERE tag_id = %(tag)s AND day > %(end)s - 7 * %(weeks)s AND day <= %(end)s"
            " GROUP BY 1",
            {"tag": tag_id, "end": as_of, "weeks": weeks},
        )
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    rows = [(weeks_ago, *found.get(weeks_ago, (0, 0, 0))) for weeks_ago in reversed(range(weeks))]
    hidden = disclosure.too_few([feedback for _, feedback, _, _ in rows])
    return [
        Week(as_of - timedelta(days=7 * weeks_ago + 6), feedback, anonymous, None if place in hidden else unhappy)
        for place, (weeks_ago, feedback, anonymous, unhappy) in enumerate(rows)
    ]


def cell_facts(tag_ids: Collection[int] | None = None) -> dict[int, list[scoring.CellFacts]]:
    """Return the cells of ``tag_ids`` (None: of all tags) as scoring takes them, by tag. One query."""
    cells = Cell.objects.all() if tag_ids is None else Cell.objects.filter(tag_id__in=tag_ids)
    facts: dict[int, list[scoring.CellFacts]] = {}
    for tag_id, *values in cells.order_by("tag_id", "day", "segment_id").values_list(
        "tag_id", *scoring.CellFacts._fields
    ):
        facts.setdefault(tag_id, []).append(scoring.CellFacts(*values))
    return facts


def policy_facts(policy: Policy) -> scoring.PolicyFacts:
    """Return ``policy`` as scoring takes it, segment weights resolved. One query."""
    weights = dict(Segment.objects.values_list("pk", "weight"))
    weights.update({int(pk): float(weight) for pk, weight in policy.segment_weights.items()})
    return scoring.PolicyFacts(
        half_life_days=policy.half_life_days,
        anonymous_weight=policy.anonymous_weight,
        anonymous_daily_cap=policy.anonymous_daily_cap,
        unhappy_weight=policy.unhappy_weight,
        importance_weight=policy.importance_weight,
        against_weight=policy.against_weight,
        repeat_weight=policy.repeat_weight,
        counts_organisations=policy.counted == Counted.ORGANISATIONS,
        landmark_on=policy.landmark_on,
        segment_weights=weights,
    )


def _entry(
    standing: Standing, policy: Policy, rank: int | None, sparklines: dict[int, list[int]], day: date
) -> QueueEntry:
    priority = _priority_of(standing.tag)
    decayed = 2.0 ** (-(day - policy.landmark_on).days / policy.half_life_days)
    return QueueEntry(
        rank=rank,
        tag=standing.tag,
        score=standing.landmark_score * decayed,
        feedback_count=standing.feedback_count,
        customer_count=standing.customer_count,
        anonymous_count=standing.anonymous_count,
        organisation_count=standing.organisation_count,
        unhappy_count=standing.unhappy_count,
        sentiment_milli=round(standing.sentiment_milli_sum / standing.feedback_count)
        if standing.feedback_count >= disclosure.LEAST_VOICES
        else None,
        trend=Trend(standing.last28_count, standing.previous28_count),
        sparkline=sparklines[standing.tag_id],
        state=priority.state,
        state_label=priority.get_state_display(),
        owner=priority.owner,
        updated_at=standing.updated_at,
    )


def _silent_entry(tag: Tag) -> QueueEntry:
    """Return the entry of a priority nobody has spoken on."""
    priority = _priority_of(tag)
    return QueueEntry(
        rank=None,
        tag=tag,
        score=0.0,
        feedback_count=0,
        customer_count=0,
        anonymous_count=0,
        organisation_count=0,
        unhappy_count=0,
        sentiment_milli=None,
        trend=Trend(0, 0),
        sparkline=[0] * SPARKLINE_WEEKS,
        state=priority.state,
        state_label=priority.get_state_display(),
        owner=priority.owner,
        updated_at=timezone.now(),
    )


def _priority_of(tag: Tag) -> Priority:
    """Return what people set on ``tag``; the defaults, unsaved, where nobody set anything."""
    try:
        return tag.priority
    except Priority.DoesNotExist:
        return Priority(tag=tag, state=PriorityState.NEW)
