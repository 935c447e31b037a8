"""Reads of staff and teams."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch, Q, QuerySet

from apps.accounts.models import Membership, Team, User
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


def with_memberships(people: QuerySet[User], user: User) -> QuerySet[User]:
    """Add ``shown_memberships`` to each: with their teams, only those that ``user`` may manage. One query more."""
    memberships = Membership.objects.filter(team__in=teams_where(user, Permission.MANAGE_PEOPLE))
    return people.prefetch_related(
        Prefetch("memberships", memberships.select_related("team").order_by("team__name"), to_attr="shown_memberships")
    )


def counted_teams(user: User) -> QuerySet[Team]:
    """Return the teams that ``user`` manages, by name, with ``member_count`` (of active people)."""
    active = Count("memberships", filter=Q(memberships__user__is_active=True))
    return teams_where(user, Permission.MANAGE_PEOPLE).annotate(member_count=active)
