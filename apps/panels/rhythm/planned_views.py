"""Research planned in a cycle: what people add, change and drop, and which session is held for what."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import PlannedResearch, ResearchSession, SessionKind
from apps.panels.rhythm import services
from apps.panels.rhythm.forms import PlannedForm, add_service_errors
from apps.panels.rhythm.views import cycle_answer, cycle_to_plan
from apps.tagging.models import Tag


@require_POST
@require(Permission.RUN_RESEARCH)
def plan(request: AuthedRequest, cycle_id: int) -> HttpResponse:
    """Plan research in a cycle."""
    shown = cycle_to_plan(request, cycle_id)
    form = PlannedForm(request.POST, cycle=shown)
    if form.is_valid():
        try:
            services.plan_research(cycle=shown, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("Planned."))
            return redirect("rhythm:cycle", shown.pk)
    return cycle_answer(request, shown, form)


@require_POST
@require(Permission.RUN_RESEARCH)
def plan_for_priority(request: AuthedRequest, cycle_id: int, tag_slug: str) -> HttpResponse:
    """Plan an interview on a priority that no session has heard of, in one press; it can be changed afterwards."""
    shown = cycle_to_plan(request, cycle_id)
    tag = get_object_or_404(Tag, slug=tag_slug, effective_team=shown.team_id)
    planned = PlannedResearch.objects.filter(cycle=shown, tag=tag).first()
    if planned is None:
        question = _("What do customers need of “%(priority)s”?") % {"priority": tag.name}
        services.plan_research(cycle=shown, question=question, kind=SessionKind.INTERVIEW, tag=tag)
    say_done(request, _("Research on “%(priority)s” is planned. Say more precisely what you want to know.") % {
        "priority": tag.name
    })  # fmt: skip
    return redirect("rhythm:cycle", shown.pk)


def _planned_to_change(request: AuthedRequest, planned_id: int) -> PlannedResearch:
    planned = get_object_or_404(PlannedResearch.objects.select_related("cycle", "tag"), pk=planned_id)
    planned.cycle = cycle_to_plan(request, planned.cycle_id)
    return planned


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def edit_planned(request: AuthedRequest, planned_id: int) -> HttpResponse:
    """Change what is planned."""
    planned = _planned_to_change(request, planned_id)
    form = PlannedForm(request.POST or None, cycle=planned.cycle, planned=planned)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_planned(planned=planned, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("Saved."))
            return redirect("rhythm:cycle", planned.cycle_id)
    context = {"form": form, "planned": planned, "cycle": planned.cycle}
    return render(request, "panels/rhythm/planned_edit.html", context, status=422 if form.errors else 200)


@require_POST
@require(Permission.RUN_RESEARCH)
def drop_planned(request: AuthedRequest, planned_id: int) -> HttpResponse:
    """Plan this no more."""
    planned = _planned_to_change(request, planned_id)
    services.drop_planned(planned=planned)
    say_done(request, _("Planned no more. Sessions held for it stay."))
    return redirect("rhythm:cycle", planned.cycle_id)


@require_POST
@require(Permission.RUN_RESEARCH)
def hold_session(request: AuthedRequest, planned_id: int) -> HttpResponse:
    """Say that a session is held for what is planned, or with ``off`` that it is not."""
    planned = _planned_to_change(request, planned_id)
    number = request.POST.get("session", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Http404
    session = get_object_or_404(ResearchSession.objects.visible_to(request.user), pk=int(number))
    if request.POST.get("off"):
        services.hold_no_more_for(planned=planned, session=session)
    else:
        services.hold_for(planned=planned, session=session)
    return redirect("rhythm:cycle", planned.cycle_id)
