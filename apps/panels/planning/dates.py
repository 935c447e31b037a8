"""The date poll of a session: dates offered, answers of customers and staff, the one chosen."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.panels.models import (
    DateAnswer,
    DateOption,
    Participant,
    ParticipantState,
    ResearchSession,
    SessionState,
    Willing,
)
from apps.panels.planning import mails, places
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.turns import grow_sequence, take_turn

MOST_OPTIONS = 30


@transaction.atomic
def offer_date(*, session_id: int, starts_at: datetime, ends_at: datetime) -> DateOption:
    """Offer one more date; the first opens the poll. The same again changes nothing. Raises ValidationError."""
    session = take_turn(session_id)
    _check_open(session, (SessionState.DRAFT, SessionState.POLLING))
    if starts_at <= timezone.now():
        raise ValidationError(_("This date is over already."))
    if not starts_at < ends_at:
        raise ValidationError(_("It has to end after it starts."))
    if session.date_options.count() >= MOST_OPTIONS:
        raise ValidationError(_("%(count)s dates are enough to choose from.") % {"count": MOST_OPTIONS})
    option, _made = DateOption.objects.get_or_create(session=session, starts_at=starts_at, ends_at=ends_at)
    if session.state == SessionState.DRAFT:
        session.state = SessionState.POLLING
        session.save(update_fields=["state"])
    return option


@transaction.atomic
def remove_date(*, session_id: int, option_id: int) -> None:
    """Offer a date no more; with it go its answers. The last one closes the poll, unless somebody was asked."""
    session = take_turn(session_id)
    _check_open(session, (SessionState.POLLING,))
    session.date_options.filter(pk=option_id).delete()
    if not session.date_options.exists() and not session.participants.exists():
        session.state = SessionState.DRAFT
        session.save(update_fields=["state"])


@transaction.atomic
def answer_dates(
    *, session_id: int, answers: Mapping[int, str], participant: Participant | None = None, user: User | None = None
) -> int:
    """Keep what one participant, or one of the staff, says of the dates, by option; return how many were kept.

    Later answers replace earlier ones; dates that are no longer offered are passed over.
    """
    session = take_turn(session_id)
    _check_open(session, (SessionState.POLLING,))
    if participant is not None:
        participant.refresh_from_db(fields=["state"])
        if participant.state not in (ParticipantState.INVITED, ParticipantState.DECLINED):
            raise PlanningError(_("This can no longer be answered: the session is over or was called off."))
    offered = set(session.date_options.values_list("pk", flat=True))
    kept = {key: Willing(value) for key, value in answers.items() if key in offered and value in Willing.values}
    for option_id, willing in kept.items():
        DateAnswer.objects.update_or_create(
            option_id=option_id,
            participant=participant,
            user=user,
            defaults={"willing": willing, "answered_at": timezone.now()},
        )
    if participant is not None and kept and participant.state == ParticipantState.DECLINED:
        participant.state = ParticipantState.INVITED  # who gives dates has thought better of it
        participant.save(update_fields=["state"])
    return len(kept)


@transaction.atomic
def choose_date(*, session_id: int, option_id: int) -> ResearchSession:
    """Plan the session on one of the dates offered, and tell everybody; again changes nothing.

    Who said yes to it has a place, in the order of their answers, as long as there are any; the others are asked.
    Raises PlanningError, also where the date is over.
    """
    session = take_turn(session_id)
    option = session.date_options.filter(pk=option_id).first()
    if option is None:
        raise PlanningError(_("This date is no longer offered."))
    if session.state == SessionState.PLANNED and session.starts_at == option.starts_at:
        return session
    _check_open(session, (SessionState.POLLING,))
    if option.starts_at <= timezone.now():
        raise PlanningError(_("This date is over already."))
    session.starts_at, session.ends_at, session.state = option.starts_at, option.ends_at, SessionState.PLANNED
    session.reminded_from = None
    session.save(update_fields=["starts_at", "ends_at", "state", "reminded_from"])
    grow_sequence(session)
    willing = _in_order_of_answers(session, option)
    for participant in willing:
        places.take_place(session, participant)
    _ask_the_others(session, told={one.pk for one in willing})
    grow_sequence(session)
    for seat in session.staff.select_related("user"):
        mails.tell_staff(session, seat)
    return session


def _in_order_of_answers(session: ResearchSession, option: DateOption) -> list[Participant]:
    yes = session.participants.filter(
        state=ParticipantState.INVITED,
        pk__in=option.answers.filter(willing=Willing.YES).values("participant"),
    )
    answered = dict(
        option.answers.filter(participant__isnull=False).values_list("participant").annotate(Max("answered_at"))
    )
    return sorted(yes.select_related("customer"), key=lambda one: (answered[one.pk], one.pk))


def _ask_the_others(session: ResearchSession, *, told: set[int]) -> None:
    invited: Iterable[Participant] = session.participants.filter(state=ParticipantState.INVITED)
    for participant in invited.exclude(pk__in=told).select_related("customer"):  # type: ignore[attr-defined]
        mails.tell_of_change(session, participant)


def _check_open(session: ResearchSession, states: tuple[SessionState, ...]) -> None:
    if session.state not in states:
        raise PlanningError(_("No date is looked for: the session has one, or was called off."))
