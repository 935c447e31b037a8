"""What a member sees by their link: of this panel alone, and of others' words and names nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.db.models import F, Q
from django.utils import timezone

from apps.catalog.models import Visibility
from apps.customers.merging import record_ids
from apps.feedback.selectors import refusal_of
from apps.panels.members import ballots as balloting
from apps.panels.members.links import onboarding_url
from apps.panels.members.onboarding import onboarded
from apps.panels.models import (
    Action,
    ActionState,
    Ballot,
    Material,
    Participant,
    ParticipantState,
    ResearchSession,
    Seat,
    SessionKind,
    SessionState,
    Vote,
)
from apps.panels.planning.tokens import token_of

GROUP_KINDS = (SessionKind.ADVISORY, SessionKind.WORKSHOP, SessionKind.IDEATION)  # a panel's, not one person's
TOLD_STATES = (SessionState.PLANNED, SessionState.RUNNING, SessionState.DONE, SessionState.CANCELLED)
PAST_SESSIONS, PAST_BALLOTS = 20, 20
OUTCOMES = 50


@dataclass(frozen=True)
class MemberSession:
    session: ResearchSession
    participant: Participant | None  # where this member is asked to it
    zone: str  # in which its times are told
    own_zone: str  # the member's, where that is another
    materials: list[Material]
    actions: list[Action]

    @property
    def shows_place(self) -> bool:
        """Whether this member is expected: nobody else is told how to get in."""
        return self.participant is not None and self.participant.state == ParticipantState.ACCEPTED

    @property
    def token(self) -> str:
        """What opens this member's own page of the session; "" where they are not asked to it."""
        return token_of(self.participant) if self.participant else ""


@dataclass(frozen=True)
class MemberBallot:
    ballot: Ballot
    is_open: bool
    chosen: list[int]  # by this member
    result: balloting.Result | None  # where members may see it

    @property
    def options(self) -> list[tuple[int, str, bool]]:
        """Position, words, and whether this member chose it."""
        return [(place, words, place in self.chosen) for place, words in enumerate(self.ballot.choices)]


@dataclass(frozen=True)
class MemberPage:
    seat: Seat
    coming: list[MemberSession]
    past: list[MemberSession]
    materials: list[Material]
    ballots: list[MemberBallot]
    own_actions: list[Action]
    outcomes: list[Action]
    onboarding_url: str  # "" where there is nothing to fill in any more

    @property
    def may_vote(self) -> bool:
        return balloting.may_vote(self.seat)


def member_page(seat: Seat, *, as_of: datetime) -> MemberPage:
    """Return the page of an accepted seat: of all records of its person. Eleven queries at most, whatever it holds."""
    records = record_ids([seat.customer_id])[seat.customer_id]
    sessions = _sessions(seat, records)
    actions = _actions(seat, sessions)
    own = [one for one in actions if one.seat_id == seat.pk]
    shown = [_member_session(seat, session, actions, records) for session in sessions]
    coming = [one for one in shown if not _is_over(one.session, as_of)]
    past = [one for one in shown if _is_over(one.session, as_of) and one.session.state != SessionState.CANCELLED]
    return MemberPage(
        seat=seat,
        coming=coming,
        past=past[::-1][:PAST_SESSIONS],
        materials=list(Material.objects.filter(panel=seat.panel_id)),
        ballots=_ballots(seat, as_of=as_of),
        own_actions=[one for one in own if one.state in (ActionState.OPEN, ActionState.DOING)],
        outcomes=[one for one in actions if one.seat_id is None][:OUTCOMES],
        onboarding_url=_onboarding_url(seat, as_of=as_of),
    )


def _sessions(seat: Seat, records: Collection[int]) -> list[ResearchSession]:
    """Return the panel's sessions that concern this member, the first first, with their seat in it. Three queries.

    Those they are asked to; of others' only what is for the whole panel, and never a restricted one.
    """
    asked = Participant.objects.filter(customer__in=records).exclude(state=ParticipantState.WITHDRAWN)
    for_all = Q(kind__in=GROUP_KINDS) & ~Q(visibility=Visibility.RESTRICTED)
    is_asked = Q(pk__in=asked.values("session"))
    is_told = Q(state__in=TOLD_STATES, starts_at__isnull=False) | Q(is_asked, state=SessionState.POLLING)
    sessions = ResearchSession.objects.filter(is_told, for_all | is_asked, panel=seat.panel_id)
    return list(
        sessions.prefetch_related("materials", "participants").order_by(F("starts_at").asc(nulls_first=True), "pk")
    )


def _is_over(session: ResearchSession, as_of: datetime) -> bool:
    if session.state == SessionState.DONE:
        return True
    is_waiting = session.state in (SessionState.POLLING, SessionState.RUNNING)
    return not is_waiting and bool(session.ends_at and session.ends_at <= as_of)


def _member_session(
    seat: Seat, session: ResearchSession, actions: Collection[Action], records: Collection[int]
) -> MemberSession:
    mine = [one for one in session.participants.all() if one.customer_id in records]
    participant = next((one for one in mine if one.state != ParticipantState.WITHDRAWN), None)
    zone = _known_zone(session.time_zone) or timezone.get_default_timezone_name()
    own_zone = _known_zone(seat.customer.time_zone)
    return MemberSession(
        session=session,
        participant=participant,
        zone=zone,
        own_zone=own_zone if own_zone != zone else "",
        materials=list(session.materials.all()),
        actions=[one for one in actions if one.session_id == session.pk and one.seat_id is None],
    )


def _known_zone(name: str) -> str:
    return name if name in available_timezones() else ""


def _actions(seat: Seat, sessions: Collection[ResearchSession]) -> list[Action]:
    """Return what members may see and concerns this one: their own, the panel's, and of ``sessions``. One query."""
    of_sessions = Q(session__in=sessions) | Q(session=None)
    theirs = Q(panel=seat.panel_id) & of_sessions | Q(session__in=sessions) | Q(seat=seat)
    actions = Action.objects.filter(theirs, is_shown_to_members=True).select_related("session")
    return list(actions.order_by("-created_at", "-pk"))


def _ballots(seat: Seat, *, as_of: datetime) -> list[MemberBallot]:
    """Return the panel's votes, open ones first. Three queries at most."""
    asked = list(Ballot.objects.filter(panel=seat.panel_id, opens_at__lte=as_of)[:PAST_BALLOTS])
    if not asked:
        return []
    chosen = dict(Vote.objects.filter(seat=seat, ballot__in=asked).values_list("ballot_id", "choices"))
    told = [one for one in asked if one.are_results_shown or not balloting.is_open(one, as_of=as_of)]
    results = balloting.results_of(told) if told else {}
    shown = [
        MemberBallot(one, balloting.is_open(one, as_of=as_of), chosen.get(one.pk, []), results.get(one.pk))
        for one in asked
    ]
    return sorted(shown, key=lambda one: not one.is_open)


def _onboarding_url(seat: Seat, *, as_of: datetime) -> str:
    form = seat.panel.onboarding_form
    if form is None or refusal_of(form, now=as_of) or onboarded([seat], form):
        return ""
    return onboarding_url(form, seat)
