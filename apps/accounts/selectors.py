"""Reads of staff and teams."""

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Team, User


def teams_of(user: User | AnonymousUser) -> list[Team]:
    """Return the person's teams by name; an administrator of the installation without one has all."""
    if not user.is_authenticated:
        return []
    own = list(Team.objects.filter(memberships__user=user))
    return own if own or not user.is_superuser else list(Team.objects.all())
