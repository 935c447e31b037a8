"""Who may give which role: nobody gives what they do not hold."""

from typing import NamedTuple

from apps.accounts.models import EVERYWHERE_ROLES, Role, Team, User
from apps.accounts.permissions import PERMISSIONS, Permission, may, permissions_in


def grantable_roles(giver: User, team: Team) -> list[Role]:
    """Return the roles that ``giver`` may give and take in ``team``: those whose every permission they hold there."""
    held = permissions_in(giver, team=team)
    return [role for role in Role if Permission.MANAGE_PEOPLE in held and PERMISSIONS[role] <= held]


class Grant(NamedTuple):
    """What is given at once: a role in one team, one everywhere, the administration of the installation."""

    team: Team | None = None
    role: str = ""  # in ``team``
    everywhere_role: str = ""
    is_administrator: bool = False


def may_grant(giver: User, grant: Grant) -> bool:
    """Return whether ``giver`` may give all of ``grant``; a role in no team is nobody's to give.

    Everywhere roles and the administration of the installation are given by its administrators alone.
    """
    if (grant.is_administrator or grant.everywhere_role) and not may(giver, Permission.MANAGE_ACCOUNTS):
        return False
    if grant.everywhere_role not in ("", *(value for value, _ in EVERYWHERE_ROLES)):
        return False
    if grant.team is None:
        return not grant.role and may(giver, Permission.MANAGE_ACCOUNTS)
    return grant.role in grantable_roles(giver, grant.team)
