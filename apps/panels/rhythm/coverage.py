"""Which priorities have evidence from research in a cycle, and which have only been heard of otherwise, or not at all.

Evidence from sessions: feedback that notes and ideas of the team's sessions became, said on a day of the cycle and
carrying the priority's tag; and the team's findings on it that rest on sessions of the cycle. Counting is direct and
leaves restricted feedback and sessions out, as the queue does.
"""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import Team
from apps.catalog.models import Visibility
from apps.panels.models import Cycle, Finding, ResearchSession
from apps.panels.rhythm.days import day_bounds
from apps.priorities import selectors as priorities
from apps.tagging.models import Tag

TOP_SHOWN = 15


class Heard(StrEnum):
    SESSIONS = "sessions"
    OTHERWISE = "otherwise"
    NOT = "not"


class Evidence(NamedTuple):
    session_count: int = 0  # pieces of feedback from sessions
    finding_count: int = 0
    feedback_count: int = 0  # from every channel

    @property
    def heard(self) -> Heard:
        if self.session_count or self.finding_count:
            return Heard.SESSIONS
        return Heard.OTHERWISE if self.feedback_count else Heard.NOT

    @property
    def other_count(self) -> int:
        """Pieces of feedback from other channels."""
        return max(self.feedback_count - self.session_count, 0)


class CoveredPriority(NamedTuple):
    tag: Tag
    rank: int | None  # in the team's queue of today; None: not ranked
    evidence: Evidence


def covered_priorities(cycle: Cycle, *, planned_tags: Sequence[Tag] = ()) -> list[CoveredPriority]:
    """Return the top of the team's queue as it stands today, then what is planned beside it. Six queries."""
    queue = priorities.queue(cycle.team)
    top = [(entry.tag, entry.rank) for entry in queue.entries[:TOP_SHOWN]]
    ranks = {entry.tag_id: entry.rank for entry in queue.entries}
    known = {tag.pk for tag, _rank in top}
    beside = {tag.pk: tag for tag in planned_tags if tag.pk not in known}
    shown = [*top, *((tag, ranks.get(tag.pk)) for tag in beside.values())]
    found = evidence(cycle, [tag.pk for tag, _rank in shown])
    return [CoveredPriority(tag, rank, found[tag.pk]) for tag, rank in shown]


def running_cycle(team: Team, *, today: date) -> Cycle | None:
    """Return the team's cycle of ``today``, if it has one. One query."""
    return Cycle.objects.filter(team=team, starts_on__lte=today, ends_on__gte=today).first()


def sessions_in(cycle: Cycle) -> QuerySet[ResearchSession]:
    """Return the sessions of ``cycle``: those put into it, and the team's others that are in no cycle on its days.

    Whoever shows them asks ``visible_to``.
    """
    start, end = day_bounds(cycle.starts_on, cycle.ends_on)
    by_day = Q(cycle=None, team=cycle.team_id, starts_at__gte=start, starts_at__lt=end)
    return ResearchSession.objects.filter(Q(cycle=cycle) | by_day)


_EVIDENCE_SQL = """
WITH said AS (
    SELECT n.feedback_id FROM panels_sessionnote n JOIN panels_researchsession s ON s.id = n.session_id
     WHERE s.team_id = %(team)s AND n.feedback_id IS NOT NULL
     UNION
    SELECT i.feedback_id FROM panels_idea i JOIN panels_researchsession s ON s.id = i.workshop_id
     WHERE s.team_id = %(team)s AND i.feedback_id IS NOT NULL
)
SELECT p.tag_id, count(*) FROM said
  JOIN feedback_feedback f ON f.id = said.feedback_id
  JOIN tagging_pair p ON p.feedback_id = f.id AND p.tag_id = ANY(%(tags)s) AND p.is_counted
 WHERE f.channel = 'session' AND f.day BETWEEN %(since)s AND %(until)s
 GROUP BY 1
"""
_CELLS_SQL = """
SELECT tag_id, sum(feedback_count)::bigint FROM priorities_cell
 WHERE tag_id = ANY(%(tags)s) AND day BETWEEN %(since)s AND %(until)s GROUP BY 1
"""


def evidence(cycle: Cycle, tag_ids: Collection[int]) -> dict[int, Evidence]:
    """Return what each of ``tag_ids`` has of the cycle's days. Three queries."""
    params: dict[str, Any] = {  # Any: what the driver takes
        "team": cycle.team_id,
        "tags": list(tag_ids),
        "since": cycle.starts_on,
        "until": cycle.ends_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE_SQL, params)
        from_sessions: dict[int, int] = dict(cursor.fetchall())
        cursor.execute(_CELLS_SQL, params)
        from_all: dict[int, int] = dict(cursor.fetchall())
    findings = _finding_counts(cycle, tag_ids)
    return {
        tag_id: Evidence(from_sessions.get(tag_id, 0), findings.get(tag_id, 0), from_all.get(tag_id, 0))
        for tag_id in tag_ids
    }


def _finding_counts(cycle: Cycle, tag_ids: Collection[int]) -> dict[int, int]:
    held = sessions_in(cycle).exclude(visibility=Visibility.RESTRICTED).values("pk")
    rests = Q(evidence__session__in=held) | Q(evidence__note__session__in=held)
    findings = Finding.objects.filter(rests, team=cycle.team_id, tag_id__in=tag_ids, withdrawn_at=None)
    counts: dict[int, int] = {}
    for tag_id, _pk in findings.values_list("tag_id", "pk").distinct().order_by():
        counts[tag_id] = counts.get(tag_id, 0) + 1
    return counts
