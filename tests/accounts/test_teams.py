"""The team pages: members, names, and when a team may go."""

from datetime import date

import pytest

from apps.accounts import services
from apps.accounts.errors import TeamInUseError
from apps.accounts.models import Membership, Role, Team
from apps.priorities.models import Snapshot
from tests.answers import same_but_for
from tests.factories import AdministratorFactory, ProductFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def leader(team):
    return UserFactory(name="Lea", role=Role.ADMINISTRATOR, team=team)


def test_the_list_shows_the_teams_one_manages(client, leader):
    TeamFactory(name="Lasers")
    client.force_login(leader)
    assert [team.name for team in client.get("/people/teams/").context["teams"]] == ["Optics"]

    client.force_login(AdministratorFactory())
    assert [team.name for team in client.get("/people/teams/").context["teams"]] == ["Lasers", "Optics"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_team_and_three(client, count, django_assert_num_queries):
    for _ in range(count):
        UserFactory(role=Role.ANALYST)
    client.force_login(AdministratorFactory())
    client.get("/people/teams/")

    with django_assert_num_queries(5):
        assert len(client.get("/people/teams/").context["teams"]) == count


def test_a_team_is_made_once(client):
    client.force_login(AdministratorFactory())

    first, second = (client.post("/people/teams/", {"name": " New "}) for _ in range(2))

    assert (first.status_code, first.url, second.status_code) == (302, "/people/teams/new/", 422)
    assert Team.objects.count() == 1


def test_a_team_is_renamed_and_keeps_its_address(client, leader, team):
    TeamFactory(name="Taken")
    client.force_login(leader)

    answers = [client.post("/people/teams/optics/rename/", {"name": name}) for name in ("Taken", " ", "Light", "Light")]

    assert [answer.status_code for answer in answers] == [422, 422, 302, 302]
    team.refresh_from_db()
    assert (team.name, team.slug) == ("Light", "optics")


def test_somebody_with_an_account_is_added_by_address(client, leader, team):
    person = UserFactory(email="ada@example.com")
    UserFactory(email="gone@example.com", is_active=False)
    client.force_login(leader)

    answers = [
        client.post("/people/teams/optics/members/", {"email": email, "role": role})
        for email, role in (
            ("nobody@example.com", "analyst"),
            ("gone@example.com", "analyst"),
            ("ADA@example.com", "king"),
            ("ADA@example.com", "analyst"),
            ("ada@example.com", "administrator"),
        )
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 302, 422]
    assert list(Membership.objects.filter(user=person).values_list("team", "role")) == [(team.pk, "analyst")]


def test_a_team_page_shows_members_and_what_it_owns(client, leader, team):
    ProductFactory(name="Aurora", team=team)
    ProductFactory(name="Foreign", team=TeamFactory())
    TagFactory(name="Beam", team=team)
    UserFactory(name="Every One", everywhere_role=Role.MANAGER)
    client.force_login(leader)

    answer = client.get("/people/teams/optics/")

    held = [(found.label, found.total, [one.name for one in found.first]) for found in answer.context["holdings"]]
    assert held == [("Products", 1, ["Aurora"]), ("Tags", 1, ["Beam"])]
    assert [person.name for person in answer.context["everywhere"]] == ["Every One"]


def test_kept_history_is_told_in_a_sentence_after_what_can_be_given_away(client, leader, team):
    ProductFactory(name="Aurora", team=team)
    tag = TagFactory(name="Beam", team=team)
    counts = {"customer_count": 3, "anonymous_count": 0, "feedback_count": 3, "state": "new"}
    Snapshot.objects.create(tag=tag, team=team, day=date(2026, 3, 2), policy_version=1, rank=1, score=3.0, **counts)
    client.force_login(leader)

    held = client.get("/people/teams/optics/").context["holdings"]

    assert [(found.label, found.sentence) for found in held] == [
        ("Products", ""),
        ("Tags", ""),
        ("History", "History kept: 1 day"),
    ]


def test_a_member_is_taken_out_by_a_button_of_the_team_page(client, leader, team):
    person = UserFactory(role=Role.ANALYST, team=team)
    client.force_login(leader)

    html = client.get("/people/teams/optics/").content.decode()
    client.post(f"/people/{person.pk}/membership/", {"team": "optics", "role": ""})

    assert html.count('name="role" value="" aria-label="Take ') == 2  # of both who are in it
    assert '<option value="">' not in html
    assert not Membership.objects.filter(user=person).exists()


def test_a_team_that_holds_anything_stays_and_says_what(client, team):
    UserFactory(role=Role.ANALYST, team=team)
    product = ProductFactory(team=team)
    client.force_login(AdministratorFactory())

    asked = client.get("/people/teams/optics/delete/").content.decode()
    assert "Optics cannot be deleted" in asked
    assert "Delete Optics?" not in asked
    assert asked.count("It has 1 member: take them out first.") == 1
    assert asked.count("give them to another team first.") == 1
    refused = client.post("/people/teams/optics/delete/")

    assert refused.status_code == 409
    assert b"Products (1), Members (1)" in refused.content
    product.delete()
    services.set_membership(user=Membership.objects.get().user, team=team, role=None)
    assert [client.post("/people/teams/optics/delete/").status_code for _ in range(2)] == [302, 404]
    assert not Team.objects.exists()


def test_a_team_with_a_tag_is_not_deleted_by_the_service_either(team):
    TagFactory(team=team)

    with pytest.raises(TeamInUseError):
        services.delete_team(team=team)


def test_foreign_and_missing_teams_are_answered_alike(client, leader):
    TeamFactory(name="Lasers", slug="lasers")
    client.force_login(leader)

    foreign, missing = (client.get(f"/people/teams/{slug}/") for slug in ("lasers", "masers"))

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert same_but_for(foreign.content, "lasers") == same_but_for(missing.content, "masers")
