"""Terms as days pass: marked as ended, and announced to staff before. Daily jobs."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Min, Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Membership, Role, User
from apps.accounts.permissions import PERMISSIONS, Permission
from apps.dialogue.models import NotificationKind
from apps.dialogue.notifications import notify
from apps.panels.members.onboarding import mark_onboarded
from apps.panels.models import Panel, PanelState, Seat, SeatState

SOON = timedelta(days=30)  # before a term ends staff hear of it


def keep_terms(today: date) -> None:
    """End what is over, say what ends soon, and note who has answered their onboarding form. Twice is as once."""
    end_terms(today)
    tell_of_renewals(today)
    mark_onboarded()


def end_terms(today: date) -> int:
    """Mark terms whose last day is past as ended; return how many. One query."""
    return Seat.objects.filter(state=SeatState.ACCEPTED, ends_on__lt=today).update(state=SeatState.ENDED)


def tell_of_renewals(today: date) -> int:
    """Tell each panel's staff once of the terms that end within ``SOON``; return how many were told."""
    due = Q(seats__state=SeatState.ACCEPTED, seats__ends_on__range=(today, today + SOON))
    panels = (
        Panel.objects.filter(due).exclude(state=PanelState.CLOSED).annotate(first_end=Min("seats__ends_on", filter=due))
    )
    return sum(_tell(panel, panel.first_end) for panel in panels.select_related("team", "chair", "sponsor"))


def _tell(panel: Panel, first_end: date) -> int:
    return notify(
        kind=NotificationKind.ASSIGNED,
        users=staff_of(panel),
        about=f"renewal:{panel.pk}:{first_end}",
        subject=panel.name,
        path=reverse("panels:health", args=[panel.slug]),
    )


def staff_of(panel: Panel) -> list[User]:
    """Return who looks after the panel: its chair and sponsor, else those of its team who run research."""
    named = [user for user in (panel.chair, panel.sponsor) if user is not None and user.is_active]
    if named:
        return list(dict.fromkeys(named))
    roles = [role for role in Role if Permission.RUN_RESEARCH in PERMISSIONS[role]]
    members = Membership.objects.filter(team=panel.team_id, role__in=roles).values("user")
    return list(User.objects.filter(pk__in=members, is_active=True))


def due_soon(seats: Collection[Seat], *, today: date | None = None) -> list[Seat]:
    """Return the seats whose term ends within ``SOON``, the first to end first."""
    until = (today or timezone.localdate()) + SOON
    due = [seat for seat in seats if seat.state == SeatState.ACCEPTED and seat.ends_on and seat.ends_on <= until]
    return sorted(due, key=lambda seat: (seat.ends_on or until, seat.pk))
