"""Home: what moved, what waits, the latest voices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from apps.feedback.services.public_forms import create_form
from apps.priorities import fold
from apps.priorities.models import Snapshot
from apps.tagging import services as tagging
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def tell(tag, user, voices: int, **fields) -> None:
    for _ in range(voices):
        feedback = FeedbackFactory(customer=CustomerFactory(), captured_on=timezone.localdate(), **fields)
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    while fold.fold_ledger() or fold.fold_volume_ledger():
        pass


def snapshot(tag, team, rank: int) -> None:
    Snapshot.objects.create(
        tag=tag,
        team=team,
        day=timezone.localdate() - timedelta(days=9),
        policy_version=1,
        rank=rank,
        score=1,
        customer_count=1,
        anonymous_count=0,
        feedback_count=1,
        state="new",
    )


def test_home_shows_how_the_own_teams_queues_moved(client):
    team = TeamFactory()
    user = UserFactory(role=Role.SCIENTIST, team=team)
    first, second = TagFactory(team=team), TagFactory(team=team)
    tell(first, user, 4)
    tell(second, user, 3)
    tell(TagFactory(team=TeamFactory()), user, 3)
    snapshot(first, team, 3)
    snapshot(second, team, 1)
    client.force_login(user)

    (summary,) = client.get("/home/").context["summaries"]

    assert [(moved.entry.tag, moved.climbed) for moved in summary.top] == [(first, 2), (second, -1)]


def test_what_waits_and_the_voices_are_those_of_the_own_products(client):
    team = TeamFactory()
    analyst = UserFactory(role=Role.ANALYST, team=team)
    product = ProductFactory(team=team)
    tell(TagFactory(team=team), analyst, 1, product=product, text="Of ours")
    FeedbackFactory(product=product, state=FeedbackState.HELD)
    FeedbackFactory(product=product, visibility=Visibility.RESTRICTED, text="Secret")
    FeedbackFactory(text="Of others")
    client.force_login(analyst)

    context = client.get("/home/").context

    assert [voice.text for voice in context["voices"]] == ["Of ours"]
    assert (context["held_count"], context["untagged_count"]) == (1, 0)


def test_scientists_are_not_told_of_what_is_held(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert b"held for review" not in client.get("/home/").content


def test_somebody_without_a_team_is_told_whom_to_ask(client):
    client.force_login(UserFactory())

    assert b"You are in no team yet" in client.get("/home/").content


def test_an_administrator_without_a_team_sees_all(client):
    team = TeamFactory()
    client.force_login(AdministratorFactory())

    assert [summary.team for summary in client.get("/home/").context["summaries"]] == [team]


def test_home_refuses_strangers_and_methods(client):
    assert client.get("/home/").status_code == 302
    client.force_login(UserFactory())

    assert client.post("/home/").status_code == 405


@pytest.mark.parametrize("amount", [1, 3])
def test_home_costs_the_same_for_one_tag_and_three(client, amount, django_assert_num_queries):
    team = TeamFactory()
    user = UserFactory(role=Role.ANALYST, team=team)
    product = ProductFactory(team=team)
    for _ in range(amount):
        tell(TagFactory(team=team), user, 3, product=product)
    client.force_login(user)

    # session, person, roles, teams, products; policy, standings, sparklines, snapshot's day; untagged, held,
    # voices, teams of the navigation
    with django_assert_num_queries(13):
        response = client.get("/home/")

    assert len(response.context["summaries"][0].top) == amount


def test_a_new_administrator_is_led_to_a_product_its_form_and_its_address(client):
    client.force_login(AdministratorFactory())
    wanted = ["/admin/accounts/team/add/", "/products/new/", "/forms/new/"]

    def offered() -> list[bool]:
        html = client.get("/home/").content.decode()
        return [f'href="{path}"' in html for path in wanted] + ["/f/aurora/" in html]

    assert offered() == [True, True, False, False]
    team = TeamFactory()
    assert offered() == [False, True, False, False]
    product = ProductFactory(name="Aurora", team=team)
    assert offered() == [False, False, True, False]
    create_form(product=product, title="How is it?")
    assert offered() == [False, False, False, True]
    FeedbackFactory(product=product)
    assert b"To the first feedback" not in client.get("/home/").content
