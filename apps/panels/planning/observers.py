"""Who of the staff sits in on a session, and for how long they say they were with customers."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core.errors import DomainError
from apps.panels.models import ResearchSession, SessionState, StaffRole, StaffSeat
from apps.panels.planning import mails
from apps.panels.planning.turns import grow_sequence, take_turn
from apps.panels.rhythm.minutes import length_minutes

MOST_MINUTES = 1_440  # of a session without times: a day


class NoSeatError(DomainError):
    """The session takes no observer, or no other one."""


@transaction.atomic
def join_as_observer(*, session: ResearchSession, user: User) -> StaffSeat:
    """Give ``user`` a seat among the session's observers; return the seat, or the one they have, whatever its role.

    Of those who press at once only as many are seated as there are seats; they are mailed it for their calendar.
    ``session`` comes from ``visible_to(user)``. Raises PermissionDenied, or NoSeatError where it is full, over or not
    planned.
    """
    if not may(user, Permission.JOIN_RESEARCH):
        raise PermissionDenied
    locked = take_turn(session.pk)
    own = StaffSeat.objects.filter(session=locked, user=user).first()
    if own is not None:
        return own
    _check_open(locked)
    taken = StaffSeat.objects.filter(session=locked, role=StaffRole.OBSERVER).count()
    if taken >= locked.observer_seats:
        raise NoSeatError(_("The last seat has just been taken. Choose another session."))
    seat = StaffSeat.objects.create(session=locked, user=user, role=StaffRole.OBSERVER)
    grow_sequence(locked)
    mails.tell_staff(locked, seat)
    return seat


@transaction.atomic
def leave_session(*, session: ResearchSession, user: User) -> bool:
    """Give the person's observer's seat back while the session has not begun; return whether they had one.

    Whoever leads it or takes its notes is taken off its team by those who plan it.
    """
    locked = take_turn(session.pk)
    own = StaffSeat.objects.filter(session=locked, user=user).first()
    if own is None:
        return False
    if own.role != StaffRole.OBSERVER:
        raise DomainError(_("You do not only observe this session: whoever plans it can change that."))
    _check_open(locked)
    grow_sequence(locked)
    mails.tell_staff(locked, own, is_over=True)
    own.delete()
    return True


def _check_open(session: ResearchSession) -> None:
    if session.state != SessionState.PLANNED or session.starts_at is None or session.starts_at <= timezone.now():
        raise NoSeatError(_("This session is not ahead any more, so its seats stay as they are."))


@transaction.atomic
def correct_minutes(*, seat: StaffSeat, minutes: int, reason: str) -> None:
    """Say how long the seat's person was with customers, and why it is other than the session's length.

    Also says that they were there where nobody has said it yet. Raises ValidationError at ``minutes`` beyond the
    session's length, DomainError where the session is not over or whoever led it says that they were not there.
    """
    locked = StaffSeat.objects.select_for_update(of=("self",)).select_related("session").get(pk=seat.pk)
    if locked.session.state != SessionState.DONE:
        raise DomainError(_("The session is not over yet. Say afterwards how long you were there."))
    if locked.has_attended is False:
        raise DomainError(_("You are noted as not having been there. Whoever led the session can change that."))
    most = length_minutes(locked.session)
    if not 0 <= minutes <= (MOST_MINUTES if most is None else most):
        told = ngettext("The session lasted %(most)d minute.", "The session lasted %(most)d minutes.", most or 0)
        raise ValidationError({"minutes": told % {"most": MOST_MINUTES if most is None else most}})
    locked.minutes, locked.minutes_reason, locked.has_attended = minutes, reason, True
    locked.save(update_fields=["minutes", "minutes_reason", "has_attended"])
