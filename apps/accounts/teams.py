"""The teams: the list, and one team with its members, their roles and what it owns."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import holdings, invitations, selectors, services
from apps.accounts.grants import grantable_roles
from apps.accounts.models import Membership, Role, Team, User
from apps.accounts.people_forms import NewMemberForm, TeamForm
from apps.accounts.permissions import Permission, may, require, teams_where
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_PEOPLE)
def teams(request: AuthedRequest) -> HttpResponse:
    """The teams one manages; a post of an administrator of the installation makes one."""
    may_create = may(request.user, Permission.MANAGE_ACCOUNTS)
    if request.method == "POST" and not may_create:
        raise PermissionDenied
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = services.create_team(name=form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error("name", error.message_dict["name"])
        else:
            messages.success(request, _("“%(team)s” is there. Add its people.") % {"team": team})
            return redirect("people:team", team.slug)
    context = {"teams": selectors.counted_teams(request.user), "form": form, "may_create": may_create}
    return render(request, "people/team_list.html", context, status=422 if form.errors else 200)


@require_safe
@require(Permission.MANAGE_PEOPLE)
def team(request: AuthedRequest, slug: str) -> HttpResponse:
    """One team: members with their roles, who waits for an invitation, and what it owns."""
    return _team_page(request, _team_or_404(request, slug))


@require_POST
@require(Permission.MANAGE_PEOPLE)
def rename_team(request: AuthedRequest, slug: str) -> HttpResponse:
    """Rename it; its address stays."""
    shown = _team_or_404(request, slug)
    form = TeamForm(request.POST)
    if form.is_valid():
        try:
            services.rename_team(team=shown, name=form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error("name", error.message_dict["name"])
        else:
            messages.success(request, _("Saved."))
            return redirect("people:team", shown.slug)
    return _team_page(request, shown, rename_form=form)


@require_POST
@require(Permission.MANAGE_PEOPLE)
def add_member(request: AuthedRequest, slug: str) -> HttpResponse:
    """Take somebody with an account into the team, by their address; others are invited."""
    shown = _team_or_404(request, slug)
    form = NewMemberForm(request.POST, giver=request.user, team=shown)
    if form.is_valid():
        person = User.objects.filter(email=form.cleaned_data["email"], is_active=True).first()
        if person is None:
            form.add_error("email", _("Nobody who is active has this address. Invite them instead."))
        elif Membership.objects.filter(user=person, team=shown).exists():
            form.add_error("email", _("They are in the team already. Change the role in the list."))
        else:
            services.set_membership(user=person, team=shown, role=Role(form.cleaned_data["role"]))
            messages.success(request, _("%(person)s is in the team.") % {"person": person})
            return redirect("people:team", shown.slug)
    return _team_page(request, shown, member_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_ACCOUNTS)
def delete_team(request: AuthedRequest, slug: str) -> HttpResponse:
    """Delete a team that holds nothing, after a page that says what it holds."""
    shown = _team_or_404(request, slug)
    error = ""
    if request.method == "POST":
        try:
            services.delete_team(team=shown)
        except DomainError as refused:
            error = str(refused)
        else:
            messages.success(request, _("The team “%(team)s” is gone.") % {"team": shown.name})
            return redirect("people:team-list")
    context = {
        "team": shown,
        "holdings": holdings.of_team(shown),
        "member_count": shown.memberships.count(),
        "error": error,
    }
    return render(request, "people/team_delete.html", context, status=409 if error else 200)


def _team_or_404(request: AuthedRequest, slug: str) -> Team:
    return get_object_or_404(teams_where(request.user, Permission.MANAGE_PEOPLE), slug=slug)


def _team_page(request: AuthedRequest, shown: Team, **bound: object) -> HttpResponse:
    roles = grantable_roles(request.user, shown)
    context = {
        "team": shown,
        "members": shown.memberships.select_related("user").order_by("-user__is_active", "user__name", "user__email"),
        "everywhere": selectors.people_in(shown).exclude(everywhere_role="").exclude(memberships__team=shown),
        "roles": [(role.value, role.label) for role in roles],
        "waiting": invitations.managed_by(request.user).filter(team=shown),
        "holdings": holdings.of_team(shown),
        "may_delete": may(request.user, Permission.MANAGE_ACCOUNTS),
        "rename_form": TeamForm(initial={"name": shown.name}),
        "member_form": NewMemberForm(giver=request.user, team=shown),
        **bound,
    }
    return render(request, "people/team.html", context, status=422 if bound else 200)
