"""Staff at a session: who leads, notes and observes, and for how long they were with customers."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.panels.models import ResearchSession, SessionState, StaffRole, StaffSeat
from apps.panels.planning import mails
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.turns import grow_sequence, take_turn

AFTER = (SessionState.RUNNING, SessionState.DONE)
LONGEST_MINUTES = 24 * 60


@transaction.atomic
def seat_staff(*, session_id: int, user: User, role: str) -> StaffSeat:
    """Give a colleague a seat, or another role on theirs, and put the session into their calendar.

    The same again changes nothing. Raises PlanningError: no observers' seat is free, it is over, or they may not.
    """
    session = take_turn(session_id)
    if session.state in (SessionState.DONE, SessionState.CANCELLED):
        raise PlanningError(_("The session is over."))
    if not may(user, Permission.JOIN_RESEARCH) or not ResearchSession.objects.visible_to(user).contains(session):
        raise PlanningError(_("%(person)s may not open this session.") % {"person": user})
    seat = session.staff.select_related("user").filter(user=user).first()
    role = StaffRole(role)
    if seat is not None and seat.role == role:
        return seat
    if role == StaffRole.OBSERVER and free_observer_seats(session) == 0:
        raise PlanningError(_("All observers' seats are taken."))
    if seat is None:
        seat = StaffSeat.objects.create(session=session, user=user, role=role)
    else:
        seat.role = role
        seat.save(update_fields=["role"])
    if session.state == SessionState.PLANNED:
        grow_sequence(session)
        mails.tell_staff(session, seat)
    return seat


@transaction.atomic
def leave_seat(*, session_id: int, user_id: int) -> bool:
    """Give up a seat before the session begins, and take it out of the calendar; return whether there was one.

    Raises PlanningError for the only one who leads: somebody else has to take over first.
    """
    session = take_turn(session_id)
    seat = session.staff.select_related("user").filter(user_id=user_id).first()
    if seat is None:
        return False
    if session.state in AFTER:
        raise PlanningError(_("The session has begun: mark who was not there instead."))
    is_only_lead = seat.role == StaffRole.LEAD and session.staff.filter(role=StaffRole.LEAD).count() == 1
    if is_only_lead and session.state != SessionState.CANCELLED:
        raise PlanningError(_("Somebody has to lead the session: give that to a colleague first."))
    if session.state == SessionState.PLANNED:
        grow_sequence(session)
        mails.tell_staff(session, seat, is_over=True)
    seat.delete()
    return True


@transaction.atomic
def mark_staff(*, session_id: int, user_id: int, has_attended: bool, minutes: int | None = None) -> StaffSeat:
    """Keep whether a colleague was there, and for how many minutes if not all of it; may be corrected."""
    session = take_turn(session_id)
    if session.state not in AFTER:
        raise PlanningError(_("Attendance is marked once the session has begun."))
    seat = session.staff.filter(user_id=user_id).first()
    if seat is None:
        raise PlanningError(_("They have no seat at this session."))
    seat.has_attended = has_attended
    seat.minutes = min(minutes, LONGEST_MINUTES) if has_attended and minutes is not None else None
    seat.save(update_fields=["has_attended", "minutes"])
    return seat


def free_observer_seats(session: ResearchSession) -> int:
    """Return how many colleagues can still observe, 0 or more."""
    taken = session.staff.filter(role=StaffRole.OBSERVER).count()
    return max(session.observer_seats - taken, 0)
