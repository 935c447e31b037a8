"""What the pages of sessions show. Every session is read through ``visible_to``; no writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import Permission, teams_where
from apps.customers.models import NAME_AND_ADDRESS, Customer
from apps.panels.models import (
    DateAnswer,
    DateOption,
    Incentive,
    IncentiveState,
    Panel,
    Participant,
    ParticipantState,
    ResearchSession,
    SeatState,
    SessionState,
    Willing,
)

PAGE_ROWS = 30
FOUND_CUSTOMERS = 30
COMES = (ParticipantState.ACCEPTED, ParticipantState.ATTENDED)


class Filters(NamedTuple):
    """Which sessions a list shows; 0 and "" mean any."""

    when: str = "coming"  # coming, past, mine
    team_id: int = 0
    kind: str = ""
    product_id: int = 0
    panel_id: int = 0


def listed_sessions(user: User, filters: Filters, *, as_of: datetime) -> QuerySet[ResearchSession]:
    """Return the sessions of a list, coming ones by date (those without one first), past ones newest first."""
    rows = _narrowed(ResearchSession.objects.visible_to(user), filters).select_related("team", "product", "panel")
    rows = rows.annotate(coming_count=Count("participants", filter=Q(participants__state__in=COMES)))
    over = Q(state__in=[SessionState.DONE, SessionState.CANCELLED]) | Q(ends_at__lt=as_of - timedelta(days=1))
    if filters.when == "past":
        return rows.filter(over).order_by("-starts_at", "-pk")
    rows = rows.exclude(over)
    if filters.when == "mine":
        rows = rows.filter(pk__in=ResearchSession.objects.filter(staff__user=user).values("pk"))
    return rows.order_by(F("starts_at").asc(nulls_first=True), "pk")


def _narrowed(rows: QuerySet[ResearchSession], filters: Filters) -> QuerySet[ResearchSession]:
    if filters.team_id:
        rows = rows.filter(team_id=filters.team_id)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.product_id:
        rows = rows.filter(product_id=filters.product_id)
    if filters.panel_id:
        rows = rows.filter(panel_id=filters.panel_id)
    return rows


# --- a month ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    on: date
    is_in_month: bool
    is_today: bool
    sessions: list[ResearchSession]


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[Day]]
    previous: str  # "2026-10", blank at the end of the calendar
    following: str


def month_of(user: User, first: date, filters: Filters, *, zone: ZoneInfo, today: date) -> Month:
    """Return the weeks of a month, Monday first, with the sessions that begin on each day in ``zone``. One query."""
    start = first - timedelta(days=first.weekday())
    after = _following(first)
    days = (after - start).days + (-(after - start).days % 7)
    since, until = (datetime.combine(day, time(), tzinfo=zone) for day in (start, start + timedelta(days=days)))
    rows = _narrowed(ResearchSession.objects.visible_to(user), filters)
    rows = rows.filter(starts_at__gte=since.astimezone(UTC), starts_at__lt=until.astimezone(UTC))
    by_day: dict[date, list[ResearchSession]] = {}
    for session in rows.exclude(state=SessionState.CANCELLED).order_by("starts_at", "pk"):
        assert session.starts_at is not None  # by the filter
        by_day.setdefault(session.starts_at.astimezone(zone).date(), []).append(session)
    dates = [start + timedelta(days=number) for number in range(days)]
    shown = [Day(day, day.month == first.month, day == today, by_day.get(day, [])) for day in dates]
    weeks = [shown[number : number + 7] for number in range(0, days, 7)]
    return Month(first, weeks, f"{first - timedelta(days=1):%Y-%m}", f"{after:%Y-%m}")


def _following(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


# --- one session --------------------------------------------------------------------------------------------------


def participants_of(session: ResearchSession) -> list[Participant]:
    """Return the customers at a session: who comes, who waits (in order), who was asked, the rest. One query."""
    order = {
        state: number
        for number, state in enumerate(
            (
                ParticipantState.ATTENDED,
                ParticipantState.ACCEPTED,
                ParticipantState.WAITING,
                ParticipantState.INVITED,
                ParticipantState.MISSED,
                ParticipantState.DECLINED,
                ParticipantState.WITHDRAWN,
            )
        )
    }
    rows = session.participants.select_related("customer__organisation", "incentive__proposed_by")
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda one: (order[ParticipantState(one.state)], one.answered_at or never, one.pk))


class Column(NamedTuple):
    """One date offered, and how it stands."""

    option: DateOption
    yes: int
    if_needed: int
    is_best: bool
    is_over: bool


class Row(NamedTuple):
    """What one person said of each date, in the columns' order; "" for nothing yet."""

    name: str
    is_staff: bool
    answers: list[str]


class Poll(NamedTuple):
    columns: list[Column]
    rows: list[Row]


def poll_of(session: ResearchSession, *, as_of: datetime) -> Poll:
    """Return the table of a date poll. Three queries.

    Best is what most can come to, those who would if need be counting less than any who say yes. Whoever declined, or
    is not invited any more, counts nowhere.
    """
    gone = Q(participant__state__in=[ParticipantState.DECLINED, ParticipantState.WITHDRAWN])
    answers = Prefetch("answers", DateAnswer.objects.exclude(gone))
    options = list(session.date_options.prefetch_related(answers))
    said = {
        (answer.participant_id, answer.user_id, option.pk): answer.willing
        for option in options
        for answer in option.answers.all()
    }
    counts = {one.pk: _willing(one) for one in options}
    possible = [counts[one.pk] for one in options if one.starts_at > as_of]
    best = max(possible, key=_rank, default=(0, 0))
    columns = [
        Column(
            one,
            *counts[one.pk],
            is_best=one.starts_at > as_of and best != (0, 0) and _rank(counts[one.pk]) == _rank(best),
            is_over=one.starts_at <= as_of,
        )
        for one in options
    ]
    asked = session.participants.exclude(state__in=[ParticipantState.DECLINED, ParticipantState.WITHDRAWN])
    asked = asked.select_related("customer")
    rows = [Row(str(one.customer), False, [said.get((one.pk, None, o.pk), "") for o in options]) for one in asked]
    staff = session.staff.select_related("user")
    rows += [Row(str(one.user), True, [said.get((None, one.user_id, o.pk), "") for o in options]) for one in staff]
    return Poll(columns, rows)


def _willing(option: DateOption) -> tuple[int, int]:
    said = [answer.willing for answer in option.answers.all()]
    return said.count(Willing.YES), said.count(Willing.IF_NEEDED)


def _rank(counts: tuple[int, int]) -> tuple[int, int]:
    return sum(counts), counts[0]


def answers_of(options: Iterable[DateOption], **whose: Any) -> dict[int, str]:  # Any: participant= or user=
    """Return what one person said so far, by option. One query."""
    rows = DateAnswer.objects.filter(option__in=list(options), **whose)
    return dict(rows.values_list("option_id", "willing"))


# --- whom to invite -----------------------------------------------------------------------------------------------


def customers_to_invite(words: str) -> QuerySet[Customer]:
    """Return customers by any part of name or address: at most ``FOUND_CUSTOMERS``, none for no words."""
    rows = Customer.objects.filter(erased_at=None, merged_into=None).exclude(email="").select_related("organisation")
    words = " ".join(words.replace("\0", "").split())
    if not words:
        return rows.none()
    found = rows.annotate(sought=NAME_AND_ADDRESS).filter(sought__contains=Upper(Value(words)))
    return found.order_by("name", "pk")[:FOUND_CUSTOMERS]


def members_of(panel: Panel | None) -> QuerySet[Customer]:
    """Return who sits on a panel now."""
    if panel is None:
        return Customer.objects.none()
    seats = panel.seats.filter(state=SeatState.ACCEPTED).values("customer")
    return Customer.objects.filter(pk__in=seats, erased_at=None).select_related("organisation").order_by("name", "pk")


# --- incentives ---------------------------------------------------------------------------------------------------


class Sum(NamedTuple):
    """What stands in one currency, in its smallest unit."""

    currency: str
    proposed: int
    approved: int
    paid: int


def incentives_of(user: User, team_id: int = 0) -> QuerySet[Incentive]:
    """Return the incentives of sessions that the person may open, in teams where they run research; newest first."""
    teams = teams_where(user, Permission.RUN_RESEARCH)
    if team_id:
        teams = teams.filter(pk=team_id)
    sessions = ResearchSession.objects.visible_to(user).filter(team__in=teams)
    rows = Incentive.objects.filter(participant__session__in=sessions)
    rows = rows.select_related("participant__customer", "participant__session__team", "proposed_by", "decided_by")
    return rows.order_by("-pk")


def sums_of(incentives: QuerySet[Incentive]) -> list[Sum]:
    """Return the totals of ``incentives`` by currency. One query."""
    totals: dict[str, dict[str, int]] = {}
    rows = incentives.order_by().values_list("participant__session__currency", "state", "amount_minor")
    for currency, state, amount in rows:
        by_state = totals.setdefault(currency, {})
        by_state[state] = by_state.get(state, 0) + amount
    return [
        Sum(
            currency,
            by_state.get(IncentiveState.PROPOSED, 0),
            by_state.get(IncentiveState.APPROVED, 0),
            by_state.get(IncentiveState.PAID, 0),
        )
        for currency, by_state in sorted(totals.items())
    ]


def reading_zone() -> ZoneInfo:
    """Return the zone in which the person reads times: the one that this request was activated with."""
    zone = timezone.get_current_timezone()
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")
