"""The tracker's writes: the only writer of ``Action``."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.dialogue.models import NotificationKind
from apps.dialogue.notifications import notify
from apps.panels.models import Action, ActionState, Panel, ResearchSession, Seat
from apps.tagging.models import Tag

CLOSED = (ActionState.DONE, ActionState.DROPPED)


@dataclass(frozen=True, kw_only=True)
class ActionFields:
    """What people say of an action."""

    team: Team
    title: str
    detail: str = ""
    owner: User | None = None
    due_on: date | None = None
    panel: Panel | None = None
    session: ResearchSession | None = None
    seat: Seat | None = None
    tag: Tag | None = None
    is_shown_to_members: bool = True


@transaction.atomic
def create_action(*, fields: ActionFields, user: User) -> Action:
    """Keep what was promised, and tell its owner."""
    action = Action.objects.create(**vars(fields))
    _tell_owner(action, actor=user)
    return action


@transaction.atomic
def update_action(*, action: Action, fields: ActionFields, user: User) -> None:
    """Change what is said of it; a new owner is told."""
    locked = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    is_handed_over = fields.owner is not None and fields.owner.pk != locked.owner_id
    for name, value in vars(fields).items():
        setattr(locked, name, value)
    locked.save(update_fields=list(vars(fields)))
    if is_handed_over:
        _tell_owner(locked, actor=user)


@transaction.atomic
def set_state(*, action: Action, state: ActionState, outcome: str | None = None) -> ActionState:
    """Say how far it is, and with ``outcome`` what members are told; return the state before. Again changes nothing."""
    locked = Action.objects.select_for_update(of=("self",)).get(pk=action.pk)
    before = ActionState(locked.state)
    if state != before:
        locked.state = state
        locked.closed_at = timezone.now() if state in CLOSED else None
    if outcome is not None:
        locked.outcome = outcome
    locked.save(update_fields=["state", "closed_at", "outcome"])
    return before


def _tell_owner(action: Action, *, actor: User) -> None:
    if action.owner is not None:
        notify(
            kind=NotificationKind.ASSIGNED,
            users=[action.owner],
            actor=actor,
            about=f"action:{action.pk}:{timezone.now().isoformat()}",
            subject=action.title,
            path=reverse("actions:action", args=[action.pk]),
        )
