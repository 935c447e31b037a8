"""Usability tests: tasks of a study, what each participant did at each, SUS, and problems. The one writer of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.panels.models import Participant, Problem, ProblemSighting, Study, SusAnswer, Task, TaskRun
from apps.panels.running import statistics
from apps.panels.running.errors import RunChangedError
from apps.panels.running.services import OPEN_STATES

MOST_TASKS = 50
MOST_PROBLEMS = 500
LONGEST_SECONDS = 24 * 60 * 60.0
CLOCK_SECONDS = 5.0  # by how much a device's clock may run ahead of ours


# --- tasks --------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_task(*, study: Study, title: str, success: str) -> Task:
    """Add a task at the end; one of just this title is there already: a double click. Raises DomainError."""
    _lock(study)
    same = Task.objects.filter(study=study, title=title).first()
    if same is not None:
        return same
    if Task.objects.filter(study=study).count() >= MOST_TASKS:
        raise DomainError(_("A study has at most %(limit)d tasks.") % {"limit": MOST_TASKS})
    last = Task.objects.filter(study=study).aggregate(last=Max("position"))["last"] or 0
    return Task.objects.create(study=study, title=title, success=success, position=last + 1)


@transaction.atomic
def change_task(*, task: Task, title: str, success: str) -> None:
    Task.objects.filter(pk=task.pk).update(title=title, success=success)


@transaction.atomic
def move_task(*, task: Task, is_up: bool) -> None:
    """Change places with the task before or after; at the end nothing happens."""
    _lock(task.study)
    tasks = list(Task.objects.filter(study=task.study))
    at = [one.pk for one in tasks].index(task.pk)
    to = at - 1 if is_up else at + 1
    if not 0 <= to < len(tasks):
        return
    tasks[at], tasks[to] = tasks[to], tasks[at]
    for position, one in enumerate(tasks, start=1):
        one.position = position
    Task.objects.bulk_update(tasks, ["position"])


@transaction.atomic
def delete_task(*, task: Task) -> None:
    """Delete a task nobody has been asked to do yet. Raises DomainError once somebody was."""
    _lock(task.study)
    if TaskRun.objects.filter(task=task).exists():
        raise DomainError(_("Somebody has done this task already. Rename it rather than lose what was measured."))
    Task.objects.filter(pk=task.pk).delete()


# --- a participant at a task --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RunFigures:
    """What was measured: ``seconds`` on task by the note taker's clock, ``seq`` 1 (hard) to 7 (easy)."""

    started_at: datetime | None = None
    seconds: float | None = None
    errors: int = 0
    outcome: str = ""
    seq: int | None = None


@transaction.atomic
def record_run(
    *, task: Task, participant: Participant, client_key: UUID, revision: int, figures: RunFigures
) -> TaskRun:
    """Keep how a participant did at a task, as read at ``revision`` (0: nothing was there). The same again is nothing.

    Raises RunChangedError where somebody else wrote it down since, ValidationError, DomainError.
    """
    participant = Participant.objects.select_for_update(no_key=True, of=("self",)).select_related("session").get(
        pk=participant.pk
    )  # fmt: skip
    _check_place(participant, task.study_id)
    _check_figures(figures)
    run = TaskRun.objects.filter(task=task, participant=participant).first()
    if run is None:
        if TaskRun.objects.filter(client_key=client_key).exists():
            raise DomainError(_("This could not be told from another task. Reload the page and write it down again."))
        return TaskRun.objects.create(task=task, participant=participant, client_key=client_key, **figures.__dict__)
    if all(getattr(run, name) == value for name, value in figures.__dict__.items()):
        return run
    is_own_first = revision == 0 and run.client_key == client_key and run.revision == 1
    if run.revision != revision and not is_own_first:
        raise RunChangedError(run)
    for name, value in figures.__dict__.items():
        setattr(run, name, value)
    run.revision += 1
    run.save(update_fields=[*figures.__dict__, "revision", "updated_at"])
    return run


def _check_figures(figures: RunFigures) -> None:
    seconds = figures.seconds
    if seconds is not None and not (isfinite(seconds) and 0 <= seconds <= LONGEST_SECONDS):
        raise ValidationError({"seconds": _("A task takes from 0 seconds to a day.")})
    if seconds is not None and figures.started_at is not None:
        since = (timezone.now() - figures.started_at).total_seconds()
        if seconds > since + CLOCK_SECONDS:
            raise ValidationError({"seconds": _("That is longer than since the task was started. Look at the clock.")})
    if figures.seq is not None and not 1 <= figures.seq <= 7:
        raise ValidationError({"seq": _("Ease goes from 1 to 7.")})


def _check_place(participant: Participant, study_id: int) -> None:
    if participant.session.study_id != study_id:
        raise DomainError(_("This person does not take part in this study."))
    if participant.session.state not in OPEN_STATES:
        raise DomainError(_("Tasks are written down while a session runs, and after it. Start it first."))


@transaction.atomic
def save_sus(*, participant: Participant, answers: Sequence[int]) -> SusAnswer:
    """Keep a participant's ten answers, in the place of earlier ones. Raises DomainError, ValueError."""
    statistics.sus_score(answers)
    session = participant.session
    if session.state not in OPEN_STATES:
        raise DomainError(_("SUS is filled in while a session runs, and after it. Start it first."))
    kept, _is_new = SusAnswer.objects.update_or_create(
        participant=participant, defaults={"session": session, "answers": list(answers)}
    )
    return kept


# --- problems -----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_problem(
    *, study: Study, title: str, severity: int, participant: Participant | None = None, task: Task | None = None
) -> Problem:
    """Add a problem, met by ``participant``; one of this title is the same one, and keeps its severity."""
    _lock(study)
    problem = Problem.objects.filter(study=study, title__iexact=title).first()
    if problem is None:
        if Problem.objects.filter(study=study).count() >= MOST_PROBLEMS:
            raise DomainError(_("A study has at most %(limit)d problems.") % {"limit": MOST_PROBLEMS})
        problem = Problem.objects.create(study=study, title=title, severity=severity)
    if participant is not None:
        set_sighting(problem=problem, participant=participant, is_seen=True, task=task)
    return problem


@transaction.atomic
def change_problem(*, problem: Problem, title: str, severity: int) -> None:
    """Raises DomainError where another problem of the study is called so."""
    _lock(problem.study)
    if Problem.objects.filter(study=problem.study, title__iexact=title).exclude(pk=problem.pk).exists():
        raise DomainError(_("Another problem of this study is called so. Give this one another name."))
    Problem.objects.filter(pk=problem.pk).update(title=title, severity=severity)


@transaction.atomic
def delete_problem(*, problem: Problem) -> None:
    """Delete a problem with who met it; notes about it stay, without it."""
    Problem.objects.filter(pk=problem.pk).delete()


@transaction.atomic
def set_sighting(*, problem: Problem, participant: Participant, is_seen: bool, task: Task | None = None) -> None:
    """Say whether a participant met a problem. Again changes nothing. Raises DomainError."""
    _check_place(participant, problem.study_id)
    if task is not None and task.study_id != problem.study_id:
        raise DomainError(_("This is of another study."))
    if is_seen:
        ProblemSighting.objects.get_or_create(problem=problem, participant=participant, defaults={"task": task})
    else:
        ProblemSighting.objects.filter(problem=problem, participant=participant).delete()


def _lock(study: Study) -> None:
    Study.objects.select_for_update(no_key=True).only("pk").get(pk=study.pk)
