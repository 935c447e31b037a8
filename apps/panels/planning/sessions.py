"""Sessions: made, changed, begun, ended, cancelled. The one writer of their table and of studies."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.feedback.models import Form
from apps.panels.models import (
    Cycle,
    Incentive,
    IncentiveState,
    Panel,
    Participant,
    ParticipantState,
    ResearchSession,
    SessionKind,
    SessionState,
    StaffRole,
    StaffSeat,
    Study,
)
from apps.panels.planning import mails, places
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.local_times import zone_named
from apps.panels.planning.money import DIGITS
from apps.panels.planning.templates_of_kinds import template_of
from apps.panels.planning.turns import grow_sequence, take_turn

OPEN_STATES = (SessionState.DRAFT, SessionState.POLLING, SessionState.PLANNED)
IN_CALENDARS = ("title", "purpose", "starts_at", "ends_at", "time_zone", "place")  # what an event shows
TO_BE_TOLD = ("title", "starts_at", "ends_at", "place")  # what is mailed when it changes
LONGEST_HOURS = 24 * 14


class Details(TypedDict, total=False):
    """What may be said of a session when it is made, and changed until it is over."""

    title: str
    purpose: str
    product: Product | None
    panel: Panel | None
    study: Study | None
    cycle: Cycle | None
    agenda: list[dict[str, str | int]]
    questions: list[str]
    visibility: str
    starts_at: datetime | None
    ends_at: datetime | None
    time_zone: str
    place: str
    capacity: int
    observer_seats: int
    wants_recording: bool
    budget_minor: int
    currency: str
    follow_up_form: Form | None


@transaction.atomic
def create_session(*, team: Team, kind: str, created_by: User, **details: Unpack[Details]) -> ResearchSession:
    """Make a session from the template of its kind, led by ``created_by``; with a date it is planned, else a draft.

    What ``details`` do not say comes from the template. Raises ValidationError.
    """
    made = template_of(SessionKind(kind))
    session = ResearchSession(
        team=team,
        kind=kind,
        created_by=created_by,
        agenda=made.agenda_rows(),
        questions=[str(question) for question in made.questions],
        capacity=made.capacity,
        observer_seats=made.observer_seats,
        wants_recording=made.wants_recording,
        time_zone=created_by.time_zone or timezone.get_default_timezone_name(),
    )
    _apply(session, details)
    session.state = SessionState.PLANNED if session.starts_at else SessionState.DRAFT
    _check(session)
    session.save()
    seat = StaffSeat.objects.create(session=session, user=created_by, role=StaffRole.LEAD)
    if session.starts_at:
        grow_sequence(session)
        mails.tell_staff(session, seat)
    return session


@transaction.atomic
def change_session(*, session_id: int, **details: Unpack[Details]) -> ResearchSession:
    """Change a session that has not begun, and tell whom it concerns; the same again changes and tells nothing.

    A first date plans it; more places go to those who wait. Raises ValidationError, PlanningError.
    """
    session = take_turn(session_id)
    if session.state not in OPEN_STATES:
        raise PlanningError(_("This session has begun or is over: it cannot be changed any more."))
    before = {name: getattr(session, name) for name in details}
    _apply(session, details)
    changed = [name for name, value in before.items() if getattr(session, name) != value]
    if not changed:
        return session
    is_new_date = session.starts_at is not None and session.state != SessionState.PLANNED
    if is_new_date:
        session.state = SessionState.PLANNED
    _check(session)
    _check_what_is_promised(session, before)
    if "starts_at" in changed:
        session.reminded_from = None
    session.save(update_fields=[*changed, "state", "reminded_from"])
    if is_new_date or (session.state == SessionState.PLANNED and set(changed) & set(IN_CALENDARS)):
        announce(session, is_told=is_new_date or bool(set(changed) & set(TO_BE_TOLD)))
    places.fill_places(session)
    return session


def announce(session: ResearchSession, *, is_told: bool = True) -> None:
    """Bring every calendar to how the session stands, and tell those who wait or have not answered, if ``is_told``.

    The caller holds the turn.
    """
    grow_sequence(session)
    told = [ParticipantState.ACCEPTED]
    if is_told:
        told += [ParticipantState.INVITED, ParticipantState.WAITING]
    for participant in session.participants.filter(state__in=told).select_related("customer"):
        mails.tell_of_change(session, participant)
    for seat in session.staff.select_related("user"):
        mails.tell_staff(session, seat)


@transaction.atomic
def cancel_session(*, session_id: int) -> bool:
    """Call a session off before it begins and tell everybody; return whether that is new.

    Raises PlanningError once it has begun.
    """
    session = take_turn(session_id)
    if session.state == SessionState.CANCELLED:
        return False
    if session.state not in OPEN_STATES:
        raise PlanningError(_("This session has begun or is over: it cannot be called off."))
    session.state = SessionState.CANCELLED
    session.save(update_fields=["state"])
    grow_sequence(session)
    asked = [ParticipantState.INVITED, ParticipantState.WAITING, ParticipantState.ACCEPTED]
    opening = gettext_lazy("This session does not take place. We are sorry, and thank you for being ready to come.")
    for participant in session.participants.filter(state__in=asked).select_related("customer"):
        had_place = participant.state == ParticipantState.ACCEPTED
        mails.tell_of_end(session, participant, opening=opening, had_place=had_place)
    for seat in session.staff.select_related("user"):
        mails.tell_staff(session, seat, is_over=True)
    return True


@transaction.atomic
def start_session(*, session: ResearchSession) -> ResearchSession:
    """Begin a planned session; again changes nothing. Raises PlanningError in another state."""
    session = take_turn(session.pk)
    if session.state == SessionState.RUNNING:
        return session
    if session.state != SessionState.PLANNED:
        raise PlanningError(_("Only a planned session can begin: give it a date first."))
    session.state, session.started_at = SessionState.RUNNING, timezone.now()
    session.save(update_fields=["state", "started_at"])
    return session


@transaction.atomic
def end_session(*, session: ResearchSession) -> ResearchSession:
    """End a running session; again changes nothing. Raises PlanningError in another state."""
    session = take_turn(session.pk)
    if session.state == SessionState.DONE:
        return session
    if session.state != SessionState.RUNNING:
        raise PlanningError(_("This session is not running."))
    session.state, session.ended_at = SessionState.DONE, timezone.now()
    session.save(update_fields=["state", "ended_at"])
    return session


@transaction.atomic
def find_or_create_study(*, team: Team, name: str, product: Product | None = None) -> Study:
    """Return the team's study of that name; made where there is none."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    found = Study.objects.filter(team=team, name__iexact=name.strip()).first()
    return found or Study.objects.create(team=team, name=name.strip(), product=product)


def _apply(session: ResearchSession, details: Any) -> None:  # Any: Details, whose keys are checked where it is given
    for name, value in details.items():
        setattr(session, name, value)


def _check(session: ResearchSession) -> None:
    """Raise ValidationError with every field that cannot be kept so."""
    problems: dict[str, str] = {}
    if not session.title.strip():
        problems["title"] = _("Give it a title.")
    if zone_named(session.time_zone) is None:
        problems["time_zone"] = _("This time zone is not known here.")
    if session.currency not in DIGITS:
        problems["currency"] = _("This currency is not known here.")
    problems |= _problems_of_date(session) | _problems_of_team(session)
    if not 1 <= session.capacity <= 500:
        problems["capacity"] = _("Between 1 and 500 customers can come.")
    if problems:
        raise ValidationError(problems)


def _problems_of_date(session: ResearchSession) -> dict[str, str]:
    if (session.starts_at is None) != (session.ends_at is None):
        return {"starts_at": _("Say when it starts and how long it takes.")}
    if session.starts_at and session.ends_at:
        hours = (session.ends_at - session.starts_at).total_seconds() / 3600
        if not 0 < hours <= LONGEST_HOURS:
            return {"starts_at": _("It has to end after it starts, and within two weeks.")}
    return {}


def _problems_of_team(session: ResearchSession) -> dict[str, str]:
    told = {
        "panel": _("This panel is another team's."),
        "study": _("This study is another team's."),
        "cycle": _("This cycle is another team's."),
    }
    things = {name: getattr(session, name) for name in told}
    return {name: told[name] for name, thing in things.items() if thing and thing.team_id != session.team_id}


def _check_what_is_promised(session: ResearchSession, before: dict[str, Any]) -> None:  # Any: values of any field
    """Raise ValidationError where less is left than was promised already. The caller holds the turn."""
    if session.state == SessionState.PLANNED and session.starts_at is None:
        raise ValidationError({"starts_at": _("It has a date that people know of. Move it, or call the session off.")})
    coming = Participant.objects.filter(session=session, state=ParticipantState.ACCEPTED).count()
    if session.capacity < coming:
        raise ValidationError({"capacity": _("%(count)s customers come already.") % {"count": coming}})
    observers = StaffSeat.objects.filter(session=session, role=StaffRole.OBSERVER).count()
    if session.observer_seats < observers:
        raise ValidationError({"observer_seats": _("%(count)s colleagues observe already.") % {"count": observers}})
    promised = Incentive.objects.filter(
        participant__session=session, state__in=[IncentiveState.APPROVED, IncentiveState.PAID]
    )
    if sum(promised.values_list("amount_minor", flat=True)) > session.budget_minor:
        raise ValidationError({"budget_minor": _("More than this is approved already.")})
    is_other_currency = before.get("currency", session.currency) != session.currency
    if is_other_currency and Incentive.objects.filter(participant__session=session).exists():
        raise ValidationError({"currency": _("Incentives in the other currency stand already.")})
