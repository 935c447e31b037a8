"""What the pages of cycles show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Prefetch

from apps.accounts.models import Team, User
from apps.panels.models import Cycle, PlannedResearch, ResearchSession, SessionState
from apps.panels.rhythm import coverage, cycles
from apps.panels.rhythm.coverage import CoveredPriority

CYCLES_SHOWN = 40
AHEAD = (SessionState.DRAFT, SessionState.POLLING, SessionState.PLANNED, SessionState.RUNNING)


class ListedCycle(NamedTuple):
    cycle: Cycle
    planned_count: int
    state: str  # running, ahead, over
    day: int  # of it, today: 1 the first
    days: int


@dataclass(frozen=True)
class TimeLine:
    bars: list[tuple[ListedCycle, cycles.Bar]]
    today_x: float | None  # None: today is off the line
    since: date
    until: date
    width: int = cycles.STRIP_WIDTH


def cycles_of(team: Team, *, today: date) -> list[ListedCycle]:
    """Return the team's cycles, the newest first. One query."""
    rows = Cycle.objects.filter(team=team).annotate(planned_count=Count("planned")).order_by("-starts_on", "-pk")
    return [listed(cycle, cycle.planned_count, today=today) for cycle in rows[:CYCLES_SHOWN]]


def listed(cycle: Cycle, planned_count: int, *, today: date) -> ListedCycle:
    state = "over" if cycle.ends_on < today else "ahead" if cycle.starts_on > today else "running"
    days = (cycle.ends_on - cycle.starts_on).days + 1
    return ListedCycle(cycle, planned_count, state, min(max((today - cycle.starts_on).days + 1, 0), days), days)


def time_line(rows: Sequence[ListedCycle], *, today: date) -> TimeLine | None:
    """Return the cycles from half a year ago to a year ahead on one line; None where there is none. Pure."""
    near = [
        one
        for one in reversed(rows)
        if today - timedelta(days=183) <= one.cycle.ends_on and one.cycle.starts_on <= today + timedelta(days=366)
    ]
    if not near:
        return None
    since = min(near[0].cycle.starts_on, today)
    until = max(near[-1].cycle.ends_on, today)
    bars = cycles.strip([(one.cycle.starts_on, one.cycle.ends_on) for one in near], since=since, until=until)
    today_x = cycles.strip([(today, today)], since=since, until=until)[0].x
    return TimeLine(list(zip(near, bars, strict=True)), today_x, since, until)


@dataclass(frozen=True)
class PlannedRow:
    planned: PlannedResearch
    sessions: list[ResearchSession]  # held for it, that the reader may open
    hidden_count: int  # held for it, that the reader may not
    ahead_count: int
    done_count: int

    @property
    def missing_count(self) -> int:
        return max(self.planned.wanted_sessions - self.ahead_count - self.done_count, 0)


@dataclass(frozen=True)
class CyclePage:
    listed: ListedCycle
    rows: list[PlannedRow]
    loose: list[ResearchSession]  # in the cycle and held for nothing that is planned
    coverage: list[CoveredPriority]
    planned_tag_ids: set[int]

    @property
    def heard_counts(self) -> dict[str, int]:
        """Return how many priorities were heard how, by ``coverage.Heard``."""
        return {str(how): sum(one.evidence.heard == how for one in self.coverage) for how in coverage.Heard}


def cycle_page(cycle: Cycle, user: User, *, today: date) -> CyclePage:
    """Return a cycle as ``user`` sees it: of sessions those they may open. Ten queries."""
    held = Prefetch("sessions", ResearchSession.objects.order_by("starts_at", "pk"), to_attr="held")
    planned = list(cycle.planned.select_related("tag").prefetch_related(held).order_by("pk"))
    open_ids = _open_ids(user, planned)
    rows = [_planned_row(one, open_ids) for one in planned]
    used = {session.pk for one in planned for session in one.held}
    inside = coverage.sessions_in(cycle).visible_to(user).exclude(state=SessionState.CANCELLED)  # type: ignore[attr-defined]  # the model's own queryset
    tags = {one.tag.pk: one.tag for one in planned if one.tag}
    return CyclePage(
        listed(cycle, len(rows), today=today),
        rows,
        list(inside.exclude(pk__in=used).order_by("starts_at", "pk")),
        coverage.covered_priorities(cycle, planned_tags=list(tags.values())),
        set(tags),
    )


def _open_ids(user: User, planned: Sequence[PlannedResearch]) -> set[int]:
    held = [session.pk for one in planned for session in one.held]  # type: ignore[attr-defined]  # the prefetch's
    return set(ResearchSession.objects.visible_to(user).filter(pk__in=held).values_list("pk", flat=True))


def _planned_row(planned: PlannedResearch, open_ids: set[int]) -> PlannedRow:
    held: list[ResearchSession] = planned.held  # type: ignore[attr-defined]  # the prefetch's
    standing = [session for session in held if session.state != SessionState.CANCELLED]
    return PlannedRow(
        planned,
        [session for session in held if session.pk in open_ids],
        sum(session.pk not in open_ids for session in held),
        sum(session.state in AHEAD for session in standing),
        sum(session.state == SessionState.DONE for session in standing),
    )
