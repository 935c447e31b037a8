"""What a study found: tasks, SUS, problems by participant. Read only of sessions that the reader may open."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.panels import quotes
from apps.panels.models import (
    Participant,
    ParticipantState,
    Problem,
    ProblemSighting,
    ResearchSession,
    SessionNote,
    Study,
    SusAnswer,
    Task,
    TaskOutcome,
    TaskRun,
)
from apps.panels.running import statistics
from apps.panels.running.statistics import Estimate

MOST_NOTES = 500  # of a study, shown by task


@dataclass(frozen=True)
class Person:
    """A participant as the reader may see them: by name, or as P1, P2 and so on."""

    participant: Participant
    number: int
    label: str


@dataclass(frozen=True)
class TaskResult:
    task: Task
    number: int
    success: Estimate  # 0 to 1, of those whose end was noted; with help is no success
    helped_count: int
    time: Estimate  # seconds, of those who succeeded
    errors: Estimate  # of those whose end was noted
    seq: Estimate  # 1 to 7


@dataclass(frozen=True)
class ProblemResult:
    problem: Problem
    number: int
    met_by: frozenset[int]  # ids of participants
    n: int

    @property
    def frequency(self) -> int:
        return len(self.met_by)

    @property
    def share(self) -> float | None:
        return self.frequency / self.n if self.n else None


@dataclass(frozen=True)
class SpokenNote:
    note: SessionNote
    text: str
    speaker: str
    is_hidden: bool


@dataclass(frozen=True)
class StudyResults:
    people: list[Person]
    tasks: list[TaskResult]
    sus: Estimate
    sus_scores: list[tuple[Person, float]]
    problems: list[ProblemResult]
    discovery: Estimate
    session_count: int
    hidden_count: int  # sessions of the study that the reader may not open: counted nowhere here
    names_shown: bool

    @property
    def n(self) -> int:
        return len(self.people)

    @property
    def longest_seconds(self) -> float:
        """Where the scale of the times ends: with the intervals, but at most at four times the longest mean."""
        most = 4 * max((one.time.value or 0.0 for one in self.tasks), default=0.0)
        return min(most, max((one.time.high or one.time.value or 0.0 for one in self.tasks), default=0.0)) or 60.0

    @property
    def most_errors(self) -> float:
        """Where the scale of the errors ends."""
        return max((one.errors.high or one.errors.value or 0.0 for one in self.tasks), default=0.0) or 1.0

    @property
    def discovery_percent(self) -> str:
        return "" if self.discovery.value is None else f"{self.discovery.value * 100:.0f}\u202f%"


def study_results(study: Study, *, user: User) -> StudyResults:
    """Return everything a study found, of the sessions that ``user`` may open. Eight queries."""
    sessions = ResearchSession.objects.visible_to(user).filter(study=study)
    keys = list(sessions.values_list("pk", flat=True))
    hidden = ResearchSession.objects.filter(study=study).count() - len(keys)
    names_shown = may(user, Permission.JOIN_RESEARCH, team=study.team)
    people = _people(keys, names_shown=names_shown)
    by_id = {person.participant.pk: person for person in people}
    problems = _problems(study, by_id)
    answers = SusAnswer.objects.filter(participant__in=by_id).order_by("participant")
    scores = [(by_id[one.participant_id], statistics.sus_score(one.answers)) for one in answers]
    return StudyResults(
        people=people,
        tasks=_tasks(study, by_id),
        sus=statistics.bounded(statistics.mean(score for _person, score in scores), 0, 100),
        sus_scores=scores,
        problems=problems,
        discovery=statistics.discovery([one.frequency for one in problems if one.frequency], len(people)),
        session_count=len(keys),
        hidden_count=hidden,
        names_shown=names_shown,
    )


def _people(session_ids: list[int], *, names_shown: bool) -> list[Person]:
    """Return who was there, or of whom something was measured: P1 is the one of the earliest session."""
    measured = Q(runs__isnull=False) | Q(sus__isnull=False)
    seen = ProblemSighting.objects.filter(participant__session__in=session_ids).values("participant")
    was_there = Q(state=ParticipantState.ATTENDED) | measured | Q(pk__in=seen)
    found = Participant.objects.filter(was_there, session__in=session_ids).select_related("customer").distinct()
    return [
        Person(one, number, str(one.customer) if names_shown else _("P%(number)d") % {"number": number})
        for number, one in enumerate(found.order_by("session__starts_at", "session_id", "pk"), start=1)
    ]


def _tasks(study: Study, people: Iterable[int]) -> list[TaskResult]:
    runs: dict[int, list[TaskRun]] = defaultdict(list)
    for run in TaskRun.objects.filter(task__study=study, participant__in=people):
        runs[run.task_id].append(run)
    tasks = Task.objects.filter(study=study)
    return [_task_result(task, number, runs[task.pk]) for number, task in enumerate(tasks, start=1)]


def _task_result(task: Task, number: int, runs: list[TaskRun]) -> TaskResult:
    ended = [run for run in runs if run.outcome]
    done = [run for run in ended if run.outcome == TaskOutcome.SUCCESS]
    return TaskResult(
        task=task,
        number=number,
        success=statistics.success_rate(len(done), len(ended)),
        helped_count=sum(run.outcome == TaskOutcome.PARTIAL for run in ended),
        time=statistics.task_time(run.seconds for run in done if run.seconds),
        errors=statistics.bounded(statistics.mean(run.errors for run in ended), 0, 999),
        seq=statistics.bounded(statistics.mean(run.seq for run in runs if run.seq), 1, 7),
    )


def _problems(study: Study, people: dict[int, Person]) -> list[ProblemResult]:
    """Return the problems, the severest and then the most frequent first."""
    met: dict[int, set[int]] = defaultdict(set)
    sightings = ProblemSighting.objects.filter(problem__study=study, participant__in=people)
    for problem_id, participant_id in sightings.values_list("problem", "participant"):
        met[problem_id].add(participant_id)
    found = sorted(
        Problem.objects.filter(study=study), key=lambda one: (-one.severity, -len(met[one.pk]), one.title, one.pk)
    )
    return [
        ProblemResult(problem, number, frozenset(met[problem.pk]), len(people))
        for number, problem in enumerate(found, start=1)
    ]


def notes_by_task(study: Study, results: StudyResults, *, user: User) -> list[tuple[Task, list[SpokenNote]]]:
    """Return what was noted at each task, thinking aloud, the newest 500; words without consent are hidden."""
    sessions = ResearchSession.objects.visible_to(user).filter(study=study)
    notes = SessionNote.objects.filter(session__in=sessions, task__study=study, deleted_at=None, erased_at=None)
    rows = list(notes.select_related("speaker__customer").order_by("-at", "-pk")[:MOST_NOTES])[::-1]
    hidden = quotes.hidden_from(user, rows, as_of=timezone.localdate())
    labels = {person.participant.pk: person.label for person in results.people}
    by_task: dict[int, list[SpokenNote]] = defaultdict(list)
    for note in rows:
        text = quotes.hidden_words() if note.pk in hidden else note.text
        speaker = labels.get(note.speaker_id or 0, "")
        by_task[note.task_id or 0].append(SpokenNote(note, text, speaker, note.pk in hidden))
    return [(one.task, by_task[one.task.pk]) for one in results.tasks if by_task[one.task.pk]]
