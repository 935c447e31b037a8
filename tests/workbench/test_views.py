"""The feedback list and detail: who may see what, filters, pages, bad input."""

from datetime import date

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from apps.insight.services import read_feedback
from apps.tagging import services as tagging
from apps.workbench.browse import reading
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/feedback/"


def ids(response) -> list[int]:
    return [row.feedback.pk for row in response.context["rows"]]


def test_the_list_shows_what_the_reader_may_open_newest_first(client, scientist, product):
    older = FeedbackFactory(product=product, captured_on=date(2026, 3, 1))
    newer = FeedbackFactory(product=product, captured_on=date(2026, 3, 3), visibility=Visibility.TEAM)
    FeedbackFactory(visibility=Visibility.TEAM)
    FeedbackFactory(product=product, visibility=Visibility.RESTRICTED)
    FeedbackFactory(product=product, state=FeedbackState.HELD)
    client.force_login(scientist)

    assert ids(client.get(LIST)) == [newer.pk, older.pk]


def test_strangers_sign_in_and_people_without_a_team_are_refused(client):
    assert client.get(LIST).status_code == 302
    client.force_login(UserFactory())

    assert client.get(LIST).status_code == 403
    assert client.post(LIST).status_code == 405


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_three(client, scientist, product, amount, django_assert_num_queries):
    tag = TagFactory()
    for _ in range(amount):
        feedback = FeedbackFactory(product=product, customer=CustomerFactory())
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=scientist)
    client.force_login(scientist)

    with django_assert_num_queries(13):
        response = client.get(LIST)

    assert len(ids(response)) == amount


def test_filters_narrow_by_product_tag_rating_sentiment_channel_and_day(client, scientist, product):
    parent = TagFactory(name="Hardware")
    child = TagFactory(name="Pump", parent=parent)
    wanted = FeedbackFactory(product=product, text="The pump is terrible and broken.", rating=1)
    other = FeedbackFactory(text="Great, thank you!", rating=5, captured_on=date(2026, 5, 1))
    tagging.confirm_tag(feedback_id=wanted.pk, tag=child, user=scientist)
    read_feedback([wanted.pk, other.pk])
    client.force_login(scientist)

    for query in (
        "product=aurora",
        "tag=hardware",
        "tag=pump",
        "rating=1",
        "sentiment=negative",
        "until=2026-03-02",
        "q=pump",
        "q=pumps+-great",
    ):
        assert ids(client.get(f"{LIST}?{query}")) == [wanted.pk], query
    for query in ("tag=untagged", "since=2026-05-01", "rating=5", "sentiment=positive"):
        assert ids(client.get(f"{LIST}?{query}")) == [other.pk], query
    assert ids(client.get(f"{LIST}?channel=email")) == []


def test_matches_are_marked_and_markup_stays_text(client, scientist, product):
    feedback = FeedbackFactory(product=product, text="<b>pump</b> drips")
    read_feedback([feedback.pk])
    client.force_login(scientist)

    html = client.get(f"{LIST}?q=pump").content.decode()

    assert "&lt;b&gt;<mark>pump</mark>&lt;/b&gt; drips" in html


def test_pages_together_are_the_whole_list(client, scientist, product, monkeypatch):
    monkeypatch.setattr(reading.browse_page, "__defaults__", (None, 2))
    made = [FeedbackFactory(product=product).pk for _ in range(5)]  # all at the same moment
    client.force_login(scientist)

    first = client.get(LIST)
    second = client.get(first.context["older_url"])
    third = client.get(second.context["older_url"])

    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert third.context["older_url"] == ""
    assert (first.context["newest_url"], third.context["newest_url"]) == ("", f"{LIST}?all=1")


def test_the_count_is_told_in_words(client, scientist, product):
    for _ in range(2):
        FeedbackFactory(product=product)
    client.force_login(scientist)

    told = [" ".join(client.get(url).content.decode().split()) for url in (LIST, f"{LIST}?rating=1")]
    assert "<p> 2 pieces of feedback </p>" in told[0]
    assert "<p> 0 pieces of feedback match </p>" in told[1]


def test_only_moderators_filter_by_state(client, scientist, analyst, product):
    held = FeedbackFactory(product=product, state=FeedbackState.HELD, held_reason="Form token missing")
    client.force_login(scientist)
    assert ids(client.get(f"{LIST}?state=held")) == []

    client.force_login(analyst)

    assert ids(client.get(f"{LIST}?state=held")) == [held.pk]


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday", "since=0001-01-01", "until=9999-12-31", "since=10000-01-01", "rating=9",
        "rating=%EF%BC%93",
        "sentiment=x", "channel=%27", "state=gone", "cursor=0-0-0", "cursor=99999999999999999999-1",
        "product=a%20b",
        "tag=%27+OR+1%3D1", "q=" + "a" * 300, "q=%22+%26+%7C+%21+%28", "q=%ED%A0%80", "tag=nope&product=nope",
        "product=a&product=b",
    ],
)  # fmt: skip
def test_bad_filters_are_left_out(client, scientist, product, query):
    FeedbackFactory(product=product)
    client.force_login(scientist)

    assert client.get(f"{LIST}?{query}").status_code == 200


def test_nul_is_refused(client, scientist):
    client.force_login(scientist)

    assert client.get(f"{LIST}?q=%00").status_code == 400


def test_htmx_gets_the_results_alone_and_history_the_page(client, scientist):
    client.force_login(scientist)

    fragment = client.get(LIST, headers={"HX-Request": "true"})
    restored = client.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert fragment.content.strip().startswith(b'<div id="room"')
    assert restored.content.strip().startswith(b"<!DOCTYPE html>")
    assert "HX-Request" in fragment.headers["Vary"]


def test_an_expired_session_sends_htmx_to_sign_in_and_back(client):
    here = "http://testserver/feedback/?q=pump"

    response = client.get(LIST, headers={"HX-Request": "true", "HX-Current-URL": here})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["HX-Redirect"] == "/accounts/login/?next=/feedback/%3Fq%3Dpump"


# --- one feedback -------------------------------------------------------------------------------------------


def detail(feedback) -> str:
    return reverse("workbench:feedback-detail", args=[feedback.pk])


def test_the_detail_shows_words_person_and_other_feedback_of_the_person(client, scientist, product):
    customer = CustomerFactory(name="Lena Haas")
    feedback = FeedbackFactory(product=product, customer=customer, context={"instrument": "AX-4"})
    other = FeedbackFactory(product=product, customer=customer, text="Earlier words")
    FeedbackFactory(customer=customer, text="Not yours to read", visibility=Visibility.TEAM)
    client.force_login(scientist)

    response = client.get(detail(feedback))

    assert list(response.context["others"]) == [other]
    html = response.content.decode()
    assert all(words in html for words in ("Lena Haas", "Verified", "AX-4", "Earlier words"))


@pytest.mark.parametrize("state", [FeedbackState.HELD, FeedbackState.SPAM, FeedbackState.WITHDRAWN])
def test_list_count_and_detail_agree_on_what_a_moderator_may_open(client, analyst, product, state):
    own = FeedbackFactory(product=product, state=state)
    nobodys = FeedbackFactory(state=state)  # its product is of no team: any moderator's
    foreign = FeedbackFactory(product=ProductFactory(team=TeamFactory()), state=state)
    secret = FeedbackFactory(product=product, state=state, visibility=Visibility.RESTRICTED)
    client.force_login(analyst)

    response = client.get(f"{LIST}?state={state}")

    assert ids(response) == [nobodys.pk, own.pk]
    assert response.context["count"].number == 2
    opened = [client.get(detail(one)).status_code for one in (own, nobodys, foreign, secret)]
    assert opened == [200, 200, 404, 404]


def test_foreign_missing_and_enormous_ids_are_answered_alike(client, scientist):
    foreign = FeedbackFactory(visibility=Visibility.TEAM)
    client.force_login(scientist)

    answers = [client.get(f"/feedback/{key}/") for key in (foreign.pk, foreign.pk + 10_000, 10**40)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_held_feedback_opens_to_moderators_of_its_team_only(client, scientist, analyst, product):
    held = FeedbackFactory(product=product, state=FeedbackState.HELD)
    for person, status in ((scientist, 404), (analyst, 200), (UserFactory(role=Role.ANALYST), 404)):
        client.force_login(person)
        assert client.get(detail(held)).status_code == status


def test_the_detail_refuses_strangers_roles_and_methods(client, product):
    feedback = FeedbackFactory(product=product)
    assert client.get(detail(feedback)).status_code == 302
    client.force_login(UserFactory())

    assert client.get(detail(feedback)).status_code == 403
    assert client.delete(detail(feedback)).status_code == 405


def test_erased_words_are_not_shown(client, scientist, product):
    from apps.feedback.services import redact

    feedback = FeedbackFactory(product=ProductFactory(), text="my name is Canary")
    redact([feedback.pk])
    client.force_login(scientist)

    html = client.get(detail(feedback)).content.decode()

    assert "Canary" not in html
    assert "were erased" in html
