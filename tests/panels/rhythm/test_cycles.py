"""Cycles: made, moved, deleted, never over each other; and what a cycle has heard."""

from datetime import date
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core.errors import DomainError
from apps.core.models import Change
from apps.panels.models import Cycle, Finding, FindingEvidence, PlannedResearch, SessionState
from apps.panels.rhythm import coverage, services
from apps.panels.rhythm.coverage import Evidence, Heard
from apps.panels.rhythm.cycles import Span
from apps.priorities import fold
from apps.tagging import services as tagging
from tests.factories import FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.rhythm.rows import days_ago, said_in, session_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def analyst(team):
    return UserFactory(role=Role.ANALYST, team=team)


def cycle_of(team, *, since: int = 10, until: int = -10, **fields) -> Cycle:
    """A cycle from ``since`` days ago until ``until`` days ago."""
    starts_on, ends_on = days_ago(since).date(), days_ago(until).date()
    return Cycle.objects.create(team=team, **{"name": "Cycle 7", "starts_on": starts_on, "ends_on": ends_on, **fields})


def fold_all() -> None:
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


SERIES = {
    "pattern": "Cycle {n}", "first_number": "3", "starts_on": "2026-01-05", "weeks": "6", "count": "2", "goals": "Ship."
}  # fmt: skip


def test_a_series_is_made_once_however_often_it_is_pressed(client, team, analyst):
    client.force_login(analyst)
    data = {**SERIES, "team": str(team.pk)}

    first, second = (client.post("/cycles/series/", data) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 422)
    assert "already covers" in second.content.decode()
    assert 'value="Cycle {n}"' in second.content.decode()
    assert list(Cycle.objects.order_by("pk").values_list("name", "starts_on", "ends_on", "goals")) == [
        ("Cycle 3", date(2026, 1, 5), date(2026, 2, 15), "Ship."),
        ("Cycle 4", date(2026, 2, 16), date(2026, 3, 29), "Ship."),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pattern", "Cycle"),
        ("pattern", "\u200b"),
        ("starts_on", "9999-12-31"),
        ("weeks", "0"),
        ("count", "27"),
        ("first_number", "1e9"),
    ],
)
def test_a_bad_series_is_given_back_and_makes_nothing(client, team, analyst, name, value):
    client.force_login(analyst)

    answer = client.post("/cycles/series/", {**SERIES, "team": str(team.pk), name: value})

    assert answer.status_code == 422
    assert name in answer.context["form"].errors or name == "pattern"
    assert not Cycle.objects.exists()


def test_cycles_are_made_only_for_teams_whose_research_one_runs(client, team, analyst):
    other = TeamFactory()
    client.force_login(analyst)

    answer = client.post("/cycles/series/", {**SERIES, "team": str(other.pk)})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["team"])
    assert not Cycle.objects.exists()


def test_no_cycle_lies_over_another_of_its_team(team):
    cycle = cycle_of(team, since=10, until=0)
    later = cycle_of(team, since=-1, until=-9, name="Later")
    touching = Span("Touching", days_ago(20).date(), days_ago(11).date())

    services.create_cycles(team=team, spans=[touching])
    services.create_cycles(team=TeamFactory(), spans=[Span("Another team's", cycle.starts_on, cycle.ends_on)])
    with pytest.raises(ValidationError, match="Later"):
        services.update_cycle(cycle=cycle, name="x", starts_on=cycle.starts_on, ends_on=later.starts_on, goals="")
    services.update_cycle(cycle=cycle, name="Moved", starts_on=cycle.starts_on, ends_on=cycle.ends_on, goals="")

    assert sorted(Cycle.objects.filter(team=team).values_list("name", flat=True)) == ["Later", "Moved", "Touching"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_makes_the_cycle():
    team = TeamFactory()
    outcomes: list[str] = []

    def make(name: str) -> None:
        try:
            services.create_cycles(team=team, spans=[Span(name, date(2026, 1, 5), date(2026, 2, 15))])
            outcomes.append("made")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=make, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["made", "refused", "refused"]
    assert Cycle.objects.count() == 1


def test_a_deleted_cycle_leaves_its_sessions_and_its_history(client, team, analyst):
    cycle = cycle_of(team)
    session = session_of(team, cycle=cycle)
    services.plan_research(cycle=cycle, question="Why?", kind="interview")
    client.force_login(analyst)

    assert b"sessions stay" in client.get(f"/cycles/{cycle.pk}/edit/").content.replace(
        b"session stays", b"sessions stay"
    )
    answer = client.post(f"/cycles/{cycle.pk}/delete/")

    session.refresh_from_db()
    assert (answer.status_code, session.cycle_id, PlannedResearch.objects.count()) == (302, None, 0)
    assert Change.objects.filter(kind="panels.Cycle", action="delete", object_id=cycle.pk).count() == 1
    assert client.post(f"/cycles/{cycle.pk}/delete/").status_code == 404


def test_research_is_planned_once_and_only_for_the_teams_own_priorities(team):
    cycle, tag = cycle_of(team), TagFactory(team=team)
    planned = {"cycle": cycle, "question": "Why?", "kind": "interview", "tag": tag}

    first = services.plan_research(**planned)
    second = services.plan_research(**planned, wanted_sessions=4)

    assert first == second
    assert PlannedResearch.objects.get().wanted_sessions == 4
    with pytest.raises(ValidationError):
        services.plan_research(**{**planned, "tag": TagFactory(team=TeamFactory())})
    Cycle.objects.filter(pk=cycle.pk).delete()
    with pytest.raises(DomainError):
        services.plan_research(**{**planned, "question": "Too late?"})


def test_one_press_plans_research_for_an_uncovered_priority(client, team, analyst):
    cycle, tag = cycle_of(team), TagFactory(team=team, name="Drift")
    client.force_login(analyst)
    path = f"/cycles/{cycle.pk}/plan/{tag.slug}/"

    for _ in range(2):
        assert client.post(path).status_code == 302

    planned = PlannedResearch.objects.get()
    assert (planned.tag, planned.kind, planned.question) == (tag, "interview", "What do customers need of “Drift”?")
    foreign = TagFactory(team=TeamFactory())
    assert client.post(f"/cycles/{cycle.pk}/plan/{foreign.slug}/").status_code == 404


def test_planned_research_counts_the_sessions_held_for_it(client, team, analyst):
    cycle = cycle_of(team)
    planned = services.plan_research(cycle=cycle, question="Why?", kind="interview", wanted_sessions=4)
    done, ahead = session_of(team, days=3), session_of(team, days=-3)
    secret = session_of(team, days=2, title="zebra", visibility=Visibility.RESTRICTED)
    dropped = session_of(team, days=-4, state=SessionState.CANCELLED)
    for session in (done, ahead, secret, dropped):
        services.hold_for(planned=planned, session=session)
    client.force_login(analyst)

    answer = client.get(f"/cycles/{cycle.pk}/")

    (row,) = answer.context["page"].rows
    assert (row.done_count, row.ahead_count, row.hidden_count, row.missing_count) == (2, 1, 1, 1)
    assert b"zebra" not in answer.content
    foreign = session_of(TeamFactory())
    assert client.post(f"/cycles/planned/{planned.pk}/session/", {"session": foreign.pk}).status_code == 409
    assert client.post(f"/cycles/planned/{planned.pk}/session/", {"session": secret.pk}).status_code == 404
    assert client.post(f"/cycles/planned/{planned.pk}/session/", {"session": "9" * 40}).status_code == 404
    client.post(f"/cycles/planned/{planned.pk}/session/", {"session": done.pk, "off": "1"})
    assert not planned.sessions.filter(pk=done.pk).exists()


def test_coverage_tells_sessions_from_other_channels_and_from_silence(team, analyst):
    cycle = cycle_of(team, since=10, until=-10)
    heard, found, otherwise, silent = (TagFactory(team=team) for _ in range(4))
    session = session_of(team, days=5)

    def say(feedback, tag) -> None:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=analyst)

    say(said_in(session, author=analyst), heard)
    say(said_in(session_of(team, days=40), author=analyst), otherwise)  # before the cycle
    say(said_in(session_of(TeamFactory(), days=5), author=analyst), otherwise)  # of another team
    say(said_in(session, author=analyst, visibility=Visibility.RESTRICTED), silent)
    say(FeedbackFactory(product=ProductFactory(team=team), captured_on=days_ago(4).date()), heard)
    finding = Finding.objects.create(team=team, tag=found, title="They guess", text="They do.")
    FindingEvidence.objects.create(finding=finding, session=session)
    FindingEvidence.objects.create(finding=finding, note=session.notes.first())
    withdrawn = Finding.objects.create(team=team, tag=silent, title="No", text="No.", withdrawn_at=timezone.now())
    FindingEvidence.objects.create(finding=withdrawn, session=session)
    fold_all()

    told = coverage.evidence(cycle, [heard.pk, found.pk, otherwise.pk, silent.pk])

    assert told == {
        heard.pk: Evidence(1, 0, 2),
        found.pk: Evidence(0, 1, 0),
        otherwise.pk: Evidence(0, 0, 1),
        silent.pk: Evidence(0, 0, 0),
    }
    assert [one.heard for one in told.values()] == [Heard.SESSIONS, Heard.SESSIONS, Heard.OTHERWISE, Heard.NOT]


@pytest.mark.parametrize("amount", [1, 3])
def test_a_cycle_costs_the_same_for_one_row_and_three(client, team, analyst, amount, django_assert_num_queries):
    cycle = cycle_of(team)
    for number in range(amount):
        tag = TagFactory(team=team)
        planned = services.plan_research(cycle=cycle, question=f"Why {number}?", kind="interview", tag=tag)
        session = session_of(team, days=3)
        services.hold_for(planned=planned, session=session)
        session_of(team, days=2)
        for _ in range(3):
            tagging.confirm_tag(feedback_id=said_in(session, author=analyst).pk, tag=tag, user=analyst)
    fold_all()
    client.force_login(analyst)
    client.get("/cycles/")

    with django_assert_num_queries(16):
        page = client.get(f"/cycles/{cycle.pk}/").context["page"]

    assert (len(page.rows), len(page.loose), len(page.coverage)) == (amount, amount, amount)


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_cycle_and_three(client, team, analyst, amount, django_assert_num_queries):
    for number in range(amount):
        cycle_of(team, since=10 - 30 * number, until=-10 - 30 * number)
    client.force_login(analyst)

    with django_assert_num_queries(7):
        answer = client.get("/cycles/")

    assert [row.state for row in answer.context["rows"]] == ["ahead"] * (amount - 1) + ["running"]


def test_cycles_are_read_by_all_researchers_and_changed_by_the_teams_own(client, team):
    cycle = cycle_of(team)
    assert client.get(f"/cycles/{cycle.pk}/").status_code == 302
    client.force_login(UserFactory(role=Role.ANALYST))

    answer = client.get(f"/cycles/{cycle.pk}/")

    assert (answer.status_code, answer.context["can_plan"]) == (200, False)
    assert client.get(f"/cycles/{cycle.pk}/edit/").status_code == 403
    assert client.post(f"/cycles/{cycle.pk}/delete/").status_code == 403
    assert client.get(f"/cycles/{cycle.pk}/delete/").status_code == 405
    assert client.get("/cycles/9999/").status_code == 404
