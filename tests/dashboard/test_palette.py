"""The command palette: what somebody may jump to, and nothing else."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role, Theme
from apps.accounts.permissions import may
from apps.dashboard import palette
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    OrganisationFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def texts(user, query: str) -> dict[str, list[str]]:
    return {group.title: [entry.text for entry in group.entries] for group in palette.matches(user, query)}


def test_every_word_must_be_held_whatever_its_case():
    team = TeamFactory(name="Confocal imaging")
    user = UserFactory(role=Role.SCIENTIST, team=team)
    TagFactory(name="Imaging speed", team=team)
    TagFactory(name="Speed of export")

    found = texts(user, "SPEED imag")

    assert found["Priorities and tags"] == ["Imaging speed"]
    assert "Queues" not in found


def test_a_priority_leads_to_its_page_and_a_label_to_its_feedback():
    user = UserFactory(role=Role.SCIENTIST)
    TagFactory(name="Drift owned", team=TeamFactory())
    TagFactory(name="Drift label", team=None)

    (group,) = [group for group in palette.matches(user, "drift") if group.title == "Priorities and tags"]

    assert [(entry.text, entry.url) for entry in group.entries] == [
        ("Drift label", "/feedback/?tag=drift-label"),
        ("Drift owned", "/priorities/drift-owned/"),
    ]


def test_nothing_typed_shows_pages_own_teams_and_actions():
    team = TeamFactory(name="Optics")
    TeamFactory(name="Assays")
    user = UserFactory(role=Role.SCIENTIST, team=team)

    found = texts(user, "")

    assert found["Queues"] == ["Queue of Optics"]
    assert found["Actions"] == ["Switch to dark", "Switch to light"]
    assert "Priorities and tags" not in found


def test_pages_of_others_are_not_listed():
    scientist = UserFactory(role=Role.SCIENTIST)
    administrator = AdministratorFactory()

    assert "Pages" not in texts(scientist, "mail outbox")
    assert texts(administrator, "mail outbox")["Pages"] == ["Mail outbox"]


def test_customers_are_found_by_those_who_keep_them_only():
    CustomerFactory(name="Nadia Sorensen", organisation=OrganisationFactory(name="Sorensen Labs"))
    words = "sorensen"

    of_scientist = texts(UserFactory(role=Role.SCIENTIST), words)
    of_analyst = texts(UserFactory(role=Role.ANALYST), words)

    assert not {"Customers", "Organisations"} & set(of_scientist)
    known = {"Customers": ["Nadia Sorensen"], "Organisations": ["Sorensen Labs"]}
    assert {title: names for title, names in of_analyst.items() if title in known} in (
        {},
        known,
    )  # where they have pages


def test_without_a_role_no_team_tag_or_product_is_told():
    TeamFactory(name="Secret team")
    TagFactory(name="Secret tag", team=TeamFactory())
    ProductFactory(name="Secret product")

    assert texts(UserFactory(), "secret") == {}


def test_the_theme_in_force_is_not_offered():
    user = UserFactory(role=Role.SCIENTIST, theme=Theme.DARK)

    assert texts(user, "")["Actions"] == ["Switch to light", "Light or dark as the system"]


def test_words_are_escaped_and_cut():
    user = UserFactory(role=Role.SCIENTIST)

    (group,) = [group for group in palette.matches(user, "<b>&") if group.title == "Search"]

    assert [entry.url for entry in group.entries] == ["/feedback/?q=%3Cb%3E%26"]


def test_the_page_works_without_scripts_and_the_fragment_has_no_frame(client):
    TagFactory(name="Stage drift", team=TeamFactory())
    client.force_login(UserFactory(role=Role.SCIENTIST))

    page = client.get("/palette/", {"q": "drift"}).content.decode()
    fragment = client.get("/palette/", {"q": "drift"}, headers={"HX-Request": "true"}).content.decode()

    assert 'href="/priorities/stage-drift/"' in page
    assert "<html" in page
    assert "<html" not in fragment
    assert fragment.lstrip().startswith('<div id="palette-found"')


def test_the_palette_refuses_strangers_and_methods(client):
    assert client.get("/palette/").status_code == 302
    client.force_login(UserFactory())

    assert client.post("/palette/").status_code == 405


@pytest.mark.parametrize("amount", [1, 3])
def test_the_palette_costs_the_same_for_one_match_and_three(client, amount, django_assert_num_queries):
    for number in range(amount):
        TeamFactory(name=f"Drift team {number}")
        TagFactory(name=f"Drift {number}", team=TeamFactory())
        ProductFactory(name=f"Drift meter {number}")
        CustomerFactory(name=f"Drift Person {number}")
    client.force_login(UserFactory(role=Role.ANALYST))
    client.get("/palette/", headers={"HX-Request": "true"})

    # session, person, roles; teams for queues and for dashboards, views, tags, products, customers, organisations
    with django_assert_num_queries(10):
        client.get("/palette/", {"q": "drift"}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("role", list(Role))
def test_every_page_that_is_offered_opens_for_whom_it_is_offered(client, role):
    user = UserFactory(role=role)
    client.force_login(user)
    permitted = [one for one in palette.PLACES if one.permission is None or may(user, one.permission)]
    addresses = [reverse(one.view_name) for one in permitted]

    refused = [address for address in addresses if client.get(address).status_code in (403, 404)]

    assert (refused, len(addresses) > 8) == ([], True)
