"""What the access page says is what the pages do."""

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics")


@pytest.fixture
def rows(team):
    product = ProductFactory(name="Aurora", team=team)
    return {value: FeedbackFactory(product=product, visibility=value) for value in Visibility.values}


def ask(client, person, feedback=""):
    return client.get("/people/access/", {"person": person.pk, "feedback": getattr(feedback, "pk", feedback)})


@pytest.mark.parametrize(
    ("fields", "opened"),
    [
        ({}, [0, 0, 0]),
        ({"role": Role.SCIENTIST}, [1, 0, 0]),
        ({"role": Role.SCIENTIST, "in_team": True}, [1, 1, 0]),
        ({"role": Role.ADMINISTRATOR, "in_team": True}, [1, 1, 1]),
        ({"role": Role.ADMINISTRATOR}, [1, 0, 0]),
        ({"everywhere_role": Role.MANAGER}, [1, 1, 0]),
        ({"is_superuser": True}, [1, 1, 1]),
        ({"is_superuser": True, "is_active": False}, [0, 0, 0]),
    ],
)
def test_counts_and_answers_agree_with_the_pages(client, team, rows, fields, opened):
    if fields.pop("in_team", False):
        fields["team"] = team
    person = UserFactory(**fields)
    client.force_login(AdministratorFactory())

    counts = ask(client, person).context["counts"]
    answers = [ask(client, person, rows[value]).context["answer"][0] for value in Visibility.values]

    assert [[cell[0] for cell in row.cells] for row in counts] == [opened]
    assert [cell[1] for cell in counts[0].cells] == [1, 1, 1]
    assert answers == [bool(number) for number in opened]
    client.force_login(person)
    pages = [client.get(f"/feedback/{rows[value].pk}/").status_code == 200 for value in Visibility.values]
    assert pages == answers


def test_a_person_is_found_by_a_name_that_only_one_has(client):
    ada = UserFactory(name="Ada Lovelace")
    for _ in range(2):
        UserFactory(name="Kim Lee")
    client.force_login(AdministratorFactory())

    found = [client.get("/people/access/", {"person": name}).context["person"] for name in ("ada lovelace", "Kim Lee")]

    assert found == [ada, None]


def test_an_answer_says_why(client, team, rows):
    person = UserFactory(role=Role.MANAGER, team=TeamFactory(name="Lasers"))
    client.force_login(AdministratorFactory())

    is_open, reasons = ask(client, person, rows["team"]).context["answer"]

    assert (is_open, reasons) == (
        False,
        [
            "It is about Aurora, owned by Optics.",
            "Only the owning team may read it, and roles in every team.",
            "No role here: neither a member of this team nor a role in every team.",
        ],
    )


def test_what_is_held_is_told(client, team):
    held = FeedbackFactory(product=ProductFactory(team=team), state=FeedbackState.HELD)
    client.force_login(AdministratorFactory())

    assert ask(client, UserFactory(role=Role.SCIENTIST, team=team), held).context["answer"][0] is False
    assert ask(client, UserFactory(role=Role.MANAGER, team=team), held).context["answer"][0] is True


@pytest.mark.parametrize("number", ["999999", "x", "9" * 30, "\u0661"])
def test_feedback_that_is_not_there(client, team, number):
    client.force_login(AdministratorFactory())

    assert ask(client, UserFactory(), number).context["answer"] == (False, ["There is no feedback of this number."])


@pytest.mark.parametrize("asked", ["", "nobody@example.com", "9" * 40])
def test_nobody_is_no_error(client, asked):
    client.force_login(AdministratorFactory())

    answer = client.get("/people/access/", {"person": asked})

    assert (answer.status_code, answer.context["person"]) == (200, None)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_product_and_three(client, count, team, django_assert_num_queries):
    for _ in range(count):
        FeedbackFactory(product=ProductFactory(team=team))
    person = UserFactory(role=Role.ANALYST, team=team)
    client.force_login(AdministratorFactory())
    ask(client, person)

    with django_assert_num_queries(11):
        ask(client, person)


def test_the_table_of_roles_is_for_those_who_give_them(client, team):
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, team=team))

    answer = client.get("/people/roles/")

    assert answer.status_code == 200
    assert len(answer.context["rows"]) == 24
