"""The little that home and a team's dashboard tell of the rhythm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may
from apps.panels.models import Cycle, ResearchSession
from apps.panels.rhythm import coverage, exposure, meeting
from apps.panels.rhythm.coverage import Heard
from apps.panels.rhythm.exposure import Progress, TeamExposure


@dataclass(frozen=True)
class OwnTime:
    progress: Progress
    next_session: ResearchSession | None  # to join


def own_time(user: User, *, today: date) -> OwnTime | None:
    """Return the person's own time with customers; None for whoever joins no research. Three queries."""
    if not may(user, Permission.JOIN_RESEARCH):
        return None
    next_session = meeting.next_free_session(user, as_of=timezone.now())
    return OwnTime(exposure.own_progress(user, today=today), next_session)


@dataclass(frozen=True)
class TeamLine:
    exposure: TeamExposure
    cycle: Cycle | None  # the running one
    covered_count: int  # of the priorities asked for, those with evidence from its sessions
    priority_count: int


def team_line(team: Team, viewer: User, *, tag_ids: Collection[int], today: date) -> TeamLine | None:
    """Return a team's exposure and how far its running cycle covers ``tag_ids``; None for who joins no research.

    Four queries, seven with a running cycle.
    """
    if not may(viewer, Permission.JOIN_RESEARCH):
        return None
    cycle = coverage.running_cycle(team, today=today)
    found = coverage.evidence(cycle, tag_ids) if cycle and tag_ids else {}
    covered = sum(one.heard == Heard.SESSIONS for one in found.values())
    return TeamLine(exposure.team_exposure(team, viewer, today=today), cycle, covered, len(found))
