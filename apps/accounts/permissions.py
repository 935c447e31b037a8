"""Who may do what: the one table, and the two ways to ask it.

A role counts for its own team's things, an everywhere role for every team's: a person holds what either gives.
Where no team is named (the feedback list), a role in any team counts. ``is_superuser`` is the administrator of
everything; a disabled person may do nothing.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.accounts.models import Membership, Role, Team, User
from apps.core.http import AuthedRequest, wants_fragment

P = ParamSpec("P")


class Permission(StrEnum):
    READ_FEEDBACK = "read_feedback"
    EXPORT_FEEDBACK = "export_feedback"
    WRITE_NOTE = "write_note"  # among staff
    TAG_FEEDBACK = "tag_feedback"
    MODERATE_FEEDBACK = "moderate_feedback"  # spam, held
    SET_VISIBILITY = "set_visibility"  # of one feedback: everyone, team, restricted
    MANAGE_TAXONOMY = "manage_taxonomy"
    MANAGE_RULES = "manage_rules"
    IMPORT_FEEDBACK = "import_feedback"
    MANAGE_FORMS = "manage_forms"
    MANAGE_INTEGRATIONS = "manage_integrations"  # mailboxes and webhooks, with the mail and posts as they came
    MANAGE_CATALOG = "manage_catalog"
    MANAGE_CUSTOMERS = "manage_customers"  # segment, organisation, verification
    RUN_RESEARCH = "run_research"  # panels, sessions, workshops, whom they ask
    JOIN_RESEARCH = "join_research"  # sit in, take notes, write findings
    APPROVE_INCENTIVE = "approve_incentive"
    DECIDE_PRIORITY = "decide_priority"  # state, owner, alignment, effort
    SET_POLICY = "set_policy"
    VIEW_MAIL = "view_mail"
    MANAGE_PEOPLE = "manage_people"  # the team's members and their roles
    MANAGE_ACCOUNTS = "manage_accounts"  # addresses, everywhere roles, administrators, deactivation
    MANAGE_API_KEYS = "manage_api_keys"
    ERASE_CUSTOMER = "erase_customer"
    VIEW_AUDIT = "view_audit"


_SCIENTIST = frozenset(
    {
        Permission.READ_FEEDBACK,
        Permission.EXPORT_FEEDBACK,
        Permission.WRITE_NOTE,
        Permission.TAG_FEEDBACK,
        Permission.JOIN_RESEARCH,
    }
)
_ANALYST = _SCIENTIST | {
    Permission.MODERATE_FEEDBACK,
    Permission.MANAGE_TAXONOMY,
    Permission.MANAGE_RULES,
    Permission.IMPORT_FEEDBACK,
    Permission.MANAGE_FORMS,
    Permission.MANAGE_CATALOG,
    Permission.MANAGE_CUSTOMERS,
    Permission.RUN_RESEARCH,
}
_MANAGER = _SCIENTIST | {
    Permission.MODERATE_FEEDBACK,
    Permission.SET_VISIBILITY,
    Permission.RUN_RESEARCH,
    Permission.APPROVE_INCENTIVE,
    Permission.DECIDE_PRIORITY,
    Permission.SET_POLICY,
}

# Each of these opens the whole installation (the mail page shows everybody's password links), so a team's own
# administrator has them not: only ``is_superuser`` does.
INSTALLATION_ONLY = frozenset(
    {
        Permission.VIEW_MAIL,
        Permission.MANAGE_ACCOUNTS,
        Permission.MANAGE_API_KEYS,
        Permission.ERASE_CUSTOMER,
        Permission.VIEW_AUDIT,
    }
)
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SCIENTIST: _SCIENTIST,
    Role.ANALYST: _ANALYST,
    Role.MANAGER: _MANAGER,
    Role.ADMINISTRATOR: frozenset(Permission) - INSTALLATION_ONLY,
}


def may(user: User | AnonymousUser, permission: Permission, *, team: Team | None = None) -> bool:
    """Return whether ``user`` holds ``permission`` in ``team``, or, without one, in any team.

    One query the first time for a user object, none after it.
    """
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or permission in _given_by(roles_in(user, team=team))


def permissions_in(user: User | AnonymousUser, *, team: Team | None) -> frozenset[Permission]:
    """Return everything ``user`` holds in ``team``; without one, what their everywhere role alone gives."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    roles = roles_of(user)
    return _given_by(role for place, role in roles.items() if place in (None, team.pk if team else None))


def roles_in(user: User, *, team: Team | None) -> list[str]:
    """Return the roles that count in ``team``: the everywhere role and the membership; without one, all of them."""
    return [role for place, role in roles_of(user).items() if team is None or place in (None, team.pk)]


def roles_of(user: User) -> dict[int | None, str]:
    """Return the person's role by team id, with the everywhere role under None; it counts in every team.

    Read once per user object (that is, once per request).
    """
    cached: dict[int | None, str] | None = getattr(user, "_roles_by_team", None)
    if cached is None:
        cached = dict(user.memberships.values_list("team_id", "role"))
        if user.everywhere_role:
            cached[None] = user.everywhere_role
        user._roles_by_team = cached  # type: ignore[attr-defined]  # noqa: SLF001 our own cache on our own model
    return cached


def read_roles(users: Iterable[User]) -> None:
    """Have ``roles_of`` know the roles of all ``users``. One query for any number of them."""
    unread = {user.pk: user for user in users if not hasattr(user, "_roles_by_team")}
    roles: dict[int, dict[int | None, str]] = {key: {} for key in unread}
    for user_id, team_id, role in Membership.objects.filter(user__in=unread).values_list("user_id", "team_id", "role"):
        roles[user_id][team_id] = role
    for key, user in unread.items():
        everywhere = {None: user.everywhere_role} if user.everywhere_role else {}
        user._roles_by_team = roles[key] | everywhere  # type: ignore[attr-defined]  # noqa: SLF001 our own cache


def _given_by(roles: Iterable[str]) -> frozenset[Permission]:
    return frozenset[Permission]().union(*(PERMISSIONS[Role(role)] for role in roles))


def teams_where(user: User | AnonymousUser, permission: Permission) -> QuerySet[Team]:
    """Return the teams in which ``user`` holds ``permission``; the administrator of everything has all."""
    if not isinstance(user, User) or not user.is_active:
        return Team.objects.none()
    if user.is_superuser:
        return Team.objects.all()
    held = {place for place, role in roles_of(user).items() if permission in PERMISSIONS[Role(role)]}
    if None in held:
        return Team.objects.all()
    return Team.objects.filter(pk__in=[place for place in held if place is not None])


def require(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[AuthedRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Guard a view: strangers are sent to sign in, people without ``permission`` in any team get 403."""

    def decorate(
        view: Callable[Concatenate[AuthedRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not may(request.user, permission):
                raise PermissionDenied
            return view(cast("AuthedRequest", request), *args, **kwargs)  # signed in, as checked above

        return guarded

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a stranger to sign in and back; htmx is told to load that page, not to put it into this one."""
    answer = redirect_to_login(_page_of(request))
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
    return answer


def _page_of(request: HttpRequest) -> str:
    """Return path and query of the page the person is on: what is posted to cannot be opened afterwards."""
    if request.method in ("GET", "HEAD") and not wants_fragment(request):
        return request.get_full_path()
    try:
        here = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    except ValueError:  # no address at all, like http://[
        return request.get_full_path()
    return here._replace(scheme="", netloc="", fragment="").geturl() or request.get_full_path()
