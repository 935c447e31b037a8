"""Reads of staff and teams."""

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OrderBy,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Greatest, Lower, Now

from apps.accounts.models import ApiKey, Membership, Team, User
from apps.accounts.permissions import Permission, may, roles_of, teams_where


def teams_of(user: User | AnonymousUser) -> list[Team]:
    """Return the person's own teams by name; whoever has a role in all of them and none of their own, all."""
    if not isinstance(user, User) or not user.is_active:
        return []
    own = list(Team.objects.filter(memberships__user=user))
    return own if own or not (user.is_superuser or None in roles_of(user)) else list(Team.objects.all())


def people_in(team: Team) -> QuerySet[User]:
    """Return who may be given the team's things: its members and those with an everywhere role, active, by name."""
    in_team = Q(pk__in=Membership.objects.filter(team=team).values("user")) | ~Q(everywhere_role="")
    return User.objects.filter(in_team, is_active=True).order_by("name", "email")


def people_managed_by(user: User | AnonymousUser) -> QuerySet[User]:
    """Return whom ``user`` may look up under People: everybody, or the members of the teams they administer."""
    if may(user, Permission.MANAGE_ACCOUNTS):
        return User.objects.all()
    teams = teams_where(user, Permission.MANAGE_PEOPLE)
    return User.objects.filter(pk__in=Membership.objects.filter(team__in=teams).values("user"))


def detailed_people(user: User) -> QuerySet[Any]:  # Any: rows of User with the annotations below
    """Return those whom ``user`` manages with ``has_factor``, ``seen_at`` and ``shown_memberships``. Two queries.

    The memberships, with their teams, are those in teams that ``user`` manages; of other teams they are told nothing.
    """
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    sessions = UserSession.objects.filter(user=OuterRef("pk")).order_by("-last_seen_at")
    memberships = Membership.objects.filter(team__in=teams_where(user, Permission.MANAGE_PEOPLE))
    return (
        people_managed_by(user)
        .annotate(
            has_factor=Exists(factors),
            seen_at=Greatest("last_login", Subquery(sessions.values("last_seen_at")[:1])),  # NULLs are left out
        )
        .prefetch_related(
            Prefetch(
                "memberships", memberships.select_related("team").order_by("team__name"), to_attr="shown_memberships"
            )
        )
    )


ORDERS = {"name": F("sort_name"), "seen": F("seen_at"), "joined": F("joined_at")}


def found_people(user: User, wanted: Mapping[str, Any]) -> QuerySet[Any]:  # Any: as detailed_people; a cleaned form
    """Return of ``detailed_people`` those that the list's form asks for, in its order (by name without one)."""
    people = detailed_people(user).annotate(sort_name=Lower(Case(When(name="", then="email"), default="name")))
    if wanted.get("q"):
        people = people.filter(Q(name__icontains=wanted["q"]) | Q(email__icontains=wanted["q"]))
    managed = Membership.objects.filter(team__in=teams_where(user, Permission.MANAGE_PEOPLE))
    if wanted.get("team"):
        managed = managed.filter(team=wanted["team"])
        people = people.filter(pk__in=managed.values("user"))
    if wanted.get("role") == "installation":
        people = people.filter(is_superuser=True)
    elif wanted.get("role"):
        in_team = Q(pk__in=managed.filter(role=wanted["role"]).values("user"))
        people = people.filter(in_team | Q(everywhere_role=wanted["role"]))
    people = people.filter(STATES.get(wanted.get("state", ""), STATES[""]))
    sort: str = wanted.get("sort") or "name"
    order = ORDERS[sort.removeprefix("-")]
    found: QuerySet[Any] = people.order_by(OrderBy(order, descending=sort.startswith("-"), nulls_last=True), "pk")
    return found


STATES = {
    "": Q(is_active=True),
    "never": Q(is_active=True, last_login__isnull=True),
    "closed": Q(is_active=False),
    "all": Q(),
}


def counted_teams(user: User) -> QuerySet[Team]:
    """Return the teams that ``user`` manages, by name, with ``member_count`` (of active people)."""
    active = Count("memberships", filter=Q(memberships__user__is_active=True))
    teams = teams_where(user, Permission.MANAGE_PEOPLE).annotate(member_count=active)
    return teams.order_by("name")  # the model's own order does not hold where rows are grouped


def listed_api_keys() -> QuerySet[ApiKey]:
    """Return every key, with ``has_expired``: those in use first, then the expired and revoked, newest first."""
    expired = Case(When(expires_at__lte=Now(), then=True), default=False, output_field=BooleanField())
    keys = ApiKey.objects.annotate(has_expired=expired)
    return keys.order_by(F("revoked_at").desc(nulls_first=True), "has_expired", "-created_at", "-pk")
