"""What people set: policies, and the state, owner and factors of a priority."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.accounts.selectors import people_in
from apps.core.errors import DomainError
from apps.priorities import derive
from apps.priorities.models import Effort, Policy, Priority, PriorityState
from apps.tagging.models import Tag

POLICY_FIELDS = frozenset(
    {
        "half_life_days",
        "segment_weights",
        "anonymous_weight",
        "anonymous_daily_cap",
        "unhappy_weight",
        "importance_weight",
        "against_weight",
        "repeat_weight",
        "counted",
        "min_voices",
    }
)


def current_policy(team: Team) -> Policy:
    """Return the policy in force, making the team's first one if it has none."""
    policy = Policy.objects.filter(team=team).order_by("-version").first()
    if policy is None:
        policy, _ = Policy.objects.get_or_create(team=team, version=1, defaults={"landmark_on": timezone.localdate()})
    return policy


def change_policy(team: Team, *, user: User | None, changes: Mapping[str, Any]) -> Policy:
    """Put a new version in force and derive the team's standings from their cells; no feedback row is read.

    Raises ValidationError by field, DomainError for a field a policy does not have.
    """
    unknown = set(changes) - POLICY_FIELDS
    if unknown:
        raise DomainError(_("A policy has no %(names)s.") % {"names": ", ".join(sorted(unknown))})
    check_segment_weights(changes.get("segment_weights", {}))
    current_policy(team)  # in a transaction of its own: a fold may be about to make the first one too
    return _put_in_force(team, user, changes)


@transaction.atomic
def _put_in_force(team: Team, user: User | None, changes: Mapping[str, Any]) -> Policy:
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)  # one version after the other
    policy = current_policy(team)
    newest = Policy.objects.filter(team=team).aggregate(newest=Max("version"))["newest"]
    policy.pk, policy.version, policy.created_by = None, newest + 1, user
    policy._state.adding = True  # noqa: SLF001 Django's documented way to copy a row
    policy.created_at = timezone.now()
    policy.landmark_on = timezone.localdate()
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.full_clean()
    policy.save(force_insert=True)
    derive.refresh_team(team)
    return policy


def check_segment_weights(weights: object) -> None:
    """Raise ValidationError unless ``weights`` maps ids of segments, as strings, to numbers from 0 to 100."""
    is_right = isinstance(weights, Mapping) and all(
        isinstance(key, str)
        and key.isascii()
        and key.isdigit()
        and isinstance(weight, int | float)
        and not isinstance(weight, bool)
        and 0 <= weight <= 100
        for key, weight in weights.items()
    )
    if not is_right:
        raise ValidationError({"segment_weights": _("Give each segment a weight from 0 to 100.")})


def set_state(tag: Tag, *, state: str, user: User) -> Priority:
    """Move a priority to ``state``. Raises DomainError for a state there is not, or a tag no team owns."""
    if state not in PriorityState.values:
        raise DomainError(_("There is no state “%(state)s”.") % {"state": state})
    return _set(tag, state=state)


def set_owner(tag: Tag, *, owner: User | None, user: User) -> Priority:
    """Give a priority to one of its team (or of every team, by an everywhere role), or to nobody."""
    if owner is not None and not _may_own(owner, tag):
        raise DomainError(_("%(person)s is not a member of the team.") % {"person": owner})
    return _set(tag, owner=owner)


def _may_own(owner: User, tag: Tag) -> bool:
    return tag.effective_team is not None and people_in(tag.effective_team).filter(pk=owner.pk).exists()


def set_alignment(tag: Tag, *, alignment: float, user: User) -> Priority:
    """Set how well a priority fits the team's goals: a factor of its score, 0.1 to 3."""
    if not 0.1 <= alignment <= 3:
        raise DomainError(_("Alignment is a factor from 0.1 to 3."))
    return _set_factor(tag, alignment=alignment)


def set_effort(tag: Tag, *, effort: str, user: User) -> Priority:
    """Set the estimated effort: a factor of the score (scoring.EFFORT_FACTORS)."""
    if effort not in Effort.values:
        raise DomainError(_("There is no effort “%(effort)s”.") % {"effort": effort})
    return _set_factor(tag, effort=effort)


@transaction.atomic
def _set_factor(tag: Tag, **fields: Any) -> Priority:
    priority = _set(tag, **fields)
    derive.refresh_tags([tag.pk])
    return priority


def _set(tag: Tag, **fields: Any) -> Priority:
    if tag.effective_team_id is None:
        raise DomainError(_("No team owns “%(tag)s”: give it to a team first.") % {"tag": tag.name})
    return Priority.objects.update_or_create(tag=tag, defaults=fields)[0]
