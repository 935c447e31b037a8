"""GET /api/v1/feedback/."""

from datetime import UTC, date, datetime

import pytest

from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState, Identity
from apps.insight.services import read_feedback
from apps.tagging import services as tagging
from apps.workbench.api import FILTERS
from apps.workbench.browse import plans
from tests.factories import ApiKeyFactory, CustomerFactory, FeedbackFactory, ProductVersionFactory, TagFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/feedback/"


@pytest.fixture
def headers() -> dict[str, str]:
    return ApiKeyFactory(scopes=["feedback:read"])[1]


def test_an_item_says_what_may_be_said_and_no_more(client, headers, product, scientist):
    customer = CustomerFactory(name="Canary Person", email="canary@example.org")
    feedback = FeedbackFactory(
        product=product,
        version=ProductVersionFactory(product=product, name="4.2"),
        customer=customer,
        rating=1,
        text="The pump is terrible and leaks all over the bench.",
        captured_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    read_feedback([feedback.pk])
    tagging.confirm_tag(feedback_id=feedback.pk, tag=TagFactory(name="Leaks"), user=scientist)

    response = client.get(ADDRESS, headers=headers)

    assert response.json() == {
        "results": [
            {
                "id": feedback.pk,
                "text": "The pump is terrible and leaks all over the bench.",
                "product": "aurora",
                "version": "4.2",
                "rating": 1,
                "sentiment": "negative",
                "language": "en",
                "tags": [{"slug": "leaks", "name": "Leaks"}],
                "channel": "api",
                "captured_at": "2026-03-02T12:00:00Z",
                "customer": {"key": str(customer.key), "is_verified": True},
            }
        ],
        "next_cursor": None,
    }
    assert b"anary" not in response.content


def test_a_key_reads_live_feedback_that_all_staff_may_read(client, headers, product, scientist):
    open_to_all = FeedbackFactory(product=product)
    of_the_team = FeedbackFactory(product=product, visibility=Visibility.TEAM)
    FeedbackFactory(product=product, visibility=Visibility.RESTRICTED)
    FeedbackFactory(product=product, state=FeedbackState.SPAM)

    by_key = client.get(ADDRESS, headers=headers).json()["results"]
    client.force_login(scientist)
    by_session = client.get(ADDRESS).json()["results"]

    assert [item["id"] for item in by_key] == [open_to_all.pk]
    assert [item["id"] for item in by_session] == [of_the_team.pk, open_to_all.pk]


def test_filters_and_cursor_walk_the_whole_list(client, headers, product, scientist):
    tag = TagFactory(name="Pump", parent=TagFactory(name="Hardware"))
    made = [FeedbackFactory(product=product).pk for _ in range(3)]
    for feedback_id in made:
        tagging.confirm_tag(feedback_id=feedback_id, tag=tag, user=scientist)
    FeedbackFactory()
    query = "?product=aurora&tag=hardware&limit=2"

    first = client.get(ADDRESS + query, headers=headers).json()
    second = client.get(f"{ADDRESS}{query}&cursor={first['next_cursor']}", headers=headers).json()

    assert [item["id"] for item in first["results"] + second["results"]] == made[::-1]
    assert second["next_cursor"] is None


def test_a_claimed_customer_is_not_verified_and_the_anonymous_is_null(client, headers, product):
    FeedbackFactory(product=product)
    FeedbackFactory(product=product, customer=CustomerFactory(), identity=Identity.CLAIMED)

    items = client.get(ADDRESS, headers=headers).json()["results"]

    assert [item["customer"] and item["customer"]["is_verified"] for item in items] == [False, None]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limit=" + "9" * 5000, "limit"),
        ("cursor=1", "cursor"), ("cursor=" + "1" * 90, "cursor"), ("tag=nope", "tag"),
        ("product=nope", "product"),
        ("product=a%20b", "product"), ("order=-id", "order"), ("q=a&q=b", "q"), ("q=" + "a" * 201, "q"),
        ("text__startswith=a", "text__startswith"), ("customer=1", "customer"), ("organisation=1", "organisation"),
        ("visibility=team", "visibility"), ("rating=6", "rating"), ("since=yesterday", "since"), ("open=1", "open"),
    ],
)  # fmt: skip
def test_a_query_that_is_not_understood_is_told(client, headers, query, field):
    response = client.get(f"{ADDRESS}?{query}", headers=headers)

    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [field]


def test_a_key_has_the_filters_of_the_page(client, headers, product):
    wanted = FeedbackFactory(product=product, rating=1, context={"instrument": "X-200"}, captured_on=date(2026, 3, 2))
    FeedbackFactory(product=product, rating=3, context={"instrument": "X-200"})
    FeedbackFactory(product=product, rating=1, context={"instrument": "X-300"})
    query = "rating=1&rating=2&context=instrument:X-200&since=2026-03-01&until=2026-03-31&tag=untagged&order=oldest"

    answer = client.get(f"{ADDRESS}?{query}", headers=headers).json()

    assert [item["id"] for item in answer["results"]] == [wanted.pk]


def test_what_is_rare_is_searched_for_in_steps(client, headers, product, monkeypatch):
    monkeypatch.setattr(plans, "COLUMN_WALK_ROWS", 2)
    rare = FeedbackFactory(product=product, rating=1)
    for _ in range(3):
        FeedbackFactory(product=product, rating=2)

    first = client.get(f"{ADDRESS}?rating=1", headers=headers).json()
    second = client.get(f"{ADDRESS}?rating=1&cursor={first['next_cursor']}", headers=headers).json()

    assert first["results"] == []
    assert ([item["id"] for item in second["results"]], second["next_cursor"]) == ([rare.pk], None)


def test_every_filter_is_documented(client):
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    parameters = {one["name"]: one for one in schema["paths"]["/api/v1/feedback/"]["get"]["parameters"]}

    assert {*parameters} - {"format"} == {*FILTERS, "cursor", "limit"}
    assert parameters["tag"]["schema"]["type"] == "array"
    assert parameters["q"]["schema"]["type"] == "string"


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_three(client, headers, amount, django_assert_num_queries):
    for _ in range(amount):
        FeedbackFactory(customer=CustomerFactory())

    with django_assert_num_queries(6):  # key, its last use, places, page, taggings, what lies beyond
        response = client.get(ADDRESS, headers=headers)

    assert len(response.json()["results"]) == amount


def test_reading_wants_the_scope(client):
    narrow = ApiKeyFactory(scopes=["feedback:write", "queues:read"])[1]

    assert client.get(ADDRESS).status_code == 401
    assert client.get(ADDRESS, headers=narrow).status_code == 403
    assert client.delete(ADDRESS, headers=narrow).status_code == 405
