"""Tasks, what was measured at them, SUS and problems: kept once, never overwritten unseen, only of one's own study."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import DomainError
from apps.panels.models import Problem, ProblemSighting, SusAnswer, Task, TaskRun
from apps.panels.running import results, usability
from apps.panels.running.errors import RunChangedError
from apps.panels.running.statistics import NOTHING, Estimate
from apps.panels.running.usability import RunFigures
from tests.factories import TeamFactory, UserFactory
from tests.panels.running.rows import consent, join, make_session, make_study, take_note

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def study(team):
    return make_study(team=team)


@pytest.fixture
def session(team, study):
    return make_session(team=team, study=study)


def make_task(study, title="Align the stage"):
    return usability.add_task(study=study, title=title, success="")


def measure(task, participant, *, key=None, revision=0, **figures):
    return usability.record_run(
        task=task,
        participant=participant,
        client_key=key or uuid4(),
        revision=revision,
        figures=RunFigures(**figures),
    )


def titles(study):
    return list(Task.objects.filter(study=study).values_list("title", flat=True))


def test_tasks_are_added_once_and_change_places(study):
    for title in ("One", "Two", "Three", "Two"):
        make_task(study, title)
    one, _two, three = Task.objects.filter(study=study)

    usability.move_task(task=three, is_up=True)
    usability.move_task(task=one, is_up=True)  # it is the first

    assert titles(study) == ["One", "Three", "Two"]


def test_a_task_that_somebody_did_is_not_deleted(study, session):
    done, idle = make_task(study, "Done"), make_task(study, "Idle")
    measure(done, join(session), outcome="success")

    usability.delete_task(task=idle)
    with pytest.raises(DomainError, match="already"):
        usability.delete_task(task=done)

    assert titles(study) == ["Done"]


def test_a_run_sent_twice_is_kept_once_and_goes_on(study, session):
    task, person, key = make_task(study), join(session), uuid4()
    began = timezone.now() - timedelta(seconds=60)

    for _ in range(2):
        measure(task, person, key=key, started_at=began)
    run = measure(task, person, key=key, revision=1, started_at=began, seconds=42.5, errors=2, outcome="success", seq=6)
    again = measure(
        task, person, key=key, revision=1, started_at=began, seconds=42.5, errors=2, outcome="success", seq=6
    )

    assert (again.pk, again.revision, TaskRun.objects.count()) == (run.pk, 2, 1)
    assert (run.seconds, run.errors, run.outcome, run.seq) == (42.5, 2, "success", 6)


def test_a_start_whose_answer_was_lost_is_gone_on_with(study, session):
    task, person, key = make_task(study), join(session), uuid4()
    began = timezone.now() - timedelta(seconds=60)
    measure(task, person, key=key, started_at=began)

    run = measure(task, person, key=key, revision=0, started_at=began, seconds=30)

    assert (run.seconds, run.revision) == (30, 2)


def test_two_note_takers_overwrite_no_run(study, session):
    task, person = make_task(study), join(session)
    measure(task, person, seconds=10)

    with pytest.raises(RunChangedError) as conflict:
        measure(task, person, seconds=12)

    assert conflict.value.run.seconds == TaskRun.objects.get().seconds == 10


@pytest.mark.parametrize("seconds", [-1, 86_401, float("inf"), float("nan")])
def test_times_that_cannot_be_are_refused(study, session, seconds):
    with pytest.raises(ValidationError):
        measure(make_task(study), join(session), seconds=seconds)


def test_a_time_longer_than_since_its_start_is_refused(study, session):
    began = timezone.now() - timedelta(seconds=20)

    with pytest.raises(ValidationError, match="longer than since"):
        measure(make_task(study), join(session), started_at=began, seconds=40)

    assert not TaskRun.objects.exists()


def test_tasks_and_problems_of_another_study_are_refused(study, session, team):
    elsewhere = make_study(team=team, name="Another")
    person = join(session)
    problem = usability.add_problem(study=elsewhere, title="Other", severity=2)

    with pytest.raises(DomainError):
        measure(make_task(elsewhere), person, seconds=1)
    with pytest.raises(DomainError):
        usability.set_sighting(problem=problem, participant=person, is_seen=True)
    with pytest.raises(DomainError):
        usability.add_problem(study=elsewhere, title="New", severity=2, participant=person)


def test_nothing_is_measured_before_the_start(study, team):
    person = join(make_session(team=team, study=study, state="planned"))

    with pytest.raises(DomainError):
        measure(make_task(study), person, seconds=1)
    with pytest.raises(DomainError):
        usability.save_sus(participant=person, answers=[3] * 10)


def test_sus_is_kept_once_for_each_participant(session):
    person = join(session)

    for answers in ([3] * 10, [5, 1] * 5):
        usability.save_sus(participant=person, answers=answers)

    assert list(SusAnswer.objects.values_list("answers", flat=True)) == [[5, 1] * 5]


def test_a_problem_of_the_same_name_is_the_same(study, session):
    person, other = join(session), join(session)

    first = usability.add_problem(study=study, title="Knob not found", severity=3, participant=person)
    again = usability.add_problem(study=study, title="knob NOT found", severity=1, participant=other)
    usability.set_sighting(problem=first, participant=person, is_seen=True)

    assert (again, Problem.objects.get().severity) == (first, 3)
    assert ProblemSighting.objects.count() == 2
    for _ in range(2):
        usability.set_sighting(problem=first, participant=person, is_seen=False)
    assert list(ProblemSighting.objects.values_list("participant", flat=True)) == [other.pk]


def test_a_problem_keeps_a_name_of_its_own(study):
    one = usability.add_problem(study=study, title="One", severity=2)
    usability.add_problem(study=study, title="Two", severity=2)

    with pytest.raises(DomainError):
        usability.change_problem(problem=one, title="two", severity=2)
    usability.change_problem(problem=one, title="ONE", severity=4)

    assert list(Problem.objects.values_list("title", "severity")) == [("ONE", 4), ("Two", 2)]


# --- what a study found -------------------------------------------------------------------------------------------


def test_a_study_counts_what_was_measured(study, session, team):
    analyst = UserFactory(role=Role.ANALYST, team=team)
    people = [join(session, name=name) for name in ("Ada", "Ben", "Cleo")]
    task, idle = make_task(study), make_task(study, "Never asked")
    for person, seconds, outcome, seq in zip(
        people, (20, 80, 55), ("success", "success", "partial"), (7, 5, None), strict=True
    ):
        measure(task, person, seconds=seconds, outcome=outcome, seq=seq, errors=1)
    usability.save_sus(participant=people[0], answers=[5, 1] * 5)
    for title, severity, met in (("Minor", 1, 3), ("Major", 3, 1), ("Major too", 3, 2), ("Unmet", 4, 0)):
        problem = usability.add_problem(study=study, title=title, severity=severity)
        for person in people[:met]:
            usability.set_sighting(problem=problem, participant=person, is_seen=True)

    found = results.study_results(study, user=analyst)

    assert [person.label for person in found.people] == ["Ada", "Ben", "Cleo"]
    one, other = found.tasks
    assert (one.success.value, one.success.n, one.helped_count) == (pytest.approx(2 / 3), 3, 1)
    assert (one.time.value, one.time.n, one.seq.value, one.seq.n) == (pytest.approx(40), 2, 6, 2)
    assert (other.task, other.success, other.time, other.errors, other.seq) == (idle, *[NOTHING] * 4)
    assert found.sus == Estimate(1, 100.0)
    assert [(one.problem.title, one.frequency, one.n) for one in found.problems] == [
        ("Unmet", 0, 3),
        ("Major too", 2, 3),
        ("Major", 1, 3),
        ("Minor", 3, 3),
    ]
    assert found.discovery.value == pytest.approx(1 - (1 - 2 / 3) ** 3)


def test_what_is_of_a_session_that_one_may_not_open_is_not_counted(study, session, team):
    elsewhere = UserFactory(role=Role.ANALYST)
    hidden = make_session(team=team, study=study, visibility="team")
    task = make_task(study)
    measure(task, join(session, name="Ada"), outcome="success")
    measure(task, join(hidden, name="zebra"), outcome="failure")

    found = results.study_results(study, user=elsewhere)

    assert ([person.label for person in found.people], found.hidden_count, found.names_shown) == (["P1"], 1, False)
    assert (found.tasks[0].success.n, found.tasks[0].success.value) == (1, 1.0)


def test_notes_by_task_hide_what_may_not_be_quoted(study, session, team):
    author, reader = (UserFactory(role=Role.SCIENTIST, team=team) for _ in range(2))
    ada, ben = join(session, name="Ada"), join(session, name="Ben")
    consent(ada.customer)
    task = make_task(study)
    for speaker in (ada, ben):
        take_note(session, author, f"zebra {speaker.customer}", speaker=speaker, is_quote=True, task=task)
    take_note(session, author, "Of no task")

    found = results.study_results(study, user=reader)
    [(of_task, spoken)] = results.notes_by_task(study, found, user=reader)

    assert (of_task, [one.is_hidden for one in spoken]) == (task, [False, True])
    assert [("zebra" in one.text, one.speaker) for one in spoken] == [(True, "Ada"), (False, "Ben")]
