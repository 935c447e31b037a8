"""GET of products, tags and one feedback, by API."""

import pytest

from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from tests.factories import (
    ApiKeyFactory,
    FeedbackFactory,
    ProductFactory,
    ProductVersionFactory,
    TagFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def headers() -> dict[str, str]:
    return ApiKeyFactory(scopes=["feedback:read"])[1]


def test_products_come_with_their_versions(client, headers):
    product = ProductFactory(name="Aurora", slug="aurora", team=TeamFactory(slug="optics"))
    version = ProductVersionFactory(product=product, name="4.2")

    assert client.get("/api/v1/products/", headers=headers).json() == {
        "results": [
            {
                "slug": "aurora",
                "name": "Aurora",
                "description": "",
                "team": "optics",
                "is_archived": False,
                "versions": [{"id": version.pk, "name": "4.2", "released_on": None}],
            }
        ],
        "next_cursor": None,
    }


def test_tags_come_with_their_place_in_the_tree(client, headers):
    hardware = TagFactory(name="Hardware", team=TeamFactory(slug="optics"))
    TagFactory(name="Pump", parent=hardware)

    answer = client.get("/api/v1/tags/", headers=headers).json()

    assert [(tag["slug"], tag["parent"], tag["team"]) for tag in answer["results"]] == [
        ("hardware", None, "optics"),
        ("pump", "hardware", "optics"),
    ]


@pytest.mark.parametrize("kind", ["products", "tags"])
def test_pages_hold_everything_once_while_rows_come_in(client, headers, kind):
    make = {"products": lambda name: ProductFactory(name=name, slug=name), "tags": lambda name: TagFactory(name=name)}
    for letter in "edcba":
        make[kind](letter)

    found, cursor = [], ""
    while True:
        page = client.get(f"/api/v1/{kind}/?limit=2{cursor}", headers=headers).json()
        found += [row["slug"] for row in page["results"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        make[kind](f"a{len(found)}")  # before what is still to come

    assert found == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("kind", ["products", "tags"])
@pytest.mark.parametrize(
    ("query", "parameter"),
    [("limit=101", "limit"), ("limit=-1", "limit"), ("cursor=%27", "cursor"), ("page=2", "page"),
     ("limit=1&limit=2", "limit")],
)  # fmt: skip
def test_a_query_that_is_not_understood_is_told(client, headers, kind, query, parameter):
    answer = client.get(f"/api/v1/{kind}/?{query}", headers=headers)

    assert (answer.status_code, [error["parameter"] for error in answer.json()["errors"]]) == (400, [parameter])


@pytest.mark.parametrize("kind", ["products", "tags"])
@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_row_and_three(client, headers, kind, count, django_assert_num_queries):
    for _ in range(count):
        ProductVersionFactory(product=ProductFactory(team=TeamFactory()))
        TagFactory(team=TeamFactory())
    client.get(f"/api/v1/{kind}/", headers=headers)

    with django_assert_num_queries({"products": 3, "tags": 2}[kind]):
        client.get(f"/api/v1/{kind}/", headers=headers)


def test_one_feedback_says_its_circumstances_too(client, headers):
    feedback = FeedbackFactory(context={"room": "cold"}, external_id="T-1")

    answer = client.get(f"/api/v1/feedback/{feedback.pk}/", headers=headers).json()

    listed = client.get("/api/v1/feedback/", headers=headers).json()["results"]
    assert {name: answer.pop(name) for name in ("context", "external_id", "form")} == {
        "context": {"room": "cold"},
        "external_id": "T-1",
        "form": None,
    }
    assert answer.pop("received_at")
    assert [answer] == listed


def test_what_a_key_may_not_read_is_as_good_as_not_there(client, headers):
    hidden = [
        FeedbackFactory(visibility=Visibility.TEAM).pk,
        FeedbackFactory(visibility=Visibility.RESTRICTED).pk,
        FeedbackFactory(state=FeedbackState.HELD).pk,
        FeedbackFactory(state=FeedbackState.SPAM).pk,
    ]
    nowhere = [0, hidden[-1] + 1, 2**31, 2**63 - 1, 2**63, 10**40]

    answers = [client.get(f"/api/v1/feedback/{pk}/", headers=headers) for pk in [*hidden, *nowhere]]

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
