"""What members do themselves, by the link mailed to them: accept, decline, leave. Each twice is as once."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from apps.panels.members import letters
from apps.panels.members.errors import InvitationGoneError, PanelFullError
from apps.panels.members.months import last_day_of_term
from apps.panels.members.panels import lock_panel
from apps.panels.members.services import lock_seat, seats_taken
from apps.panels.models import Panel, PanelState, Seat, SeatKind, SeatState
from apps.panels.models.panels import OPEN_SEATS

REASON_CHARACTERS = 400
ANSWERABLE = (SeatState.INVITED, SeatState.DECLINED)  # whoever declined may think again


@transaction.atomic
def accept(*, seat: Seat, today: date) -> Seat:
    """Take the seat from ``today`` on; return it. Where every seat is taken, it is one of an alternate.

    One at a time of a panel, so that there are never more members than seats. Raises PanelFullError where no place is
    left at all, InvitationGoneError.
    """
    panel = lock_panel(seat.panel_id)
    seat = lock_seat(seat)
    if seat.state == SeatState.ACCEPTED:
        return seat
    if panel.state != PanelState.ACTIVE or not _is_answerable(seat):
        raise InvitationGoneError
    seat.kind = place_for(panel, seat)
    seat.state, seat.answered_at, seat.reason = SeatState.ACCEPTED, timezone.now(), ""
    seat.starts_on, seat.ends_on = today, last_day_of_term(today, panel.term_months)
    seat.save(update_fields=["kind", "state", "answered_at", "reason", "starts_on", "ends_on"])
    letters.send_welcome(seat)
    return seat


def place_for(panel: Panel, seat: Seat) -> SeatKind:
    """Return what ``seat`` would be if it were accepted now. Raises PanelFullError. Two queries at most."""
    if seat.kind == SeatKind.MEMBER and seats_taken(panel.pk, SeatKind.MEMBER) < panel.seat_count:
        return SeatKind.MEMBER
    if seats_taken(panel.pk, SeatKind.ALTERNATE) < panel.alternate_count:
        return SeatKind.ALTERNATE
    raise PanelFullError


def _is_answerable(seat: Seat) -> bool:
    """Tell whether it may be taken: not while the same customer has another open seat there."""
    others = Seat.objects.filter(panel=seat.panel_id, customer=seat.customer_id, state__in=OPEN_SEATS)
    return seat.state in ANSWERABLE and not others.exclude(pk=seat.pk).exists()


@transaction.atomic
def decline(*, seat: Seat, reason: str = "") -> Seat:
    """Say no to an invitation. Raises InvitationGoneError where it does not stand."""
    seat = lock_seat(seat)
    if seat.state not in ANSWERABLE:
        raise InvitationGoneError
    seat.state, seat.answered_at, seat.reason = SeatState.DECLINED, timezone.now(), _one_line(reason) or seat.reason
    seat.save(update_fields=["state", "answered_at", "reason"])
    return seat


@transaction.atomic
def leave(*, seat: Seat, today: date, reason: str = "") -> Seat:
    """Give the seat back today. Raises InvitationGoneError where it is not theirs any more."""
    seat = lock_seat(seat)
    if seat.state == SeatState.LEFT:
        return seat
    if seat.state != SeatState.ACCEPTED:
        raise InvitationGoneError
    seat.state, seat.reason = SeatState.LEFT, _one_line(reason)
    seat.ends_on = max(today, seat.starts_on or today)
    seat.save(update_fields=["state", "reason", "ends_on"])
    return seat


def _one_line(text: str) -> str:
    return " ".join(text.split())[:REASON_CHARACTERS]
