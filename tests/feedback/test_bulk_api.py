"""POST /api/v1/feedback/bulk/."""

import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.feedback import tokens
from apps.feedback.models import BulkCall, Channel, Feedback
from apps.feedback.services import Capture, capture
from apps.feedback.services.idempotency import purge_idempotency_keys
from tests.factories import ApiKeyFactory
from tests.feedback.test_races import at_once

pytestmark = pytest.mark.django_db
URL = "/api/v1/feedback/bulk/"


@pytest.fixture
def headers() -> dict[str, str]:
    return ApiKeyFactory(scopes=["feedback:write"])[1]


@pytest.fixture
def post(product, client, headers):
    """Return a function that posts rows with an API key; product and text are filled in."""

    def send(*rows, **more):
        body = {"feedback": [{"text": "It drifts", "product": "spectrometer", **row} for row in rows]}
        return client.post(URL, body, content_type="application/json", headers={**headers, **more})

    return send


def test_each_row_is_told_what_became_of_it(post, published):
    post({"external_id": "T-1"})

    answer = post({"external_id": "T-1"}, {"rating": 9, "mood": 1}, {"external_id": "T-2"}, {"external_id": "T-2"})

    old, new = Feedback.objects.order_by("pk")
    assert answer.json() == {
        "new": 1,
        "repeated": 2,
        "rejected": 1,
        "results": [
            {"index": 0, "status": "repeated", "id": old.pk, "receipt_url": tokens.receipt_url(old.pk), "errors": []},
            {
                "index": 1,
                "status": "rejected",
                "id": None,
                "receipt_url": None,
                "errors": [
                    {"pointer": "#/feedback/1/mood", "detail": "There is no such field."},
                    {"pointer": "#/feedback/1/rating", "detail": "Give a whole number from 1 to 5."},
                ],
            },
            {"index": 2, "status": "new", "id": new.pk, "receipt_url": tokens.receipt_url(new.pk), "errors": []},
            {"index": 3, "status": "repeated", "id": new.pk, "receipt_url": tokens.receipt_url(new.pk), "errors": []},
        ],
    }
    assert (answer.status_code, published("feedback.captured")) == (200, [old.pk, new.pk])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/feedback"),
        ({"feedback": []}, "#/feedback"),
        ({"feedback": {}}, "#/feedback"),
        ({"feedback": None}, "#/feedback"),
        ({"feedback": [{}] * 1_001}, "#/feedback"),
        ({"feedback": [{}], "more": 1}, "#/more"),
        ([], "#"),
    ],
)
def test_a_body_that_is_no_list_of_rows_is_400(client, headers, product, body, pointer):
    answer = client.post(URL, body, content_type="application/json", headers=headers)

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])


@pytest.mark.parametrize("row", [None, 7, "text", [], [[]]])
def test_a_row_that_is_no_object_is_rejected_alone(client, headers, product, row):
    body = {"feedback": [row, {"text": "It drifts", "product": "spectrometer"}]}

    answer = client.post(URL, body, content_type="application/json", headers=headers).json()

    assert (answer["new"], answer["rejected"]) == (1, 1)
    assert answer["results"][0]["errors"] == [{"pointer": "#/feedback/0", "detail": "Give an object."}]


def test_a_thousand_rows_take_as_many_queries_as_one(post, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("apps.core.outbox.NOTIFY_PAUSE_SECONDS", 1e9)
    post({})

    for rows in (1, 1_000):
        with django_assert_num_queries(4):  # key, savepoint, insert, its end
            assert post(*({} for _ in range(rows))).json()["new"] == rows


def test_five_megabytes_are_the_limit_and_memory_stays_small(client, headers, product):
    text = "x" * 4_900
    body = {"feedback": [{"text": text, "product": "spectrometer"}] * 1_000}
    tracemalloc.start()
    taken = client.post(URL, body, content_type="application/json", headers=headers)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()

    body["feedback"][0] = {"text": "x" * 200_000, "product": "spectrometer"}
    refused = client.post(URL, body, content_type="application/json", headers=headers)

    assert (taken.status_code, taken.json()["new"], peak_mb < 80) == (200, 1_000, True)
    assert (refused.status_code, refused.json()["code"], Feedback.objects.count()) == (413, "too_large", 1_000)


def test_when_the_service_fails_nothing_is_in(client, headers, product, monkeypatch):
    def fail(*_args):
        raise RuntimeError("no outbox")

    monkeypatch.setattr("apps.core.outbox.terms_of", fail)
    client.raise_request_exception = False
    body = {"feedback": [{"text": "It drifts", "product": "spectrometer"}]}

    answer = client.post(URL, body, content_type="application/json", headers={**headers, "Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert (Feedback.objects.count(), BulkCall.objects.count()) == (0, 0)


def test_a_key_that_only_writes_reads_nothing_by_an_outside_id(post, product):
    capture(Capture(product_id=product.pk, channel=Channel.IMPORT, text="It drifts", external_id="T-1"))
    post({"external_id": "T-2"}, {"external_id": "T-3"})

    answer = post({"external_id": "T-1"}, {"external_id": "T-2"}, {"external_id": "T-3", "text": "Guessed"})

    assert [(row["status"], row["receipt_url"] is None) for row in answer.json()["results"]] == [
        ("repeated", True), ("repeated", False), ("repeated", True),
    ]  # fmt: skip


# --- Idempotency-Key ----------------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer(post, published):
    rows = [{}, {"rating": 9}, {"external_id": "T-1"}]

    answers = [post(*rows, **{"Idempotency-Key": "k"}) for _ in range(3)]

    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["new"] == len(published("feedback.captured")) == Feedback.objects.count() == 2


def test_the_same_key_with_another_body_is_422(post):
    post({}, **{"Idempotency-Key": "k"})

    answer = post({}, {}, **{"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"], Feedback.objects.count()) == (422, "idempotency_key_reused", 1)


def test_the_same_key_elsewhere_or_of_another_caller_is_another_one(post, client, headers):
    _, other = ApiKeyFactory(scopes=["feedback:write"])
    post({}, **{"Idempotency-Key": "k"})
    post({}, {}, **{"Idempotency-Key": "k", **other})
    one = {"text": "It drifts", "product": "spectrometer"}

    answer = client.post(
        "/api/v1/feedback/", one, content_type="application/json", headers={**headers, "Idempotency-Key": "k"}
    )

    assert (answer.status_code, Feedback.objects.count()) == (201, 4)


def test_a_call_that_brought_nothing_in_does_not_use_its_key_up(post):
    assert post({"rating": 9}, **{"Idempotency-Key": "k"}).json()["rejected"] == 1
    assert post({}, **{"Idempotency-Key": "k"}).json()["new"] == 1


def test_keys_are_forgotten_after_seven_days(post):
    post({}, **{"Idempotency-Key": "old"})
    BulkCall.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    post({}, **{"Idempotency-Key": "new"})

    assert (purge_idempotency_keys(), purge_idempotency_keys()) == (1, 0)
    assert list(BulkCall.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.django_db(transaction=True)
def test_calls_at_once_with_one_key_capture_once(product, headers, published):
    rows = [{"text": f"Row {number}", "product": "spectrometer"} for number in range(50)]
    sent = {**headers, "Idempotency-Key": "k"}

    answers = at_once(
        10, lambda _: Client().post(URL, {"feedback": rows}, content_type="application/json", headers=sent)
    )

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(published("feedback.captured")) == Feedback.objects.count() == 50
    connection.close()
