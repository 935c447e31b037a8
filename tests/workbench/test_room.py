"""The reading room: a feedback beside its list, chips, facets, views, and what is told of what was read."""

from datetime import date

import pytest
from django.urls import reverse

from apps.catalog.models import Visibility
from apps.insight.services import read_feedback
from apps.tagging import services as tagging
from apps.workbench.room import room, saved_views
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    TagFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/feedback/"


def ids(response) -> list[int]:
    return [row.feedback.pk for row in response.context["rows"]]


def detail(feedback) -> str:
    return reverse("workbench:feedback-detail", args=[feedback.pk])


def test_a_row_opens_beside_the_list_and_alone_for_htmx(client, scientist, product):
    first = FeedbackFactory(product=product, text="The first words", captured_on=date(2026, 3, 3))
    second = FeedbackFactory(product=product, text="The second words", captured_on=date(2026, 3, 2))
    client.force_login(scientist)

    page = client.get(f"{LIST}?product=aurora&open={first.pk}")
    pane = client.get(
        f"{LIST}?product=aurora&open={first.pk}", headers={"HX-Request": "true", "HX-Target": "room-detail"}
    )

    html = page.content.decode()
    assert [row.is_open for row in page.context["rows"]] == [True, False]
    assert page.context["rows"][1].url == f"{LIST}?product=aurora&open={second.pk}#f-{second.pk}"
    assert (page.context["previous_url"], page.context["next_url"]) == (
        "",
        f"{LIST}?product=aurora&open={second.pk}",
    )
    assert html.count('aria-current="true">The first words') == 1
    assert pane.content.strip().startswith(b'<section id="room-detail"')
    assert b"The second words" not in pane.content.split(b"Around the same time")[0]
    assert {"HX-Request", "HX-Target"} <= set(pane.headers["Vary"].split(", "))


@pytest.mark.parametrize("amount", [2, 4])
def test_the_pane_costs_the_same_whatever_stands_around(client, scientist, product, amount, django_assert_num_queries):
    customer = CustomerFactory()
    made = [FeedbackFactory(product=product, customer=customer) for _ in range(amount)]
    for one in made:
        tagging.confirm_tag(feedback_id=one.pk, tag=TagFactory(), user=scientist)
    client.force_login(scientist)

    with django_assert_num_queries(19):
        client.get(f"{LIST}?open={made[0].pk}", headers={"HX-Request": "true", "HX-Target": "room-detail"})


def test_what_is_gone_and_what_is_not_ones_own_look_alike_in_the_pane(client, scientist):
    foreign = FeedbackFactory(visibility=Visibility.TEAM, text="Canary")
    client.force_login(scientist)

    answers = [client.get(f"{LIST}?open={key}") for key in (foreign.pk, foreign.pk + 10_000)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(answer.context["is_gone"] and b"Canary" not in answer.content for answer in answers)


@pytest.mark.parametrize("key", ["0", "x", "-1", "9" * 40, "%EF%BC%93"])
def test_an_id_that_is_none_opens_nothing(client, scientist, product, key):
    FeedbackFactory(product=product)
    client.force_login(scientist)

    response = client.get(f"{LIST}?open={key}&view={key}")

    assert response.status_code == 200
    assert (response.context["place"].open_id, response.context["view"]) == (None, None)


def test_chips_say_what_is_in_force_and_each_drops_one(client, scientist, product):
    TagFactory(name="Pump")
    organisation = OrganisationFactory(name="Uni Basel")
    FeedbackFactory(product=product, customer=CustomerFactory(organisation=organisation))
    client.force_login(scientist)

    response = client.get(
        f"{LIST}?q=leak&product=aurora&tag=pump&tag=untagged&organisation={organisation.pk}"
        "&context=instrument:AX-4&since=2026-03-01&order=oldest"
    )

    shown = response.context["chips"]
    assert [(chip.label, chip.value) for chip, _ in shown] == [
        ("Words", "leak"),
        ("Product", "Aurora"),
        ("Tag", "Pump"),
        ("Tag", "Untagged"),
        ("Organisation", "Uni Basel"),
        ("instrument", "AX-4"),
        ("From", "1 March 2026"),
    ]
    assert all("order=oldest" in url for _, url in shown)
    assert "tag=pump&" not in shown[2][1]
    assert "tag=untagged" in shown[2][1]


def test_a_chip_names_no_customer_whom_one_may_not_read(client, scientist):
    organisation = OrganisationFactory(name="Canary Ltd")
    customer = CustomerFactory(name="Canary", organisation=organisation)
    FeedbackFactory(customer=customer, visibility=Visibility.TEAM)
    client.force_login(scientist)

    html = client.get(f"{LIST}?customer={customer.pk}&organisation={organisation.pk}").content.decode()

    assert "Canary" not in html


def test_an_empty_list_offers_the_filter_that_hides_most(client, scientist, product):
    for _ in range(2):
        FeedbackFactory(product=product, rating=1)
    FeedbackFactory(product=product, rating=5, channel="email")
    client.force_login(scientist)

    ways = client.get(f"{LIST}?rating=1&channel=email").context["ways_out"]

    assert [(words, str(found), url) for words, found, url in ways] == [
        ("Channel E-mail", "2", f"{LIST}?rating=1"),
        ("Rating 1", "1", f"{LIST}?channel=email"),
    ]


def test_a_match_far_in_is_brought_to_the_front():
    text = "calm words " * 40 + "the pump leaks " + "and so on " * 100

    shown = room.excerpt(text, "pump")

    assert (shown.starts_late, shown.ends_early) == (True, True)
    assert "".join(segment.text for segment in shown.segments).index("pump") < room.LEAD_CHARACTERS
    assert room.excerpt("short pump", "pump")[1:] == (False, False)


def test_facets_lead_back_to_the_room(client, scientist, product):
    FeedbackFactory(product=product, rating=1)
    FeedbackFactory(product=product, rating=1)
    FeedbackFactory(rating=5, visibility=Visibility.TEAM)  # not the scientist's
    client.force_login(scientist)
    url = "/feedback/facets/?product=aurora"

    fragment = client.get(url, headers={"HX-Request": "true"})
    page = client.get(url)

    ratings = next(one for one in fragment.context["shown_facets"] if one.facet.key == "rating")
    assert [(one.option.value, one.option.count, one.url) for one in ratings.options] == [
        ("1", 2, f"{LIST}?product=aurora&rating=1")
    ]
    assert fragment.content.strip().startswith(b'<div class="facet-groups"')
    assert page.content.strip().startswith(b"<!DOCTYPE html>")
    assert client.post(url).status_code == 405
    client.force_login(UserFactory())
    assert client.get(url).status_code == 403


def test_the_room_opens_in_the_default_view_until_all_is_asked_for(client, scientist, product):
    view = saved_views.save_view(owner=scientist, name="Bad ones", query="rating=1")
    saved_views.set_default_view(scientist, view)
    client.force_login(scientist)

    assert client.get(LIST).headers["Location"] == f"{LIST}?view={view.pk}&rating=1"
    assert client.get(f"{LIST}?all=1").status_code == 200
    response = client.get(f"{LIST}?view={view.pk}&rating=1&channel=email")
    assert (response.context["view"], response.context["is_view_changed"]) == (view, True)

    saved_views.delete_view(view)
    assert client.get(LIST).status_code == 200


def test_a_view_that_names_what_is_gone_says_so(client, scientist):
    view = saved_views.save_view(owner=scientist, name="Old", query="product=gone&rating=1")
    client.force_login(scientist)

    html = client.get(f"{LIST}?view={view.pk}&{view.query}").content.decode()

    assert "This view asks for something that is no longer there." in html
    assert "There is no “gone” any more" in html


def test_only_moderators_are_shown_what_waits(client, scientist, analyst):
    client.force_login(scientist)
    assert b"Held for review" not in client.get(LIST).content

    client.force_login(analyst)
    assert b"?state=held" in client.get(LIST).content


def test_rating_and_words_that_disagree_are_told(client, scientist, product):
    torn = FeedbackFactory(product=product, text="Terrible, it broke again.", rating=5)
    agreed = FeedbackFactory(product=product, text="Terrible, it broke again.", rating=1)
    read_feedback([torn.pk, agreed.pk])
    client.force_login(scientist)

    told = ["Rating and words disagree" in client.get(detail(one)).content.decode() for one in (torn, agreed)]

    assert told == [True, False]


def test_each_circumstance_leads_to_all_that_shares_it(client, scientist, product):
    feedback = FeedbackFactory(product=product, context={"instrument": "AX-4"})
    FeedbackFactory(product=product, context={"instrument": "BX-1"})
    client.force_login(scientist)

    facts = client.get(detail(feedback)).context["circumstances"]

    assert [(fact.label, fact.value) for fact in facts] == [("instrument", "AX-4")]
    assert ids(client.get(f"{LIST}?{facts[0].query}")) == [feedback.pk]


def test_moderating_in_the_pane_comes_back_to_the_pane_and_nowhere_else(client, analyst, product):
    feedback = FeedbackFactory(product=product)
    client.force_login(analyst)
    url = reverse("workbench:moderate-feedback", args=[feedback.pk])
    here = f"{LIST}?product=aurora&open={feedback.pk}"

    answers = [
        client.post(url, {"action": "hold", "next": place}).headers["Location"]
        for place in (here, "https://evil.example/feedback/?x", "//evil.example", "")
    ]

    assert answers == [here, detail(feedback), detail(feedback), detail(feedback)]


def test_rail_and_face_of_a_row_are_those_of_the_rating_and_of_the_words_only_without_one(client, scientist, product):
    rated = FeedbackFactory(product=product, text="Terrible, broken, awful", rating=5)
    unrated = FeedbackFactory(product=product, text="Terrible, broken, awful, useless")
    read_feedback([rated.pk, unrated.pk])
    client.force_login(scientist)

    html = client.get(f"{LIST}?product=aurora").content.decode()

    rows = [html.split(f' id="f-{one.pk}"')[0].rpartition("<li ")[2] for one in (rated, unrated)]
    assert rows == ['class="item item-positive"', 'class="item item-negative"']
    assert html.count('<span class="visually-hidden">Negative</span>') == 1
