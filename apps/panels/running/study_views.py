"""What a study found, its tasks and its problems: read by who joins research, changed in its team."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.spreadsheet import csv_line
from apps.core.toasts import say_done
from apps.panels.models import Problem, ResearchSession, Study, Task
from apps.panels.running import results, usability
from apps.panels.running.statistics import Estimate
from apps.panels.running.usability_forms import ProblemForm, TaskForm
from apps.panels.running.usability_views import blame


def readable_or_404(user: User, study_id: int) -> Study:
    """Return a study of one's team, or one with a session that one may open."""
    study = get_object_or_404(Study.objects.select_related("team", "product"), pk=study_id)
    sessions = ResearchSession.objects.visible_to(user).filter(study=study)
    if not may(user, Permission.JOIN_RESEARCH, team=study.team) and not sessions.exists():
        raise Http404
    return study


def changeable_or_404(user: User, study_id: int, permission: Permission) -> Study:
    """Return a study that ``user`` may change: 404 where they may not read it, 403 where they may not change it."""
    study = readable_or_404(user, study_id)
    if not may(user, permission, team=study.team):
        raise PermissionDenied
    return study


@never_cache
@require_safe
@require(Permission.JOIN_RESEARCH)
def study(request: AuthedRequest, study_id: int) -> HttpResponse:
    """Tasks, SUS, problems and the notes at each task."""
    return _page(request, readable_or_404(request.user, study_id))


def _page(
    request: AuthedRequest, study: Study, *, task_form: TaskForm | None = None, problem_form: ProblemForm | None = None
) -> HttpResponse:
    found = results.study_results(study, user=request.user)
    is_refused = bool((task_form and task_form.errors) or (problem_form and problem_form.errors))
    context = {
        "study": study,
        "results": found,
        "notes": results.notes_by_task(study, found, user=request.user),
        "sessions": ResearchSession.objects.visible_to(request.user).filter(study=study),
        "task_form": task_form or TaskForm(auto_id="task-%s"),
        "problem_form": problem_form or ProblemForm(auto_id="problem-%s"),
        "may_change": may(request.user, Permission.RUN_RESEARCH, team=study.team),
        "may_join": may(request.user, Permission.JOIN_RESEARCH, team=study.team),
    }
    return render(request, "panels/running/study.html", context, status=422 if is_refused else 200)


@require_POST
@require(Permission.RUN_RESEARCH)
def add_task(request: AuthedRequest, study_id: int) -> HttpResponse:
    """A new task at the end."""
    study = changeable_or_404(request.user, study_id, Permission.RUN_RESEARCH)
    form = TaskForm(request.POST, auto_id="task-%s")
    if form.is_valid():
        try:
            usability.add_task(study=study, **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            say_done(request, _("Task added."))
            return redirect("running:study", study.pk)
    return _page(request, study, task_form=form)


@require_POST
@require(Permission.RUN_RESEARCH)
def change_task(request: AuthedRequest, study_id: int, task_id: int) -> HttpResponse:
    """Change a task, move it ("move": up, down), or delete it while nobody has done it ("delete")."""
    study = changeable_or_404(request.user, study_id, Permission.RUN_RESEARCH)
    task = get_object_or_404(Task.objects.select_related("study"), study=study, pk=task_id)
    if request.POST.get("move") in ("up", "down"):
        usability.move_task(task=task, is_up=request.POST["move"] == "up")
        return redirect("running:study", study.pk)
    if "delete" in request.POST:
        usability.delete_task(task=task)
        say_done(request, _("Task deleted."))
        return redirect("running:study", study.pk)
    form = TaskForm(request.POST, auto_id="task-%s")
    if not form.is_valid():
        return _page(request, study, task_form=form)
    usability.change_task(task=task, **form.cleaned_data)
    say_done(request, _("Saved."))
    return redirect("running:study", study.pk)


@require_POST
@require(Permission.JOIN_RESEARCH)
def add_problem(request: AuthedRequest, study_id: int) -> HttpResponse:
    """A problem nobody is said to have met yet."""
    study = changeable_or_404(request.user, study_id, Permission.JOIN_RESEARCH)
    form = ProblemForm(request.POST, auto_id="problem-%s")
    if form.is_valid():
        try:
            usability.add_problem(study=study, **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            say_done(request, _("Problem added."))
            return redirect("running:study", study.pk)
    return _page(request, study, problem_form=form)


@require_POST
@require(Permission.JOIN_RESEARCH)
def change_problem(request: AuthedRequest, study_id: int, problem_id: int) -> HttpResponse:
    """Change a problem's name or severity; who runs the research may delete it ("delete")."""
    study = changeable_or_404(request.user, study_id, Permission.JOIN_RESEARCH)
    problem = get_object_or_404(Problem.objects.select_related("study"), study=study, pk=problem_id)
    if "delete" in request.POST:
        changeable_or_404(request.user, study_id, Permission.RUN_RESEARCH)
        usability.delete_problem(problem=problem)
        say_done(request, _("Problem deleted."))
        return redirect("running:study", study.pk)
    form = ProblemForm(request.POST, auto_id="problem-%s")
    if form.is_valid():
        try:
            usability.change_problem(problem=problem, **form.cleaned_data)
        except DomainError as error:
            blame(form, error)
        else:
            say_done(request, _("Saved."))
            return redirect("running:study", study.pk)
    return _page(request, study, problem_form=form)


# --- for a spreadsheet ---------------------------------------------------------------------------------------------


@never_cache
@require_safe
@require(Permission.JOIN_RESEARCH)
def tasks_csv(request: AuthedRequest, study_id: int) -> HttpResponse:
    """The tasks' figures with their intervals; an empty cell is no data."""
    study = readable_or_404(request.user, study_id)
    found = results.study_results(study, user=request.user)
    figures = ("success_share", "seconds", "errors", "seq")
    head = ["task", "title", *(f"{name}{part}" for name in figures for part in ("", "_low", "_high", "_n")), "helped"]
    lines = [
        [one.number, one.task.title, *_cells(one.success, one.time, one.errors, one.seq), one.helped_count]
        for one in found.tasks
    ]
    lines.append(["SUS", "", *_cells(found.sus)])
    return _csv(f"study-{study.pk}-tasks.csv", [head, *lines])


def _cells(*estimates: Estimate) -> list[object]:
    rounded = (
        [None if one is None else round(one, 4) for one in estimate[1:]] + [estimate.n] for estimate in estimates
    )
    return [cell for cells in rounded for cell in cells]


@never_cache
@require_safe
@require(Permission.JOIN_RESEARCH)
def problems_csv(request: AuthedRequest, study_id: int) -> HttpResponse:
    """The matrix: a line for each problem, a column for each participant, 1 where they met it."""
    study = readable_or_404(request.user, study_id)
    found = results.study_results(study, user=request.user)
    head = ["problem", "title", "severity", "met_by", "participants", *(person.label for person in found.people)]
    lines = [
        [
            one.number,
            one.problem.title,
            one.problem.severity,
            one.frequency,
            one.n,
            *(int(person.participant.pk in one.met_by) for person in found.people),
        ]
        for one in found.problems
    ]
    return _csv(f"study-{study.pk}-problems.csv", [head, *lines])


def _csv(name: str, lines: Iterable[Iterable[object]]) -> HttpResponse:
    body = "\ufeff" + "".join(csv_line(line) for line in lines)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=disposition)
