"""What staff see of panels: the list with health at a glance, one panel with its seats, whom to invite."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Upper

from apps.accounts.models import User
from apps.customers.models import NAME_AND_ADDRESS, Customer
from apps.panels.members.months import add_months
from apps.panels.members.onboarding import onboarded
from apps.panels.members.services import Refusal, refusals
from apps.panels.members.terms import SOON
from apps.panels.models import (
    Panel,
    PanelState,
    ParticipantState,
    ResearchSession,
    Seat,
    SeatKind,
    SeatState,
    SessionState,
)

FOUND = 30  # customers that a search shows
PAST_SESSIONS = 10
PAST_SEATS = 50


@dataclass(frozen=True)
class PanelRow:
    """One panel at a glance."""

    panel: Panel
    member_count: int
    alternate_count: int
    invited_count: int
    renewal_count: int  # terms that end within 30 days
    next_session_at: datetime | None
    last_session_at: datetime | None
    came: int
    missed: int

    @property
    def free_count(self) -> int:
        return max(0, self.panel.seat_count - self.member_count)

    @property
    def attendance(self) -> float | None:
        """The share of those expected who came; None before anybody was."""
        expected = self.came + self.missed
        return self.came / expected if expected else None

    @property
    def is_well(self) -> bool:
        """Whether nothing waits for its staff: seats taken, no term about to end, a session in sight."""
        return not self.free_count and not self.renewal_count and self.next_session_at is not None


def panel_rows(user: User, *, as_of: datetime, panels: QuerySet[Panel] | None = None) -> list[PanelRow]:
    """Return every panel with its seats and its sessions as far as ``user`` may see those; open ones first.

    Three queries for any number of panels.
    """
    shown = (Panel.objects.all() if panels is None else panels).select_related("team", "product", "chair", "sponsor")
    today = as_of.date()
    accepted = Q(seats__state=SeatState.ACCEPTED)
    counted = shown.annotate(
        members=Count("seats", filter=accepted & Q(seats__kind=SeatKind.MEMBER)),
        alternates=Count("seats", filter=accepted & Q(seats__kind=SeatKind.ALTERNATE)),
        invited=Count("seats", filter=Q(seats__state=SeatState.INVITED)),
        renewals=Count("seats", filter=accepted & Q(seats__ends_on__lte=today + SOON)),
    )
    found = list(counted)
    sessions = _session_figures(user, found, as_of=as_of)
    attendance = _attendance_figures(user, found)
    rows = [
        PanelRow(
            panel,
            panel.members,
            panel.alternates,
            panel.invited,
            panel.renewals,
            *sessions.get(panel.pk, (None, None)),
            *attendance.get(panel.pk, (0, 0)),
        )
        for panel in found
    ]
    return sorted(rows, key=lambda row: (row.panel.state == PanelState.CLOSED, row.panel.name.casefold()))


def _session_figures(
    user: User, panels: Collection[Panel], *, as_of: datetime
) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Return when the next session of each panel is, and when the last one was. One query."""
    told = Q(state__in=[SessionState.PLANNED, SessionState.RUNNING, SessionState.DONE], panel__in=panels)
    rows = ResearchSession.objects.visible_to(user).filter(told).order_by().values_list("panel_id")
    figures = rows.annotate(
        next=Min("starts_at", filter=Q(starts_at__gte=as_of) & ~Q(state=SessionState.DONE)),
        last=Max("starts_at", filter=Q(state=SessionState.DONE)),
    )
    return {panel_id: (next_at, last_at) for panel_id, next_at, last_at in figures}


def _attendance_figures(user: User, panels: Collection[Panel]) -> dict[int, tuple[int, int]]:
    """Return how often people of each panel's sessions came, and did not. One query."""
    rows = ResearchSession.objects.visible_to(user).filter(panel__in=panels).order_by().values_list("panel_id")
    figures = rows.annotate(
        came=Count("participants", filter=Q(participants__state=ParticipantState.ATTENDED)),
        missed=Count("participants", filter=Q(participants__state=ParticipantState.MISSED)),
    )
    return {panel_id: (came, missed) for panel_id, came, missed in figures}


@dataclass(frozen=True)
class SeatRow:
    seat: Seat
    is_onboarded: bool
    ends_soon: bool
    renewed_until: date  # the last day of one more term


@dataclass(frozen=True)
class Seats:
    """A panel's seats by what they are now."""

    members: list[SeatRow]
    alternates: list[SeatRow]
    invited: list[SeatRow]
    past: list[SeatRow]  # the newest


def seats_of(panel: Panel, *, today: date) -> Seats:
    """Return the panel's seats. Three queries."""
    everyone = Seat.objects.filter(panel=panel).select_related("customer__organisation", "panel")
    open_seats = list(everyone.filter(state__in=[SeatState.ACCEPTED, SeatState.INVITED]).order_by("invited_at", "pk"))
    past = everyone.exclude(state__in=[SeatState.ACCEPTED, SeatState.INVITED])
    done = onboarded([seat for seat in open_seats if seat.state == SeatState.ACCEPTED], panel.onboarding_form)

    def row(seat: Seat) -> SeatRow:
        is_soon = seat.state == SeatState.ACCEPTED and seat.ends_on is not None and seat.ends_on <= today + SOON
        until = add_months(max(seat.ends_on or today, today - timedelta(days=1)), panel.term_months)
        return SeatRow(seat, seat.pk in done, is_soon, until)

    def rows(state: SeatState, *kinds: SeatKind) -> list[SeatRow]:
        return [row(seat) for seat in open_seats if seat.state == state and seat.kind in kinds]

    return Seats(
        members=rows(SeatState.ACCEPTED, SeatKind.MEMBER),
        alternates=rows(SeatState.ACCEPTED, SeatKind.ALTERNATE),
        invited=rows(SeatState.INVITED, *SeatKind),
        past=[row(seat) for seat in past.order_by(F("answered_at").desc(nulls_last=True), "-pk")[:PAST_SEATS]],
    )


def sessions_of(panel: Panel, user: User, *, as_of: datetime) -> tuple[list[ResearchSession], list[ResearchSession]]:
    """Return the panel's coming and its last sessions, as far as ``user`` may open them. Two queries."""
    sessions = ResearchSession.objects.visible_to(user).filter(panel=panel)
    over = Q(state__in=[SessionState.DONE, SessionState.CANCELLED])
    coming = sessions.exclude(over).order_by(F("starts_at").asc(nulls_last=True), "pk")
    return list(coming), list(sessions.filter(over).order_by("-starts_at", "-pk")[:PAST_SESSIONS])


# --- whom to invite -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    customer: Customer
    refusal: Refusal | None


def candidates(panel: Panel, customer_ids: Sequence[int], *, as_of: datetime) -> list[Candidate]:
    """Return the customers in this order, with why one cannot be invited. Five queries."""
    people = Customer.objects.filter(pk__in=customer_ids, merged_into=None, erased_at=None)
    known = {one.pk: one for one in people.select_related("organisation__segment", "segment")}
    reasons = refusals(panel, customer_ids, as_of=as_of)
    return [Candidate(known[pk], reasons.get(pk)) for pk in dict.fromkeys(customer_ids) if pk in known]


def search_customers(words: str, *, but: Collection[int] = ()) -> list[Customer]:
    """Return customers whose name or address holds each of the words. One query (index ``customer_search``)."""
    asked = words.split()[:5]
    if not asked:
        return []
    found = Customer.objects.filter(erased_at=None, merged_into=None).exclude(pk__in=but)
    found = found.annotate(searched=NAME_AND_ADDRESS)
    for word in asked:
        found = found.filter(searched__contains=Upper(Value(word)))
    return list(found.select_related("organisation", "segment").order_by("name", "pk")[:FOUND])
