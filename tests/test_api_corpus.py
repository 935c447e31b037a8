"""Bad input to the API, as data: tests/corpus/api_bodies.jsonl and api_queries.jsonl (HARDENING's C015 to C028)."""

import gzip
import io
import time

import pytest
from django.db import connection
from django.test import Client

from apps.core.problems import PROBLEMS
from apps.feedback.models import Feedback
from tests.factories import ApiKeyFactory, ProductFactory
from tests.feedback.test_normalise import corpus
from tests.feedback.test_races import at_once

pytestmark = pytest.mark.django_db
ADDRESS, BULK = "/api/v1/feedback/", "/api/v1/feedback/bulk/"


@pytest.fixture
def headers() -> dict[str, str]:
    ProductFactory(slug="spectrometer")
    return ApiKeyFactory(scopes=["feedback:read", "feedback:write"])[1]


def body_of(case: dict) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    return "".join(text * times for text, times in case["parts"]).encode()


def send(client: Client, url: str, case: dict, headers: dict[str, str], body: bytes):
    began_at = time.thread_time()
    answer = client.generic(
        "POST",
        url,
        body,
        content_type=case.get("content_type", "application/json"),
        headers={**headers, **case.get("headers", {})},
    )
    assert time.thread_time() - began_at < 5  # seconds of processor time: of a few milliseconds, or one for 5 MB
    return answer


def assert_problem(answer, case: dict) -> None:
    assert (answer.status_code, answer["Content-Type"]) == (case["status"], "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["code"] in PROBLEMS) == (case["status"], case["code"], True)
    if "pointer" in case:
        assert [error["pointer"] for error in problem["errors"]] == [case["pointer"]]


@pytest.mark.parametrize("case", corpus("api_bodies.jsonl"), ids=lambda case: case["id"])
def test_a_bad_body_is_a_problem_and_a_good_one_goes_in(client, headers, case):
    answer = send(client, ADDRESS, case, headers, body_of(case))

    if case["status"] == 201:
        assert (answer.status_code, Feedback.objects.count()) == (201, 1)
    else:
        assert_problem(answer, case)
        assert Feedback.objects.count() == 0


@pytest.mark.parametrize("case", corpus("api_bodies.jsonl"), ids=lambda case: case["id"])
def test_among_many_a_bad_row_is_told_and_the_good_one_goes_in(client, headers, case):
    """What can be read as JSON at all is judged row by row; the rest is refused as a whole."""
    if case["id"] in ("C019-10-megabytes", "C024-empty") or "hex" in case or case.get("content_type"):
        pytest.skip("the same door")
    good = b'{"text": "It is well", "product": "spectrometer"}'

    answer = send(client, BULK, case, headers, b'{"feedback": [' + good + b", " + (body_of(case) or b"@") + b"]}")

    if case["status"] == 201:
        assert (answer.status_code, answer.json()["new"], Feedback.objects.count()) == (200, 2, 2)
    elif case["code"] == "invalid":
        told = answer.json()
        assert (answer.status_code, told["new"], told["rejected"], Feedback.objects.count()) == (200, 1, 1, 1)
        pointers = [error["pointer"] for error in told["results"][1]["errors"]]
        assert pointers == ["#/feedback/1" + case["pointer"].removeprefix("#")]
    else:
        assert_problem(answer, case)
        assert Feedback.objects.count() == 0


@pytest.mark.parametrize("case", corpus("api_queries.jsonl"), ids=lambda case: case["id"])
def test_a_query_that_is_not_understood_is_a_problem(client, headers, case):
    answer = client.get(f"{ADDRESS}?{case['query']}", headers=headers)

    assert answer.status_code == case["status"]
    if case["status"] == 400:
        assert answer["Content-Type"] == "application/problem+json"
    if case["parameter"]:
        assert {error["parameter"] for error in answer.json()["errors"]} == {case["parameter"]}


@pytest.mark.parametrize("url", [ADDRESS, BULK])
def test_a_bomb_is_not_unpacked(client, headers, url):
    bomb = gzip.compress(b'{"text": "' + b"x" * 50_000_000 + b'"}')

    answer = send(client, url, {"headers": {"Content-Encoding": "gzip"}}, headers, bomb)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("url", "limit"), [(ADDRESS, 1_000_000), (BULK, 5_000_000)])
def test_a_body_without_an_honest_length_is_read_to_the_limit_alone(client, headers, url, limit):
    """As a chunked one comes: it says 10 bytes, or none, and has no end."""

    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.read_bytes += size
            return b"[" * size

    for declared in ("", "10", "-1", "x"):
        stream = Endless()
        environment = {"wsgi.input": stream, "CONTENT_LENGTH": declared, "CONTENT_TYPE": "application/json"}
        answer = client.post(url, headers=headers, **environment)
        assert answer.status_code in (400, 413), declared
        assert stream.read_bytes <= limit + 1


def test_a_megabyte_of_keys_or_of_empty_lists_takes_no_time(client, headers):
    keys = ("{" + ",".join(f'"k{number}":0' for number in range(90_000)) + "}").encode()
    lists = b'{"feedback": [' + b"[]," * 1_600_000 + b"[]]}"

    answers = [send(client, ADDRESS, {}, headers, keys), send(client, BULK, {}, headers, lists)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all(len(answer.content) < 10_000 for answer in answers)


def test_a_long_name_is_not_sent_back_whole(client, headers):
    body = b'{"text": "It drifts", "product": "spectrometer", "' + b"k" * 500_000 + b'": 1}'

    answer = send(client, ADDRESS, {}, headers, body)

    assert (answer.status_code, len(answer.content) < 1_000) == (400, True)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "tab\t", "\u00e9", "\x7f", "a\nb"])
@pytest.mark.parametrize("url", [ADDRESS, BULK])
def test_what_is_no_idempotency_key_is_named(client, headers, url, key):
    body = b'{"text": "It drifts", "product": "spectrometer"}'
    body = body if url == ADDRESS else b'{"feedback": [' + body + b"]}"

    answer = send(client, url, {"headers": {"Idempotency-Key": key}}, headers, body)

    assert (answer.status_code, Feedback.objects.count()) == (400, 0)
    assert [error["header"] for error in answer.json()["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_another_type_than_json_is_not_acceptable(client, headers, accept):
    answer = client.get(ADDRESS, headers={**headers, "Accept": accept})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_method_is_refused_as_a_problem(client, headers, method):
    answer = client.generic(method, ADDRESS, b"{}", content_type="application/json", headers=headers)

    assert (answer.status_code in (403, 405), answer["Content-Type"]) == (True, "application/problem+json")


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_calls_at_once_are_one_feedback(headers):
    body = {"text": "It drifts", "product": "spectrometer"}
    sent = {**headers, "Idempotency-Key": "k"}

    answers = at_once(50, lambda _: Client().post(ADDRESS, body, content_type="application/json", headers=sent))

    assert ({answer.status_code for answer in answers}, Feedback.objects.count()) == ({201}, 1)
    assert len({answer.content for answer in answers}) == 1
    connection.close()
