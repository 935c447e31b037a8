"""POST /api/v1/feedback/ through an API key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.models import Change
from apps.customers.models import Customer
from apps.feedback import tokens
from apps.feedback.models import Feedback, IdempotencyKey, Identity
from apps.feedback.services import Capture, capture, idempotency
from tests.factories import AdministratorFactory, ApiKeyFactory
from tests.feedback.test_normalise import corpus

URL = "/api/v1/feedback/"
BODY = {"text": "The stage drifts.", "product": "spectrometer"}


@pytest.fixture
def post(product, client):
    """Return a function that posts JSON with an API key."""
    _, headers = ApiKeyFactory(scopes=["feedback:write"])

    def send(body, **more):
        return client.post(URL, body, content_type="application/json", headers={**headers, **more})

    send.headers = headers
    return send


def told_of(post):
    """Return what the history says of the key's writes: its prefix and no more."""
    return f"API key {post.headers['Authorization'].removeprefix('Bearer ')[:12]}…"


def test_a_post_captures_and_answers_with_the_receipt(post, client, published):
    body = {
        **BODY,
        "rating": 2,
        "customer": {"email": "ada@example.org", "name": "Ada", "organisation": "Lab"},
        "context": {"instrument": "X 200"},
        "version": "4.2",
        "external_id": "T-1",
        "captured_at": "2026-03-02T12:00:00+01:00",
    }

    response = post(body)

    row = Feedback.objects.get()
    assert (response.status_code, response.json()) == (
        201,
        {"id": row.pk, "receipt_url": tokens.receipt_url(row.pk)},
    )
    assert client.get(tokens.receipt_path(row.pk)).status_code == 200
    assert (row.text, row.rating, row.channel, row.context, row.external_id, row.state, row.identity) == (
        BODY["text"], 2, "api", {"instrument": "X 200", "version": "4.2"}, "T-1", "live", Identity.VERIFIED,
    )  # fmt: skip
    assert row.captured_at.isoformat() == "2026-03-02T11:00:00+00:00"
    assert (row.customer.name, row.customer.organisation.name, row.customer.verified_at is None) == (
        "Ada", "Lab", False,
    )  # fmt: skip
    assert published("feedback.captured") == [row.pk]
    assert {change.via for change in Change.objects.filter(kind="customers.Organisation")} == {told_of(post)}


def test_a_post_by_external_id_again_is_200_with_the_same_id(post):
    first = post({**BODY, "external_id": "T-1"})
    again = post({**BODY, "external_id": "T-1", "text": f" {BODY['text']}\n"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


@pytest.mark.parametrize(
    ("channel", "words"), [("api", "Other words"), ("import", BODY["text"]), ("email", "Other words")]
)
def test_a_key_that_only_writes_reads_nothing_by_an_outside_id(post, product, channel, words):
    theirs = capture(Capture(product_id=product.pk, channel=channel, text=BODY["text"], external_id="T-1"))

    answer = post({**BODY, "external_id": "T-1", "text": words})

    assert (answer.status_code, answer.json()) == (200, {"id": theirs.feedback_id, "receipt_url": None})


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"text": ""}, {"text"}),
        ({"text": "\u200b"}, {"text"}),
        ({"text": None}, {"text"}),
        ({"text": 7}, {"text"}),
        ({"text": "x" * 20_001}, {"text"}),
        ({"product": "nothing"}, {"product"}),
        ({"product": 1}, {"product"}),
        ({"captured_at": "yesterday"}, {"captured_at"}),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, {"captured_at"}),
        ({"captured_at": "9999-12-31T23:59:00-12:00"}, {"captured_at"}),
        ({"captured_at": "2026-02-29T12:00:00Z"}, {"captured_at"}),
        ({"captured_at": "2016-12-31T23:59:60Z"}, {"captured_at"}),
        ({"captured_at": "10000-01-01T00:00:00Z"}, {"captured_at"}),
        ({"external_id": "x" * 201}, {"external_id"}),
        ({"customer": "ada@example.org"}, {"customer"}),
        ({"customer": {"email": "ada"}}, {"customer"}),
        ({"customer": {"role": "admin"}}, {"customer"}),
        ({"context": {"a": {"b": "c"}}}, {"context"}),
        ({"context": {f"k{number}": "v" for number in range(21)}}, {"context"}),
        ({"state": "live", "id": 9}, {"state", "id"}),
        ({"dedupe_key": "0" * 64}, {"dedupe_key"}),
    ],
)
def test_a_body_that_is_wrong_is_400_by_field_and_writes_nothing(post, change, fields):
    response = post({**BODY, **change})

    assert (response.status_code, {error["pointer"].split("/")[1] for error in response.json()["errors"]}) == (
        400,
        fields,
    )
    assert (Feedback.objects.count(), Customer.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "case",
    [case for case in corpus("feedback_text.jsonl") if case["input"] is not None],
    ids=lambda case: case["id"],
)
def test_the_corpus_of_bad_input_is_400(post, case):
    response = post({**BODY, case["where"]: case["input"]})

    assert response.status_code == 400
    assert response.json()["detail"]
    assert Feedback.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'"x"', b"{", b'{"text": NaN}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_400(post, body):
    assert post(body).status_code == 400


@pytest.mark.parametrize("case", corpus("feedback_kept.jsonl"), ids=lambda case: case["id"])
def test_hostile_text_goes_in_as_it_is(post, case):
    post({**BODY, "text": case["input"]})

    assert Feedback.objects.get().text


def test_every_mistake_is_told_at_once_and_where_it_stands(post):
    body = {
        "text": " ",
        "rating": 6,
        "customer": {"email": "ada", "phone": "1"},
        "context": {"a": 1},
        "captured_at": "2026-03-02T12:00:00",
        "mood": 1,
    }

    answer = post(body)

    assert {error["pointer"]: error["detail"] for error in answer.json()["errors"]} == {
        "#/mood": "There is no such field.",
        "#/product": "This is needed.",
        "#/text": "Write what happened.",
        "#/rating": "Give a whole number from 1 to 5.",
        "#/customer/phone": "There is no such field.",
        "#/context": "Write this as text.",
        "#/captured_at": "Give a time with its zone, as 2026-03-02T12:00:00Z.",
    }


@pytest.mark.parametrize("name", ["rating", "customer", "context", "version", "external_id", "captured_at"])
def test_null_is_as_good_as_nothing(post, name):
    assert post({**BODY, name: None}).status_code == 201


@pytest.mark.parametrize("name", [None, "Idempotency-Key"])
def test_a_capture_takes_few_queries(post, django_assert_num_queries, monkeypatch, name):
    monkeypatch.setattr("apps.core.outbox.NOTIFY_PAUSE_SECONDS", 1e9)
    post(BODY)

    with django_assert_num_queries(
        4 if name else 2
    ):  # key, insert; the test's transaction makes it a savepoint, its end
        post(BODY, **({name: "k-1"} if name else {}))


# --- who ------------------------------------------------------------------------------------------


def test_without_a_key_or_its_scope_nothing_is_written(product, client):
    _, reader = ApiKeyFactory(scopes=["feedback:read"])
    revoked, old = ApiKeyFactory(scopes=["feedback:write"])
    type(revoked).objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())

    statuses = [
        client.post(URL, BODY, content_type="application/json", headers=headers).status_code
        for headers in ({}, reader, old, {"Authorization": "Bearer fbk_wrong"})
    ]

    assert (statuses, Feedback.objects.count()) == ([401, 403, 401, 401], 0)


def test_a_session_cannot_write(product, client):
    client.force_login(AdministratorFactory())

    response = client.post(URL, BODY, content_type="application/json")

    assert (response.status_code, Feedback.objects.count()) == (403, 0)


def test_other_methods_are_405(post, client):
    _, headers = ApiKeyFactory(scopes=["feedback:write", "feedback:read"])

    for method in (client.delete, client.put):
        answer = method(URL, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert client.delete(URL).status_code == 401


# --- Idempotency-Key ------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer(post, published):
    answers = [post(BODY, **{"Idempotency-Key": "k-1"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.content for answer in answers}) == 1
    assert len(published("feedback.captured")) == Feedback.objects.count() == 1


def test_the_order_of_keys_in_the_body_does_not_matter(post):
    first = post({"text": "x", "product": "spectrometer"}, **{"Idempotency-Key": "k-1"})
    again = post({"product": "spectrometer", "text": "x"}, **{"Idempotency-Key": "k-1"})

    assert (again.status_code, again.json()) == (201, first.json())


def test_the_same_key_with_another_body_is_422(post):
    post(BODY, **{"Idempotency-Key": "k-1"})

    response = post({**BODY, "rating": 1}, **{"Idempotency-Key": "k-1"})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Feedback.objects.count() == 1


def test_the_same_key_of_another_caller_is_another_key(post, client):
    post(BODY, **{"Idempotency-Key": "k-1"})
    _, other = ApiKeyFactory(scopes=["feedback:write"])

    response = client.post(
        URL,
        {**BODY, "rating": 1},
        content_type="application/json",
        headers={**other, "Idempotency-Key": "k-1"},
    )

    assert (response.status_code, Feedback.objects.count()) == (201, 2)


def test_a_refused_body_does_not_use_the_key_up(post):
    assert post({**BODY, "text": ""}, **{"Idempotency-Key": "k-1"}).status_code == 400
    assert post(BODY, **{"Idempotency-Key": "k-1"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "tab\t", "é", "\x7f"])
def test_what_is_no_key_is_400(post, key):
    assert (post(BODY, **{"Idempotency-Key": key}).status_code, Feedback.objects.count()) == (400, 0)


def test_a_key_of_255_characters_is_one(post):
    assert post(BODY, **{"Idempotency-Key": "~" * 255}).status_code == 201


def test_keys_are_forgotten_after_seven_days(post, monkeypatch):
    monkeypatch.setattr(idempotency, "PURGE_ROWS", 1)
    post(BODY, **{"Idempotency-Key": "older"})
    post(BODY, **{"Idempotency-Key": "old"})
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    post(BODY, **{"Idempotency-Key": "new"})

    assert (idempotency.purge_idempotency_keys(), idempotency.purge_idempotency_keys()) == (2, 0)
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_first_answer_was_a_repeat_answers_so_again(post):
    post({**BODY, "external_id": "T-1"})

    answers = [post({**BODY, "external_id": "T-1"}, **{"Idempotency-Key": "k-1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
