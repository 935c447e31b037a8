"""The taxonomy with counts."""

import pytest

from apps.priorities import fold
from apps.tagging import services
from apps.workbench.tag_tree import counted_taxonomy
from tests.factories import FeedbackFactory, TagFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_counts_are_direct_and_distinct_over_what_is_below(team, scientist):
    hardware = TagFactory(name="Hardware", team=team)
    pump = TagFactory(name="Pump", parent=hardware)
    praise = TagFactory(name="Praise")
    both = FeedbackFactory()
    for tag in (hardware, pump, praise):
        services.confirm_tag(feedback_id=both.pk, tag=tag, user=scientist)
    services.confirm_tag(feedback_id=FeedbackFactory().pk, tag=pump, user=scientist)
    services.create_rule(tag=pump, phrases=["pump"])
    while fold.fold_ledger():
        pass

    rows = [(row.node.path, row.direct_count, row.with_below_count, row.rule_count) for row in counted_taxonomy()]

    assert rows == [("Hardware", 1, 2, 0), ("Hardware \u203a Pump", 2, 2, 1), ("Praise", 1, 1, 0)]


def test_too_much_to_tell_apart_is_a_sum_and_says_so(client, team, scientist, monkeypatch):
    hardware = TagFactory(name="Hardware", team=team)
    pump = TagFactory(name="Pump", parent=hardware)
    both = FeedbackFactory()
    for tag in (hardware, pump):
        services.confirm_tag(feedback_id=both.pk, tag=tag, user=scientist)
    while fold.fold_ledger():
        pass
    client.force_login(scientist)

    exact = client.get("/tags/")
    monkeypatch.setattr("apps.workbench.tag_tree.DISTINCT_PAIRS_LIMIT", 1)
    summed = client.get("/tags/")

    assert [(row.with_below_count, row.is_at_most) for row in exact.context["nodes"]] == [(1, False), (1, False)]
    assert [(row.with_below_count, row.is_at_most) for row in summed.context["nodes"]] == [(2, True), (1, False)]
    assert b"at most 2" in summed.content and b"at most" not in exact.content  # noqa: PT018 one page each


def test_a_parent_with_nothing_of_its_own_shows_no_bare_nought(client, team, scientist):
    hardware = TagFactory(name="Hardware", team=team)
    TagFactory(name="Pump", parent=hardware)
    client.force_login(scientist)

    html = client.get("/tags/").content.decode()

    assert html.count('<span class="quiet">0</span>') == 1


@pytest.mark.parametrize("amount", [1, 3])
def test_the_tree_costs_the_same_for_one_tag_and_three(client, scientist, amount, django_assert_num_queries):
    for _ in range(amount):
        TagFactory()
    client.force_login(scientist)

    # session, person, roles, tags, standings, cells, rules, teams of the navigation
    with django_assert_num_queries(8):
        response = client.get("/tags/")

    assert len(response.context["nodes"]) == amount


def test_the_tree_refuses_strangers_and_people_without_a_team(client):
    assert client.get("/tags/").status_code == 302
    client.force_login(UserFactory())

    assert client.get("/tags/").status_code == 403
    assert client.post("/tags/").status_code == 405


def test_only_those_who_may_see_the_way_to_a_new_tag(client, scientist, analyst):
    for person, is_offered in ((scientist, False), (analyst, True)):
        client.force_login(person)
        assert (b"/tags/new/" in client.get("/tags/").content) is is_offered
