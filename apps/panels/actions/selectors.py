"""Reads of the tracker. An action of a session is there only for whoever may open that session."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet

from apps.accounts.models import Team, User
from apps.panels.actions.services import CLOSED
from apps.panels.models import Action, ActionState, Panel, ResearchSession

SHOWN = 200  # of a list; more are found by its filters
OPEN = (ActionState.OPEN, ActionState.DOING)


@dataclass(frozen=True)
class Wanted:
    """Which actions a list shows."""

    view: str = "open"  # open, mine, overdue, closed
    team: Team | None = None
    panel: Panel | None = None


def readable_actions(user: User) -> QuerySet[Action]:
    """Return the actions that ``user`` may open, with what a row shows."""
    sessions = ResearchSession.objects.visible_to(user)
    rows = Action.objects.filter(Q(session=None) | Q(session__in=sessions))
    return rows.select_related("team", "panel", "session", "seat__customer", "tag", "owner")


def listed_actions(user: User, wanted: Wanted, *, today: date) -> list[Action]:
    """Return at most ``SHOWN`` + 1 actions: what is due first, what is over by when it was. One query."""
    rows = _wanted(readable_actions(user), wanted)
    if wanted.view == "closed":
        rows = rows.filter(state__in=CLOSED).order_by(F("closed_at").desc(nulls_last=True), "-pk")
    else:
        rows = rows.filter(_view(wanted.view, user, today)).order_by(F("due_on").asc(nulls_last=True), "pk")
    return list(rows[: SHOWN + 1])


def counts(user: User, wanted: Wanted, *, today: date) -> dict[str, int]:
    """Return how many actions are in each open view. One query."""
    rows = _wanted(readable_actions(user), wanted).filter(state__in=OPEN)
    found = list(rows.order_by().values_list("owner_id", "due_on"))
    return {
        "open": len(found),
        "mine": sum(owner_id == user.pk for owner_id, _due_on in found),
        "overdue": sum(due_on is not None and due_on < today for _owner_id, due_on in found),
    }


def _view(view: str, user: User, today: date) -> Q:
    is_open = Q(state__in=OPEN)
    if view == "mine":
        return is_open & Q(owner=user)
    return is_open & Q(due_on__lt=today) if view == "overdue" else is_open


def _wanted(rows: QuerySet[Action], wanted: Wanted) -> QuerySet[Action]:
    if wanted.team is not None:
        rows = rows.filter(team=wanted.team)
    return rows.filter(panel=wanted.panel) if wanted.panel is not None else rows


def actions_of_panel(panel: Panel, user: User) -> list[Action]:
    """Return the panel's actions, open ones first by when they are due, its sessions' too. One query."""
    rows = readable_actions(user).filter(Q(panel=panel) | Q(session__panel=panel))
    found = list(rows.order_by(F("due_on").asc(nulls_last=True), "pk"))
    return sorted(found, key=lambda action: action.state in CLOSED)
