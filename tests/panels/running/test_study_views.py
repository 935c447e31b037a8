"""The pages of a usability test: live tasks, SUS, and what the study found, with the files for a spreadsheet."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.panels.models import Problem, ProblemSighting, SusAnswer, Task, TaskRun
from apps.panels.running import usability
from tests.factories import TeamFactory, UserFactory
from tests.panels.running.rows import join, make_session, make_study

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def study(team):
    return make_study(team=team)


@pytest.fixture
def session(team, study):
    return make_session(team=team, study=study)


def signed_in(role, team=None):
    client = Client()
    client.force_login(UserFactory(role=role, team=team) if team else UserFactory(role=role))
    return client


@pytest.fixture
def client(team):
    return signed_in(Role.ANALYST, team)


def run_of(task, participant, **fields):
    return {"client_key": str(uuid4()), "revision": 0, "task": task.pk, "participant": participant.pk, **fields}


def test_tasks_are_made_moved_and_deleted_on_the_page(client, study):
    page = f"/studies/{study.pk}/"

    client.post(f"{page}tasks/", {"title": "One"})
    client.post(f"{page}tasks/", {"title": "Two", "success": "The light is green"})
    two = Task.objects.get(title="Two")
    client.post(f"{page}tasks/{two.pk}/", {"move": "up"})
    client.post(f"{page}tasks/{two.pk}/", {"title": "Second"})
    first = Task.objects.first()
    client.post(f"{page}tasks/{Task.objects.last().pk}/", {"delete": "1"})

    assert (first.title, Task.objects.count()) == ("Second", 1)
    assert "Second" in client.get(page).content.decode()
    assert client.post(f"{page}tasks/", {"title": ""}).status_code == 422


def test_the_live_page_measures_a_task_with_and_without_the_script(client, study, session):
    task, ada = Task.objects.create(study=study, position=1, title="Align the stage"), join(session, name="Ada")
    live = f"/sessions/{session.pk}/live/"

    told = client.post(f"{live}runs/", run_of(task, ada, seconds="41.5", errors_made=1), headers=SCRIPT).json()["run"]
    plain = client.post(f"{live}runs/", run_of(task, ada, seconds="41.5", errors_made=1, outcome="success", revision=1))
    stale = client.post(f"{live}runs/", run_of(task, ada, seconds="9", revision=1), headers=SCRIPT)
    refused = client.post(f"{live}runs/", run_of(task, ada, seconds="-1"))
    heard = client.get(f"{live}notes/").json()["runs"]

    assert (told["revision"], told["seconds"], plain.status_code) == (1, 41.5, 302)
    assert (stale.status_code, stale.json()["run"]["outcome"]) == (409, "success")
    assert (refused.status_code, "Seconds" in refused.content.decode()) == (422, True)
    assert [(run["task"], run["participant"], run["outcome"]) for run in heard] == [(task.pk, ada.pk, "success")]
    page = client.get(live).content.decode()
    assert ("Tasks: Ada" in page, 'value="41.5"' in page) == (True, True)


@pytest.mark.parametrize(
    "bad", [{"seconds": "x"}, {"seconds": "1e400"}, {"seq": "8"}, {"seq": "3.5"}, {"outcome": "won"},
            {"errors_made": "-1"}, {"client_key": ""}, {"task": "999999"}, {"participant": "x"}]
)  # fmt: skip
def test_bad_figures_are_refused_in_a_sentence(client, study, session, bad):
    task = Task.objects.create(study=study, position=1, title="Align")

    answer = client.post(f"/sessions/{session.pk}/live/runs/", run_of(task, join(session)) | bad, headers=SCRIPT)

    assert (answer.status_code, bool(answer.json()["error"]), TaskRun.objects.count()) == (422, True, 0)


def test_problems_are_met_on_the_live_page(client, study, session):
    ada, live = join(session, name="Ada"), f"/sessions/{session.pk}/live/"

    sent = {"title": "Knob not found", "severity": 3, "participant": ada.pk}
    for _ in range(2):
        client.post(f"{live}problems/", sent, headers=SCRIPT)
    problem = Problem.objects.get()
    seen = client.get(f"{live}notes/").json()["seen"]
    client.post(f"{live}sightings/", {"problem": problem.pk, "participant": ada.pk})

    assert seen == [[problem.pk, ada.pk]]
    assert not ProblemSighting.objects.exists()


def test_a_session_without_a_study_has_no_tasks(client, team):
    session = make_session(team=team)

    assert client.post(f"/sessions/{session.pk}/live/runs/").status_code == 404
    assert "Tasks:" not in client.get(f"/sessions/{session.pk}/live/").content.decode()


def test_sus_is_filled_in_and_changed(client, session):
    ada = join(session, name="Ada")
    url = f"/sessions/{session.pk}/live/sus/{ada.pk}/"
    answers = {f"item{number}": 5 if number % 2 else 1 for number in range(1, 11)}

    half = client.post(url, {"item1": 5})
    whole = client.post(url, answers, follow=True)
    again = client.get(url)

    assert (half.status_code, "This field is required" in half.content.decode()) == (422, True)
    assert "SUS: 100 of 100." in whole.content.decode()
    assert SusAnswer.objects.get().answers == [5, 1] * 5
    assert "Filled in already" in again.content.decode()
    assert again.content.decode().count(" checked") == 10
    elsewhere = join(make_session(team=session.team))
    assert client.get(f"/sessions/{session.pk}/live/sus/{elsewhere.pk}/").status_code == 404


def test_an_empty_study_says_what_to_do_and_never_0(client, study):
    page = client.get(f"/studies/{study.pk}/").content.decode()

    for sentence in ("No tasks yet", "No problems yet", "Nobody has filled it in yet"):
        assert sentence in page
    Task.objects.create(study=study, position=1, title="Align")
    assert client.get(f"/studies/{study.pk}/").content.decode().count("no data") == 4


def test_files_for_a_spreadsheet_hold_no_formula(client, study, session):
    ada = join(session, name="=HYPERLINK(1)")
    usability.add_problem(study=study, title="=1+1", severity=3, participant=ada)
    usability.add_task(study=study, title="@SUM(1)", success="")

    problems = client.get(f"/studies/{study.pk}/problems.csv")
    tasks = client.get(f"/studies/{study.pk}/tasks.csv")

    assert problems.content.decode("utf-8-sig").splitlines() == [
        "problem,title,severity,met_by,participants,'=HYPERLINK(1)",
        "1,'=1+1,3,1,1,1",
    ]
    assert "1,'@SUM(1),,,,0,,,,0,,,,0,,,,0,0" in tasks.content.decode("utf-8-sig").splitlines()
    assert problems["Content-Type"] == "text/csv; charset=utf-8"


def test_who_reads_a_study_and_who_changes_it(study, session, team):
    usability.add_problem(study=study, title="One", severity=2, participant=join(session, name="zebra"))
    page = f"/studies/{study.pk}/"
    scientist, elsewhere = signed_in(Role.SCIENTIST, team), signed_in(Role.ANALYST)

    assert "zebra" in scientist.get(page).content.decode()
    for path in (page, f"{page}problems.csv", f"{page}tasks.csv"):
        answer = elsewhere.get(path)
        assert (answer.status_code, b"zebra" in answer.content) == (200, False)
    assert scientist.post(f"{page}tasks/", {"title": "One"}).status_code == 403
    assert {elsewhere.post(f"{page}{kind}/", {"title": "One"}).status_code for kind in ("tasks", "problems")} == {403}
    type(session).objects.update(visibility="team")
    assert elsewhere.get(page).status_code == 404
    assert scientist.get(page).status_code == 200


def test_problems_are_changed_by_note_takers_and_deleted_by_who_runs_the_research(client, study, team):
    problem = usability.add_problem(study=study, title="One", severity=2)
    scientist, url = signed_in(Role.SCIENTIST, team), f"/studies/{study.pk}/problems/{problem.pk}/"

    changed = scientist.post(url, {"title": "Other", "severity": 4})
    refused = scientist.post(url, {"delete": "1"})
    assert (changed.status_code, refused.status_code, Problem.objects.get().severity) == (302, 403, 4)
    client.post(url, {"delete": "1"})

    assert not Problem.objects.exists()


def test_the_number_of_queries_does_not_grow(client, study, session):
    def add():
        task = usability.add_task(study=study, title=f"Task {Task.objects.count()}", success="")
        person = join(session)
        TaskRun.objects.create(task=task, participant=person, client_key=uuid4(), outcome="success", seconds=9)
        usability.add_problem(study=study, title=f"Problem {Problem.objects.count()}", severity=1, participant=person)

    def ask(path):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    paths = (f"/studies/{study.pk}/", f"/sessions/{session.pk}/live/")
    add()
    one = [ask(path) for path in paths]
    add()
    add()

    assert [ask(path) for path in paths] == one
