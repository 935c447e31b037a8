"""What a person may do and why, in words: the table of roles, and one person's part of it by team."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import INSTALLATION_ONLY, PERMISSIONS, Permission, permissions_in, require, roles_of
from apps.accounts.scopes import SCOPES, SESSION_PERMISSIONS
from apps.core.http import AuthedRequest

WORDS = {
    Permission.READ_FEEDBACK: _("Read feedback, tags and queues"),
    Permission.EXPORT_FEEDBACK: _("Export the feedback they may read"),
    Permission.WRITE_NOTE: _("Write notes among staff"),
    Permission.TAG_FEEDBACK: _("Tag feedback"),
    Permission.MODERATE_FEEDBACK: _("Review what is held, mark spam"),
    Permission.SET_VISIBILITY: _("Set who reads a piece of feedback"),
    Permission.MANAGE_TAXONOMY: _("Make, change and move tags"),
    Permission.MANAGE_RULES: _("Make and run rules that tag"),
    Permission.IMPORT_FEEDBACK: _("Import feedback"),
    Permission.MANAGE_FORMS: _("Make and close public forms"),
    Permission.MANAGE_INTEGRATIONS: _("Set up mailboxes and webhooks, and read what came by them"),
    Permission.MANAGE_CATALOG: _("Make products and versions"),
    Permission.MANAGE_CUSTOMERS: _("Keep customers, organisations and segments"),
    Permission.RUN_RESEARCH: _("Run panels, research sessions and workshops"),
    Permission.JOIN_RESEARCH: _("Join sessions, take notes, write findings"),
    Permission.APPROVE_INCENTIVE: _("Approve what participants get for their time"),
    Permission.DECIDE_PRIORITY: _("Decide about priorities"),
    Permission.SET_POLICY: _("Set how the queue is ranked"),
    Permission.MANAGE_PEOPLE: _("Invite people into the team and set their roles"),
    Permission.VIEW_MAIL: _("Read the mail outbox"),
    Permission.MANAGE_ACCOUNTS: _("Change accounts, roles everywhere, administrators"),
    Permission.MANAGE_API_KEYS: _("Make and revoke API keys"),
    Permission.ERASE_CUSTOMER: _("Erase a customer for good"),
    Permission.VIEW_AUDIT: _("Read who changed what"),
}


class Standing(NamedTuple):
    """What one person holds in one team (None: wherever no team is named), and by what."""

    team: Team | None
    reasons: list[str]
    permissions: list[str]  # in words, in the order of the table


def standings_of(person: User) -> list[Standing]:
    """Return the person's standing in every team, by name; without any team, what counts everywhere. Two queries."""
    teams: list[Team | None] = [*Team.objects.all()]
    return [_standing(person, team) for team in teams or [None]]


def _standing(person: User, team: Team | None) -> Standing:
    held = permissions_in(person, team=team)
    return Standing(team, reasons(person, team), [str(words(one)) for one in Permission if one in held])


def words(permission: Permission) -> str:
    return str(WORDS.get(permission, permission.value))


def reasons(person: User, team: Team | None) -> list[str]:
    """Return by what ``person`` holds anything in ``team``, a sentence each; why nothing, where it is nothing."""
    if not person.is_active:
        return [gettext("The account is deactivated: nothing is allowed.")]
    if person.is_superuser:
        return [gettext("Administrator of the whole installation: everything is allowed.")]
    found = []
    roles = roles_of(person)
    if team is not None and team.pk in roles:
        found.append(gettext("Member of the team: %(role)s.") % {"role": Role(roles[team.pk]).label})
    if None in roles:
        found.append(gettext("Role in every team: %(role)s.") % {"role": Role(roles[None]).label})
    return found or [gettext("No role here: neither a member of this team nor a role in every team.")]


@require_safe
@require(Permission.MANAGE_PEOPLE)
def role_table(request: AuthedRequest) -> HttpResponse:
    """The whole table of roles, as the code reads it, and what API keys may do."""
    rows = [(words(one), [one in PERMISSIONS[role] for role in Role], one in INSTALLATION_ONLY) for one in Permission]
    scopes = [
        (scope.value, label, words(SESSION_PERMISSIONS[scope]) if scope in SESSION_PERMISSIONS else "")
        for scope, label in SCOPES.items()
    ]
    return render(request, "people/roles.html", {"roles": Role.choices, "rows": rows, "scopes": scopes})
