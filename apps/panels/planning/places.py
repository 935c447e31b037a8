"""Places of customers at a session: given first come, first served, and handed on the moment one comes free.

Everything here is called within the turn of the session (``turns.take_turn``): so no place is given twice.
"""

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from apps.customers.consents import has_withdrawn
from apps.customers.models import Purpose
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionState
from apps.panels.planning import mails
from apps.panels.planning.turns import grow_sequence


def free_places(session: ResearchSession) -> int:
    """Return how many places nobody has, 0 or more; waiting or not."""
    taken = session.participants.filter(state=ParticipantState.ACCEPTED).count()
    return max(session.capacity - taken, 0)


def take_place(session: ResearchSession, participant: Participant) -> None:
    """Give the participant a place, or the last one on the waiting list, and tell them."""
    participant.answered_at = timezone.now()
    participant.reason = ""
    if free_places(session) and not session.participants.filter(state=ParticipantState.WAITING).exists():
        _give_place(session, participant, gettext_lazy("Thank you for coming: your place is booked."))
        return
    participant.state = ParticipantState.WAITING
    participant.save(update_fields=["state", "answered_at", "reason"])
    mails.put_on_waiting_list(session, participant)


def fill_places(session: ResearchSession) -> int:
    """Give each free place to who waits longest, and tell them; return how many were given.

    Whoever took back meanwhile that we may contact them is passed over.
    """
    if session.state != SessionState.PLANNED:
        return 0
    free, given = free_places(session), 0
    waiting = session.participants.filter(state=ParticipantState.WAITING).select_related("customer")
    for participant in waiting.order_by("answered_at", "pk") if free else ():
        if given == free:
            break
        if has_withdrawn(customer_id=participant.customer_id, purpose=Purpose.CONTACT):
            continue
        _give_place(session, participant, gettext_lazy("A place came free, and it is yours."))
        given += 1
    return given


def _give_place(session: ResearchSession, participant: Participant, opening: Promise) -> None:
    participant.state = ParticipantState.ACCEPTED
    participant.save(update_fields=["state", "answered_at", "reason"])
    grow_sequence(session)
    mails.confirm_place(session, participant, opening)
