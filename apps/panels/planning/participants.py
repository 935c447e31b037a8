"""Customers at a session: invited, answering, taken back, there or not. The one writer of their table."""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.customers.consents import withdrawn_among
from apps.customers.contacts import asked_lately, record_contact
from apps.customers.merging import record_ids
from apps.customers.models import ContactKind, Customer, Purpose
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionState
from apps.panels.planning import mails, places
from apps.panels.planning.errors import PlanningError, TooSoonError
from apps.panels.planning.turns import grow_sequence, take_turn

INVITING = (SessionState.POLLING, SessionState.PLANNED)
OPEN = (ParticipantState.INVITED, ParticipantState.WAITING, ParticipantState.ACCEPTED)
AFTER = (SessionState.RUNNING, SessionState.DONE)
REASON_CHARACTERS = 400
AT_ONCE = 200  # customers that one call invites


@transaction.atomic
def invite(
    *, session: ResearchSession, customer_ids: Collection[int], invited_by: User, override_reason: str = ""
) -> list[Participant]:
    """Invite customers by mail, all or none; return those who were not invited already.

    Whoever had declined, or whose invitation was taken back, is asked anew under a fresh link. Raises PlanningError
    where the session takes nobody or a customer cannot be reached; TooSoonError where the fatigue rule protects some
    and there is no ``override_reason``, which is kept with the contact.
    """
    session = take_turn(session.pk)
    _check_takes_people(session)
    customers = _locked(customer_ids)
    there = {one.customer_id: one for one in session.participants.select_related("customer")}
    asked, records = {pk for pk, one in there.items() if one.state in OPEN}, record_ids([one.pk for one in customers])
    new = [one for one in customers if asked.isdisjoint(records[one.pk])]  # on whatever record of the person
    _check_reachable(new, wanted=len(set(customer_ids)), found=len(customers))
    _check_rested(new, override_reason)
    invited = [_invite_one(session, customer, there.get(customer.pk), invited_by) for customer in new]
    record_contact(
        customer_ids=[one.pk for one in new],
        kind=ContactKind.SESSION,
        about=f"session:{session.pk}",
        made_by=invited_by,
        override_reason=override_reason,
    )
    for participant in invited:
        mails.invite_participant(session, participant)
    return invited


@transaction.atomic
def accept(*, participant_id: int) -> Participant:
    """Give the participant a place or put them on the waiting list; again changes nothing.

    Raises PlanningError where there is nothing to accept any more.
    """
    session, participant = _turn_of(participant_id)
    if participant.state in (ParticipantState.ACCEPTED, ParticipantState.WAITING):
        return participant
    _check_answerable(session, participant)
    if session.state != SessionState.PLANNED:
        raise PlanningError(_("There is no date yet. Say first when you can come."))
    places.take_place(session, participant)
    return participant


@transaction.atomic
def decline(*, participant_id: int, reason: str = "") -> Participant:
    """Keep that they do not come, and hand their place on; again changes nothing."""
    session, participant = _turn_of(participant_id)
    if participant.state == ParticipantState.DECLINED:
        return participant
    _check_answerable(session, participant)
    opening = gettext_lazy("You have told us that you cannot come. Thank you for letting us know.")
    _let_go(session, participant, ParticipantState.DECLINED, opening, reason=reason)
    return participant


@transaction.atomic
def take_back(*, participant_id: int) -> Participant:
    """Take an invitation back, and hand the place on; their link opens nothing any more. Again changes nothing."""
    session, participant = _turn_of(participant_id)
    if participant.state == ParticipantState.WITHDRAWN:
        return participant
    if participant.state not in (*OPEN, ParticipantState.DECLINED) or session.state in AFTER:
        raise PlanningError(_("This cannot be taken back any more."))
    opening = gettext_lazy("We have to take back our invitation to this session. We are sorry about that.")
    _let_go(session, participant, ParticipantState.WITHDRAWN, opening)
    participant.key = uuid.uuid4()
    participant.save(update_fields=["key"])
    return participant


@transaction.atomic
def mark_attendance(*, participant_id: int, has_attended: bool) -> Participant:
    """Keep whether a participant was there; may be corrected. Raises PlanningError before the session has begun."""
    session, participant = _turn_of(participant_id)
    wanted = ParticipantState.ATTENDED if has_attended else ParticipantState.MISSED
    if session.state not in AFTER:
        raise PlanningError(_("Attendance is marked once the session has begun."))
    if participant.state == ParticipantState.WITHDRAWN:
        raise PlanningError(_("Their invitation was taken back."))
    if participant.state != wanted:
        participant.state = wanted
        participant.save(update_fields=["state"])
        if has_attended:
            record_contact(
                customer_ids=[participant.customer_id],
                kind=ContactKind.MEETING,
                about=f"session:{session.pk}",
                made_by=None,
            )
    return participant


def _invite_one(session: ResearchSession, customer: Customer, old: Participant | None, by: User) -> Participant:
    if old is None:
        return Participant.objects.create(session=session, customer=customer, invited_by=by)
    old.state, old.key, old.invited_by, old.invited_at = ParticipantState.INVITED, uuid.uuid4(), by, timezone.now()
    old.answered_at, old.reason = None, ""
    old.save(update_fields=["state", "key", "invited_by", "invited_at", "answered_at", "reason"])
    return old


def _let_go(
    session: ResearchSession, participant: Participant, state: str, opening: Promise, *, reason: str = ""
) -> None:
    """Move an open participant out, tell them where they had something, and give the place to the next one."""
    before = participant.state
    had_place = before == ParticipantState.ACCEPTED
    participant.state, participant.answered_at = state, timezone.now()
    participant.reason = " ".join(reason.split())[:REASON_CHARACTERS]
    participant.save(update_fields=["state", "answered_at", "reason"])
    if had_place or (state == ParticipantState.WITHDRAWN and before in OPEN):
        grow_sequence(session)
        mails.tell_of_end(session, participant, opening=opening, had_place=had_place)
    if had_place:
        places.fill_places(session)


def _turn_of(participant_id: int) -> tuple[ResearchSession, Participant]:
    session_id = Participant.objects.values_list("session_id", flat=True).get(pk=participant_id)
    session = take_turn(session_id)
    return session, Participant.objects.select_related("customer").get(pk=participant_id)


def _locked(customer_ids: Collection[int]) -> list[Customer]:
    """Lock the customers, in one order: two invitations at once cannot both find them rested."""
    found = Customer.objects.filter(pk__in=customer_ids, erased_at=None, merged_into=None)
    return list(found.order_by("pk").select_for_update(of=("self",), no_key=True))


def _check_takes_people(session: ResearchSession) -> None:
    if session.state == SessionState.DRAFT:
        raise PlanningError(_("Give the session a date, or offer dates to choose from, before you invite."))
    is_past = session.starts_at is not None and session.starts_at <= timezone.now()
    if session.state not in INVITING or is_past:
        raise PlanningError(_("Nobody can be invited any more: the session has begun, is over or was called off."))


def _check_answerable(session: ResearchSession, participant: Participant) -> None:
    is_open = participant.state in (*OPEN, ParticipantState.DECLINED) and session.state in INVITING
    is_past = session.ends_at is not None and session.ends_at <= timezone.now()
    if not is_open or is_past:
        raise PlanningError(_("This can no longer be answered: the session is over or was called off."))


def _check_reachable(customers: list[Customer], *, wanted: int, found: int) -> None:
    """Raise PlanningError naming everybody whom no invitation may reach."""
    if wanted != found:
        raise PlanningError(_("Some of these customers are no longer there. Choose again."))
    if len(customers) > AT_ONCE:
        raise PlanningError(_("Invite at most %(count)s customers at once.") % {"count": AT_ONCE})
    withdrawn = withdrawn_among([one.pk for one in customers], Purpose.CONTACT)
    names = [str(one) for one in customers if not one.email or one.pk in withdrawn]
    if names:
        told = _("These have no address, or do not want to be contacted: %(names)s. Nobody was invited.")
        raise PlanningError(told % {"names": ", ".join(names)})


def _check_rested(customers: list[Customer], override_reason: str) -> None:
    tired = asked_lately([one.pk for one in customers], as_of=timezone.now())
    if tired and not override_reason.strip():
        names = ", ".join(str(one) for one in customers if one.pk in tired)
        told = _("These were asked lately: %(names)s. Leave them out, or say why they are asked again.")
        raise TooSoonError(told % {"names": names}, set(tired))
