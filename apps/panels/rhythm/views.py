"""A team's cycles: the list, one cycle with its research and coverage, and what changes them."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require, teams_where
from apps.accounts.selectors import teams_of
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import Cycle
from apps.panels.rhythm import cycles, selectors, services
from apps.panels.rhythm.days import installation_day
from apps.panels.rhythm.forms import CycleForm, PlannedForm, SeriesForm, add_service_errors


@require_safe
@require(Permission.JOIN_RESEARCH)
def cycle_list(request: AuthedRequest) -> HttpResponse:
    """The cycles of one team on a time line; whoever joins research may look at every team's."""
    teams = list(Team.objects.order_by("name"))
    team = _chosen_team(request, teams)
    today = installation_day()
    rows = selectors.cycles_of(team, today=today) if team else []
    context = {
        "teams": teams,
        "team": team,
        "rows": rows,
        "line": selectors.time_line(rows, today=today),
        "can_plan": team is not None and may(request.user, Permission.RUN_RESEARCH, team=team),
    }
    return render(request, "panels/rhythm/cycles.html", context)


def _chosen_team(request: AuthedRequest, teams: list[Team]) -> Team | None:
    """Return the team that the address names, else the person's first, else the first there is."""
    named = request.GET.get("team", "")
    own = {team.pk for team in teams_of(request.user)}
    found = [team for team in teams if team.slug == named] or [team for team in teams if team.pk in own] or teams
    return found[0] if found else None


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def create_cycle(request: AuthedRequest) -> HttpResponse:
    """One cycle of a team in which the person runs research."""
    teams = teams_where(request.user, Permission.RUN_RESEARCH).order_by("name")
    form = CycleForm(request.POST or None, teams=teams, team=_named_team(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        span = cycles.Span(data["name"], data["starts_on"], data["ends_on"])
        try:
            (made,) = services.create_cycles(team=data["team"], spans=[span], goals=data["goals"])
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("“%(cycle)s” is there. Plan what you want to hear in it.") % {"cycle": made})
            return redirect("rhythm:cycle", made.pk)
    return _form_page(request, form, "cycle_new.html")


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def create_series(request: AuthedRequest) -> HttpResponse:
    """Several cycles of one length, one after the other."""
    teams = teams_where(request.user, Permission.RUN_RESEARCH).order_by("name")
    form = SeriesForm(request.POST or None, teams=teams, initial={"team": _named_team(request)})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        team, goals = data.pop("team"), data.pop("goals")
        try:
            services.create_cycles(team=team, spans=cycles.series(**data), goals=goals)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("The cycles are there."))
            return redirect(f"{reverse('rhythm:cycles')}?team={team.slug}")
    return _form_page(request, form, "cycle_series.html")


def _named_team(request: AuthedRequest) -> Team | None:
    return Team.objects.filter(slug=request.GET.get("team", "")).first()


def _form_page(request: AuthedRequest, form: CycleForm | SeriesForm, template: str, **more: object) -> HttpResponse:
    return render(request, f"panels/rhythm/{template}", {"form": form, **more}, status=422 if form.errors else 200)


@require_safe
@require(Permission.JOIN_RESEARCH)
def cycle(request: AuthedRequest, cycle_id: int) -> HttpResponse:
    """One cycle: its goals, the research planned, and which priorities it has heard of."""
    return cycle_answer(request, get_object_or_404(Cycle.objects.select_related("team"), pk=cycle_id))


def cycle_answer(request: AuthedRequest, shown: Cycle, form: PlannedForm | None = None) -> HttpResponse:
    """Return the cycle's page; with a refused ``form`` for planned research in it."""
    context = {
        "cycle": shown,
        "team": shown.team,
        "page": selectors.cycle_page(shown, request.user, today=installation_day()),
        "form": form or PlannedForm(cycle=shown),
        "can_plan": may(request.user, Permission.RUN_RESEARCH, team=shown.team),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "panels/rhythm/cycle.html", context, status=status)


def cycle_to_plan(request: AuthedRequest, cycle_id: int) -> Cycle:
    """Return the cycle if the person runs research in its team; else raise PermissionDenied."""
    found = get_object_or_404(Cycle.objects.select_related("team"), pk=cycle_id)
    if not may(request.user, Permission.RUN_RESEARCH, team=found.team):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def edit_cycle(request: AuthedRequest, cycle_id: int) -> HttpResponse:
    """Rename or move a cycle."""
    shown = cycle_to_plan(request, cycle_id)
    form = CycleForm(request.POST or None, cycle=shown)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_cycle(cycle=shown, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("Saved."))
            return redirect("rhythm:cycle", shown.pk)
    return _form_page(request, form, "cycle_edit.html", cycle=shown, session_count=shown.sessions.count())


@require_POST
@require(Permission.RUN_RESEARCH)
def delete_cycle(request: AuthedRequest, cycle_id: int) -> HttpResponse:
    """Delete a cycle with what was planned in it; its sessions stay."""
    shown = cycle_to_plan(request, cycle_id)
    services.delete_cycle(cycle=shown)
    say_done(request, _("“%(cycle)s” is deleted. Its sessions stay.") % {"cycle": shown})
    return redirect(f"{reverse('rhythm:cycles')}?team={shown.team.slug}")
