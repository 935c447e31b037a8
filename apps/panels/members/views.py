"""Pages of panels for staff: the list, one panel, its health, what is asked of its members."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.actions.selectors import actions_of_panel
from apps.panels.members import ballots, health, materials, panels, selectors
from apps.panels.members.forms import BallotForm, MaterialForm, PanelForm
from apps.panels.models import Ballot, Material, Panel, PanelState

FORM = ["GET", "HEAD", "POST"]


@require_safe
@require(Permission.JOIN_RESEARCH)
def panel_list(request: AuthedRequest) -> HttpResponse:
    """Every panel with its health at a glance."""
    return render(
        request, "panels/members/list.html", {"rows": selectors.panel_rows(request.user, as_of=timezone.now())}
    )


@require_http_methods(FORM)
@require(Permission.RUN_RESEARCH)
def create_panel(request: AuthedRequest) -> HttpResponse:
    """A new panel; its page leads on to invitations."""
    form = PanelForm(request.POST or None, user=request.user, initial={"chair": request.user})
    if request.method == "POST" and form.is_valid():
        try:
            panel = panels.create_panel(**form.cleaned_data)
        except ValidationError as error:
            _show_refusal(form, error)
        else:
            messages.success(request, _("“%(panel)s” is there. Now invite its members.") % {"panel": panel})
            return redirect("panels:panel", panel.slug)
    return render(request, "panels/members/create.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@require(Permission.JOIN_RESEARCH)
def panel(request: AuthedRequest, slug: str) -> HttpResponse:
    """One panel: its seats, sessions, votes, materials and actions."""
    return _panel_page(request, _panel_or_404(slug))


def _panel_page(request: AuthedRequest, shown: Panel, *, material_form: MaterialForm | None = None) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    (row,) = selectors.panel_rows(request.user, as_of=now, panels=Panel.objects.filter(pk=shown.pk))
    asked = list(Ballot.objects.filter(panel=shown))
    results = ballots.results_of(asked)
    coming, past = selectors.sessions_of(shown, request.user, as_of=now)
    context = {
        **panel_context(request, shown),
        "row": row,
        "seats": selectors.seats_of(shown, today=today),
        "sees_addresses": may(request.user, Permission.RUN_RESEARCH) or may(request.user, Permission.MANAGE_CUSTOMERS),
        "coming": coming,
        "past": past,
        "ballots": [(one, results[one.pk], ballots.is_open(one, as_of=now)) for one in asked],
        "materials": Material.objects.filter(panel=shown),
        "material_form": material_form or MaterialForm(),
        "actions": actions_of_panel(shown, request.user),
        "today": today,
    }
    status = 422 if material_form is not None else 200
    return render(request, "panels/members/panel.html", context, status=status)


@require_http_methods(FORM)
@require(Permission.RUN_RESEARCH)
def edit_panel(request: AuthedRequest, slug: str) -> HttpResponse:
    """What is said of a panel; its address stays."""
    shown = panel_to_run(request, slug)
    form = PanelForm(request.POST or None, user=request.user, panel=shown)
    if request.method == "POST" and form.is_valid():
        try:
            panels.update_panel(panel=shown, **form.cleaned_data)
        except ValidationError as error:
            _show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("panels:panel", shown.slug)
    context = {**panel_context(request, _panel_or_404(slug)), "form": form}
    return render(request, "panels/members/edit.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.RUN_RESEARCH)
def set_state(request: AuthedRequest, slug: str) -> HttpResponse:
    """Open a panel, or close it: that wants a tick, for open invitations are taken back."""
    shown = panel_to_run(request, slug)
    action = request.POST.get("action") or request.GET.get("action")
    if action == "open":
        panels.open_panel(panel=shown)
        messages.success(request, _("“%(panel)s” is open.") % {"panel": shown})
    elif action == "close":
        if not request.POST.get("is_sure"):
            messages.error(request, _("Tick the box to confirm: open invitations are taken back."))
            return redirect("panels:panel", slug)
        count = panels.close_panel(panel=shown)
        told = ngettext(
            "Closed; %(count)d invitation is taken back.", "Closed; %(count)d invitations are taken back.", count
        )
        undo = f"{reverse('panels:state', args=[slug])}?action=open"
        say_done(request, told % {"count": count} if count else _("Closed."), undo=undo)
    else:
        raise BadRequest("An action is open or close.")
    return redirect("panels:panel", slug)


@require_safe
@require(Permission.JOIN_RESEARCH)
def panel_health(request: AuthedRequest, slug: str) -> HttpResponse:
    """Whom the panel stands for, how active its members are, whose term ends."""
    shown = _panel_or_404(slug)
    found = health.health_of(shown, request.user, today=timezone.localdate())
    context = {**panel_context(request, shown), "health": found, "chart_id": "representation-data"}
    return render(request, "panels/members/health.html", context)


# --- votes and materials ------------------------------------------------------------------------------------------


@require_http_methods(FORM)
@require(Permission.RUN_RESEARCH)
def create_ballot(request: AuthedRequest, slug: str) -> HttpResponse:
    """Put a question to the members."""
    shown = panel_to_run(request, slug)
    form = BallotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ballots.create_ballot(panel=shown, user=request.user, **form.cleaned_data)
        except ValidationError as error:
            _show_refusal(form, error)
        else:
            messages.success(request, _("The vote is on the members' pages."))
            return redirect("panels:panel", slug)
    context = {**panel_context(request, shown), "form": form}
    return render(request, "panels/members/ballot.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.RUN_RESEARCH)
def change_ballot(request: AuthedRequest, slug: str, ballot_id: int) -> HttpResponse:
    """Close a vote, open it again, or show members what came out so far."""
    shown = panel_to_run(request, slug)
    ballot = get_object_or_404(Ballot, pk=ballot_id, panel=shown)
    address = reverse("panels:change-ballot", args=[slug, ballot.pk])
    match request.POST.get("action") or request.GET.get("action"):
        case "close":
            ballots.close_ballot(ballot=ballot)
            say_done(request, _("Closed: members see what came out."), undo=f"{address}?action=reopen")
        case "reopen":
            ballots.reopen_ballot(ballot=ballot)
            messages.success(request, _("Members can vote again."))
        case "show":
            ballots.show_results(ballot=ballot, are_shown=True)
            say_done(request, _("Members see what came out so far."), undo=f"{address}?action=hide")
        case "hide":
            ballots.show_results(ballot=ballot, are_shown=False)
            messages.success(request, _("Members see what came out once it is closed."))
        case _other:
            raise BadRequest("An action is close, reopen, show or hide.")
    return redirect("panels:panel", slug)


@require_POST
@require(Permission.RUN_RESEARCH)
def add_material(request: AuthedRequest, slug: str) -> HttpResponse:
    """Give members something to read."""
    shown = panel_to_run(request, slug)
    form = MaterialForm(request.POST)
    if not form.is_valid():
        return _panel_page(request, shown, material_form=form)
    materials.add_material(panel=shown, **form.cleaned_data)
    messages.success(request, _("Members find it on their page."))
    return redirect("panels:panel", slug)


@require_POST
@require(Permission.RUN_RESEARCH)
def remove_material(request: AuthedRequest, slug: str, material_id: int) -> HttpResponse:
    """Take it away from the members' pages."""
    shown = panel_to_run(request, slug)
    material = get_object_or_404(Material, pk=material_id, panel=shown)
    materials.remove_material(material=material)
    messages.success(request, _("“%(title)s” is removed.") % {"title": material.title})
    return redirect("panels:panel", slug)


# --- what these share ---------------------------------------------------------------------------------------------


def panel_context(request: AuthedRequest, shown: Panel) -> dict[str, object]:
    return {
        "panel": shown,
        "may_run": may(request.user, Permission.RUN_RESEARCH, team=shown.team),
        "may_act": may(request.user, Permission.JOIN_RESEARCH, team=shown.team),
        "is_closed": shown.state == PanelState.CLOSED,
    }


def _panel_or_404(slug: str) -> Panel:
    panels_with_people = Panel.objects.select_related("team", "product", "chair", "sponsor", "onboarding_form")
    return get_object_or_404(panels_with_people, slug=slug)


def panel_to_run(request: AuthedRequest, slug: str) -> Panel:
    shown = _panel_or_404(slug)
    if not may(request.user, Permission.RUN_RESEARCH, team=shown.team):
        raise PermissionDenied
    return shown


def _show_refusal(form: PanelForm | BallotForm, error: ValidationError) -> None:
    for name, told in error.message_dict.items():
        form.add_error(name if name in form.fields else None, told)
