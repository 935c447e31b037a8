"""Who has answered the form that a panel asks its new members: known by the link that each of them has."""

from collections.abc import Collection, Iterable

from django.utils import timezone

from apps.feedback.models import Form
from apps.feedback.services.submission import answered_links
from apps.panels.members.links import onboarding_nonce
from apps.panels.models import Seat, SeatState


def onboarded(seats: Collection[Seat], form: Form | None) -> set[int]:
    """Return which of the seats (of one panel) are done with its onboarding form. One query at most."""
    done = {seat.pk for seat in seats if seat.onboarded_at}
    waiting = {onboarding_nonce(seat): seat.pk for seat in seats if seat.pk not in done}
    if form is None or form.is_anonymous or not waiting:
        return done
    return done | {waiting[nonce] for nonce in answered_links(form.pk, waiting)}


def mark_onboarded() -> int:
    """Keep that members answered; return how many are new. Two queries, and two for each form with members who wait."""
    waiting = Seat.objects.filter(state=SeatState.ACCEPTED, onboarded_at=None, panel__onboarding_form__isnull=False)
    forms: dict[Form, list[Seat]] = {}
    for seat in waiting.select_related("panel__onboarding_form").order_by("pk"):
        if seat.panel.onboarding_form is not None:
            forms.setdefault(seat.panel.onboarding_form, []).append(seat)
    return sum(_mark(onboarded(seats, form)) for form, seats in forms.items())


def _mark(seat_ids: Iterable[int]) -> int:
    return Seat.objects.filter(pk__in=list(seat_ids), onboarded_at=None).update(onboarded_at=timezone.now())
