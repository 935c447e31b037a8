"""Seats as staff give them out, renew and end them. What members do themselves is in ``panels.members.answers``."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.customers import contacts
from apps.customers.consents import withdrawn_among
from apps.customers.merging import record_ids
from apps.customers.models import ContactKind, Customer, Purpose
from apps.panels.members import letters
from apps.panels.members.errors import PanelFullError, RemindedError, SeatStateError
from apps.panels.members.months import add_months
from apps.panels.members.panels import lock_panel
from apps.panels.models import Panel, PanelState, Seat, SeatKind, SeatState
from apps.panels.models.panels import OPEN_SEATS

MOST_AT_ONCE = 200  # invitations
LONGEST_MONTHS = 120


class Refusal(StrEnum):
    """Why a customer is not invited."""

    ON_PANEL = "on_panel"
    GONE = "gone"  # erased, merged into another record, or never there
    UNREACHABLE = "unreachable"  # no address
    UNWILLING = "unwilling"  # took back the consent to be contacted
    TOO_SOON = "too_soon"  # the fatigue rule, and nobody says why it is broken


class Invited(NamedTuple):
    seats: list[Seat]
    refused: dict[int, Refusal]  # by customer


def refusals(
    panel: Panel, customer_ids: Collection[int], *, as_of: datetime, has_reason: bool = False
) -> dict[int, Refusal]:
    """Return who of the customers cannot be invited, and why. Eight queries."""
    known = Customer.objects.filter(pk__in=customer_ids, erased_at=None, merged_into=None)
    addresses = dict(known.values_list("pk", "email"))
    records = record_ids(customer_ids)
    everyone = [record for found in records.values() for record in found]
    open_seats = Seat.objects.filter(panel=panel, customer__in=everyone, state__in=OPEN_SEATS)
    seated = set(open_seats.values_list("customer_id", flat=True))
    unwilling = withdrawn_among(customer_ids, Purpose.CONTACT)
    tired = {} if has_reason else contacts.asked_lately(customer_ids, as_of=as_of)

    def why(pk: int) -> Refusal | None:
        if pk not in addresses:
            return Refusal.GONE
        if not seated.isdisjoint(records.get(pk, [])):
            return Refusal.ON_PANEL
        if not addresses[pk]:
            return Refusal.UNREACHABLE
        if pk in unwilling:
            return Refusal.UNWILLING
        return Refusal.TOO_SOON if pk in tired else None

    return {pk: reason for pk in customer_ids if (reason := why(pk))}


@transaction.atomic
def invite(
    *, panel: Panel, customer_ids: Collection[int], kind: SeatKind | str, invited_by: User, override_reason: str = ""
) -> Invited:
    """Invite each of the customers by mail; return their seats, and who was not invited and why.

    Opens a panel that is being prepared. Whom the fatigue rule protects is invited only with ``override_reason``,
    which is kept. Invited again is refused, so that a second press mails nobody. Raises PanelClosedError.
    """
    locked = lock_panel(panel.pk, must_be_open=True)
    asked = list(dict.fromkeys(customer_ids))[:MOST_AT_ONCE]
    as_of = timezone.now()
    refused = refusals(locked, asked, as_of=as_of, has_reason=bool(override_reason.strip()))
    wanted = [pk for pk in asked if pk not in refused]
    tired = set(contacts.asked_lately(wanted, as_of=as_of))
    customers = Customer.objects.in_bulk(wanted)
    seats = Seat.objects.bulk_create(
        Seat(panel=locked, customer=customers[pk], kind=SeatKind(kind), invited_by=invited_by) for pk in wanted
    )
    for seat in seats:
        letters.send_invitation(seat)
        contacts.record_contact(
            customer_ids=[seat.customer_id],
            kind=ContactKind.PANEL,
            about=f"seat:{seat.pk}",
            made_by=invited_by,
            override_reason=override_reason.strip() if seat.customer_id in tired else "",
        )
    if seats and locked.state == PanelState.DRAFT:
        locked.state = PanelState.ACTIVE
        locked.save(update_fields=["state"])
    return Invited(seats, refused)


@transaction.atomic
def remind(*, seat: Seat) -> None:
    """Mail the one reminder of an invitation. Raises SeatStateError, RemindedError."""
    seat = _lock(seat, SeatState.INVITED)
    if not letters.send_reminder(seat):
        raise RemindedError


@transaction.atomic
def take_back(*, seat: Seat) -> None:
    """Take an invitation back: its link says so. Raises SeatStateError for one that was answered."""
    _set_state(_lock(seat, SeatState.INVITED, SeatState.WITHDRAWN), SeatState.WITHDRAWN)


@transaction.atomic
def restore(*, seat: Seat) -> None:
    """Undo ``take_back``; nothing is mailed. Raises PanelClosedError, and SeatStateError, also for whoever was erased
    or does not want to be contacted meanwhile: their invitation was not ended by staff."""
    panel = lock_panel(seat.panel_id, must_be_open=True)
    seat = _lock(seat, SeatState.INVITED, SeatState.WITHDRAWN)
    others = Seat.objects.filter(panel=panel, customer=seat.customer_id, state__in=OPEN_SEATS).exclude(pk=seat.pk)
    is_gone = seat.customer.erased_at is not None
    if others.exists() or is_gone or withdrawn_among([seat.customer_id], Purpose.CONTACT):
        raise SeatStateError
    _set_state(seat, SeatState.INVITED)


@transaction.atomic
def renew(*, seat: Seat, until: date, today: date) -> None:
    """Let a term last until ``until`` and tell its member; the same again changes nothing.

    Raises SeatStateError, and ValidationError for a day that is past or more than ten years on.
    """
    seat = _lock(seat, SeatState.ACCEPTED)
    if not today <= until <= add_months(today, LONGEST_MONTHS):
        raise ValidationError({"until": _("Choose a day from today on, within ten years.")})
    if seat.ends_on != until:
        seat.ends_on = until
        seat.save(update_fields=["ends_on"])
        letters.send_renewal(seat)


@transaction.atomic
def end_seat(*, seat: Seat, today: date) -> None:
    """End a term today. Again changes nothing. Raises SeatStateError for a seat that was never taken."""
    seat = _lock(seat, SeatState.ACCEPTED, SeatState.ENDED)
    if seat.state == SeatState.ACCEPTED:
        seat.state, seat.ends_on = SeatState.ENDED, max(today, seat.starts_on or today)
        seat.save(update_fields=["state", "ends_on"])


@transaction.atomic
def move_up(*, seat: Seat) -> None:
    """Give an alternate a free seat, and tell them. Again changes nothing. Raises PanelFullError, SeatStateError."""
    panel = lock_panel(seat.panel_id, must_be_open=True)
    seat = _lock(seat, SeatState.ACCEPTED)
    if seat.kind == SeatKind.MEMBER:
        return
    if seats_taken(panel.pk, SeatKind.MEMBER) >= panel.seat_count:
        raise PanelFullError
    seat.kind = SeatKind.MEMBER
    seat.save(update_fields=["kind"])
    letters.send_moved_up(seat)


def seats_taken(panel_id: int, kind: SeatKind) -> int:
    """Count the accepted seats of ``kind``: exact only while the panel is locked. One query."""
    return Seat.objects.filter(panel=panel_id, kind=kind, state=SeatState.ACCEPTED).count()


def _lock(seat: Seat, *states: str) -> Seat:
    """Return the seat as it stands, held. Raises SeatStateError where it is in none of ``states``."""
    found = lock_seat(seat)
    if found.state not in states:
        raise SeatStateError
    return found


def lock_seat(seat: Seat) -> Seat:
    """Return the seat as it stands, with panel and customer, held until the transaction ends."""
    return Seat.objects.select_for_update(of=("self",)).select_related("panel", "customer").get(pk=seat.pk)


def _set_state(seat: Seat, state: SeatState) -> None:
    if seat.state != state:
        seat.state = state
        seat.save(update_fields=["state"])
