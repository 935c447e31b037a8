"""What the live page shows of a usability test beside the notes: one participant's tasks and problems."""

from dataclasses import dataclass
from uuid import uuid4

from apps.panels.models import Participant, Problem, ProblemSighting, ResearchSession, SusAnswer, Task, TaskRun
from apps.panels.running import statistics
from apps.panels.running.selectors import Speaker
from apps.panels.running.usability_forms import RunForm


@dataclass(frozen=True)
class TaskLine:
    task: Task
    number: int
    form: RunForm


@dataclass(frozen=True)
class ProblemLine:
    problem: Problem
    is_seen: bool


@dataclass(frozen=True)
class TaskPanel:
    """One participant at the study's tasks; ``sus_score`` None: not filled in yet."""

    participant: Participant
    name: str
    tasks: list[TaskLine]
    problems: list[ProblemLine]
    sus_score: float | None


def task_panel(session: ResearchSession, speakers: list[Speaker], participant_id: str) -> TaskPanel | None:
    """Return the panel of the participant asked for, else of the first; None without study or people. Four queries."""
    if session.study_id is None or not speakers:
        return None
    chosen = next((one for one in speakers if str(one.participant.pk) == participant_id), speakers[0])
    person = chosen.participant
    runs = {run.task_id: run for run in TaskRun.objects.filter(participant=person)}
    seen = set(ProblemSighting.objects.filter(participant=person).values_list("problem", flat=True))
    answered = SusAnswer.objects.filter(participant=person).first()
    return TaskPanel(
        participant=person,
        name=chosen.name,
        tasks=[
            TaskLine(task, number, _form(session, task, person, runs.get(task.pk)))
            for number, task in enumerate(Task.objects.filter(study=session.study_id), start=1)
        ],
        problems=[
            ProblemLine(problem, problem.pk in seen) for problem in Problem.objects.filter(study=session.study_id)
        ],
        sus_score=statistics.sus_score(answered.answers) if answered else None,
    )


def _form(session: ResearchSession, task: Task, person: Participant, run: TaskRun | None) -> RunForm:
    initial: dict[str, object] = {"task": task.pk, "participant": person.pk, "client_key": uuid4(), "revision": 0}
    if run is not None:
        initial |= run_values(run)
    return RunForm(session=session, initial=initial, auto_id=f"run-{task.pk}-%s")


def run_values(run: TaskRun) -> dict[str, object]:
    """Return a run as its form names it."""
    return {
        "task": run.task_id,
        "participant": run.participant_id,
        "client_key": str(run.client_key),
        "revision": run.revision,
        "started_at": int(run.started_at.timestamp() * 1000) if run.started_at else None,
        "seconds": run.seconds,
        "errors_made": run.errors,
        "outcome": run.outcome,
        "seq": run.seq,
    }


def told_panel(session: ResearchSession) -> dict[str, object]:
    """Return what other note takers wrote of tasks and problems, for pages that ask again and again. Three queries."""
    if session.study_id is None:
        return {}
    runs = TaskRun.objects.filter(participant__session=session)
    seen = ProblemSighting.objects.filter(participant__session=session).order_by("problem", "participant")
    problems = Problem.objects.filter(study=session.study_id)
    return {
        "runs": [run_values(run) for run in runs],
        "problems": [{"id": one.pk, "title": one.title, "severity": one.severity} for one in problems],
        "seen": [list(pair) for pair in seen.values_list("problem", "participant")],
    }
