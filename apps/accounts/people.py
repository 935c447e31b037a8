"""The people of the installation: the list, and one person with what may be changed of them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import holdings, second_factors, selectors, services
from apps.accounts.forms import StaffResetPasswordForm
from apps.accounts.models import Role, User
from apps.accounts.people_forms import AddressForm, MembershipForm, NameForm, PeopleFilterForm, StandingForm
from apps.accounts.permissions import Permission, may, require, teams_where
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest

PAGE_SIZE = 50


@require_safe
@require(Permission.MANAGE_PEOPLE)
def people(request: AuthedRequest) -> HttpResponse:
    """Whom the person may look up, by search, team, role and state."""
    form = PeopleFilterForm(request.GET, user=request.user)
    form.is_valid()  # what is not understood is left out
    found = selectors.found_people(request.user, form.cleaned_data)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "has_filters": any(value for name, value in form.cleaned_data.items() if name != "sort"),
        "sort": form.cleaned_data.get("sort") or "name",
    }
    return render(request, "people/list.html", context)


@require_safe
@require(Permission.MANAGE_PEOPLE)
def person(request: AuthedRequest, person_id: int) -> HttpResponse:
    """One person: their roles, and for administrators of the installation their account."""
    return _person_page(request, _person_or_404(request, person_id))


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def rename(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Change the name."""
    shown = _person_or_404(request, person_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _person_page(request, shown, name_form=form)
    services.rename_person(user=shown, name=form.cleaned_data["name"])
    return _done(request, shown, _("Saved."))


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def change_address(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Change the address the person signs in with; asks for a tick, because it ends their sessions."""
    shown = _person_or_404(request, person_id)
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            services.change_address(user=shown, email=form.cleaned_data["email"])
        except ValidationError as error:
            form.add_error("email", error.message_dict["email"])
        else:
            return _done(request, shown, _("The address is changed. The old one was told."))
    shown.refresh_from_db()
    return _person_page(request, shown, address_form=form)


@require_POST
@require(Permission.MANAGE_PEOPLE)
def set_membership(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Give, change or take a role in one team that the giver manages."""
    shown = _person_or_404(request, person_id)
    form = MembershipForm(request.POST, giver=request.user)
    if not form.is_valid():
        return _person_page(request, shown, membership_form=form)
    team, role = form.cleaned_data["team"], form.cleaned_data["role"]
    services.set_membership(user=shown, team=team, role=Role(role) if role else None)
    told = _("%(person)s is %(role)s in %(team)s.") if role else _("%(person)s is no longer in %(team)s.")
    return _done(request, shown, told % {"person": shown, "team": team, "role": Role(role).label if role else ""})


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def set_standing(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Set the role everywhere and the administration of the installation, both or neither."""
    shown = _person_or_404(request, person_id)
    form = StandingForm(request.POST)
    if form.is_valid():
        try:
            _save_standing(shown, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _done(request, shown, _("Saved. It holds from their next page on."))
    return _person_page(request, shown, standing_form=form)


@transaction.atomic
def _save_standing(shown: User, *, everywhere_role: str, is_administrator: bool) -> None:
    services.set_everywhere_role(user=shown, role=Role(everywhere_role) if everywhere_role else None)
    if is_administrator != shown.is_superuser:
        services.set_administrator(user=shown, is_administrator=is_administrator)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.MANAGE_ACCOUNTS)
def deactivate(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Close the account, after a page that lists what the person is responsible for."""
    shown = _person_or_404(request, person_id)
    error = _("You cannot close your own account. Ask another administrator.") if shown == request.user else ""
    if request.method == "POST" and not error:
        try:
            services.set_active(user=shown, is_active=False)
        except DomainError as refused:
            error = str(refused)
        else:
            return _done(request, shown, _("The account is closed, and its sessions have ended."))
    context = {"person": shown, "holdings": holdings.of_person(shown), "error": error}
    return render(request, "people/deactivate.html", context, status=409 if error and request.method == "POST" else 200)


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def reactivate(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Open the account again, with the roles it had."""
    shown = _person_or_404(request, person_id)
    services.set_active(user=shown, is_active=True)
    return _done(request, shown, _("The account is open again, with the roles it had."))


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def send_password_link(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Mail the link with which the person chooses a new password themselves."""
    shown = _person_or_404(request, person_id)
    form = StaffResetPasswordForm({"email": shown.email})
    if not shown.is_active or not form.is_valid():
        messages.error(request, _("No link was sent: the account is closed."))
        return redirect("people:person", shown.pk)
    form.save(request)
    told = _("A link to choose a password is on its way to %(address)s.") % {"address": shown.email}
    return _done(request, shown, told)


@require_POST
@require(Permission.MANAGE_ACCOUNTS)
def reset_factors(request: AuthedRequest, person_id: int) -> HttpResponse:
    """Remove the second factors of somebody who lost them; asks for a tick, because it ends their sessions."""
    shown = _person_or_404(request, person_id)
    if request.POST.get("is_sure") != "1":
        messages.error(request, _("Nothing was changed: tick the box to say that you made sure who is asking."))
        return redirect("people:person", shown.pk)
    count = second_factors.reset_second_factors(user=shown)
    told = _("Their second factors are removed, and they were told.") if count else _("There was none to remove.")
    return _done(request, shown, told)


def _person_or_404(request: AuthedRequest, person_id: int) -> User:
    return get_object_or_404(selectors.people_managed_by(request.user), pk=person_id)


def _done(request: AuthedRequest, shown: User, told: str) -> HttpResponse:
    """Back to the person; to the list where they are no longer among those one manages."""
    messages.success(request, told)
    if selectors.people_managed_by(request.user).filter(pk=shown.pk).exists():
        return redirect("people:person", shown.pk)
    return redirect("people:list")


def _person_page(request: AuthedRequest, shown: User, **bound: Form) -> HttpResponse:
    detailed = selectors.detailed_people(request.user).get(pk=shown.pk)
    context = {
        "person": detailed,
        "other_teams": teams_where(request.user, Permission.MANAGE_PEOPLE).exclude(memberships__user=shown),
        "roles": Role.choices,
        "can_manage_account": may(request.user, Permission.MANAGE_ACCOUNTS),
        "holdings": holdings.of_person(shown),
        "name_form": NameForm(initial={"name": shown.name}),
        "address_form": AddressForm(),
        "standing_form": StandingForm(
            initial={"everywhere_role": shown.everywhere_role, "is_administrator": shown.is_superuser}
        ),
        **bound,
    }
    return render(request, "people/person.html", context, status=422 if bound else 200)
