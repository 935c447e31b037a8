"""Sessions one could listen to: ahead, open to the reader, with a seat for an observer that nobody has taken."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet

from apps.accounts.models import User
from apps.panels.models import ResearchSession, SessionState, StaffRole, StaffSeat

SESSIONS_SHOWN = 60


class Meeting(NamedTuple):
    session: ResearchSession
    free_count: int  # seats for observers
    own_role: str  # of panels.models.StaffRole; "" where the reader has no seat

    @property
    def may_leave(self) -> bool:
        return self.own_role == StaffRole.OBSERVER


def meetings(user: User, *, as_of: datetime) -> list[Meeting]:
    """Return the sessions ahead that ``user`` could listen to or goes to, the next first. Two queries."""
    own = StaffSeat.objects.filter(user=user, session__state=SessionState.PLANNED, session__starts_at__gt=as_of)
    roles = dict(own.values_list("session_id", "role"))
    rows = _ahead(user, as_of=as_of).filter(Q(free_count__gt=0) | Q(pk__in=roles)).select_related("team", "product")
    return [Meeting(row, max(row.free_count, 0), roles.get(row.pk, "")) for row in rows[:SESSIONS_SHOWN]]


def next_free_session(user: User, *, as_of: datetime, among: Collection[int] | None = None) -> ResearchSession | None:
    """Return the next session with a free seat that ``user`` has no seat at; of ``among`` alone where given.

    One query, beyond the roles'.
    """
    free = _ahead(user, as_of=as_of).filter(free_count__gt=0).exclude(staff__user=user)
    if among is not None:
        free = free.filter(pk__in=among)
    found: ResearchSession | None = free.first()
    return found


def _ahead(user: User, *, as_of: datetime) -> QuerySet[Any]:  # Any: sessions with ``free_count``
    taken = Count("staff", filter=Q(staff__role=StaffRole.OBSERVER))
    ahead = ResearchSession.objects.visible_to(user).filter(state=SessionState.PLANNED, starts_at__gt=as_of)
    return ahead.annotate(free_count=F("observer_seats") - taken).order_by("starts_at", "pk")
