import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.utils.html import escape
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import DomainError
from apps.core.http import client_address, wants_fragment
from apps.core.problems import PROBLEMS, InvalidHeaderError, InvalidQueryError

ERRORS = {
    "operational": OperationalError("the server closed the connection"),
    "interface": InterfaceError("connection already closed"),
    "domain": DomainError("Somebody else was faster."),
    "django-invalid": DjangoValidationError({"name": "Too long."}),
    "nested": exceptions.ValidationError({"rows": {3: {"a/b": ["Not so."]}}}),
    "query": InvalidQueryError({"limit": ["Not so."]}),
    "header": InvalidHeaderError({"Idempotency-Key": ["Not so."]}),
    "missing": Http404("secret detail"),
    "denied": PermissionDenied("secret detail"),
    "bug": RuntimeError("secret detail"),
}


class EchoView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request):
        return Response(request.data)

    def get(self, request, name):
        raise ERRORS[name]


def failing_page(request, name):
    raise ERRORS[name]


urlpatterns = [
    path("api/v1/echo/", EchoView.as_view()),
    path("api/v1/fail/<name>/", EchoView.as_view()),
    path("fail/<name>/", failing_page),
    path("f/<name>/", failing_page),
    path("fine/", lambda request: HttpResponse("fine")),
]
handler400 = "apps.core.error_pages.bad_request"
handler403 = "apps.core.error_pages.permission_denied"
handler404 = "apps.core.error_pages.not_found"
handler500 = "apps.core.error_pages.server_error"


class FailingMiddleware:
    """Stands for a session that cannot be saved: it fails outside any view."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.get_response(request)
        raise OperationalError("the server closed the connection")


@pytest.fixture
def quiet_client(client, settings):
    """A client that gets the answer a browser would get, also for a bug; no database is there to help."""
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    return client


# --- who calls ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("203.0.113.9", "", [], "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", [], "203.0.113.9"),  # nobody vouches for it
        ("10.0.0.1", "1.2.3.4", ["10.0.0.0/8"], "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", ["10.0.0.0/8"], "1.2.3.4"),  # what the client wrote is left alone
        ("10.0.0.1", "1.2.3.4, 10.0.0.2", ["10.0.0.0/8"], "1.2.3.4"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", ["10.0.0.0/8"], "10.0.0.3"),
        ("10.0.0.1", "nonsense", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "", ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4:5555", ["10.0.0.0/8"], "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", [], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", [], "203.0.113.9"),
        ("127.0.0.1", "2001:db8:1:2::9", ["127.0.0.1"], "2001:db8:1:2::/64"),
        ("", "1.2.3.4", ["10.0.0.0/8"], "unknown"),
    ],
)
def test_client_address(settings, peer, forwarded, proxies, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
    ],
)
def test_wants_fragment(headers, expected):
    assert wants_fragment(RequestFactory().get("/", headers=headers)) is expected


# --- pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["operational", "interface"])
def test_a_page_without_database_is_a_503_that_says_when(quiet_client, name):
    answer = quiet_client.get(f"/fail/{name}/")

    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert b"cannot take this right now" in answer.content


def test_a_public_form_comes_back_with_its_words(quiet_client):
    text = 'Line one\n</textarea><script>alert(1)</script> "quoted" & 20 °C'

    answer = quiet_client.post("/f/operational/", {"text": text, "rating": "2", "token": "abc", "tag": ["a", "b"]})

    body = answer.content.decode()
    assert answer.status_code == 503
    assert f"Line one\n{escape(text.partition(chr(10))[2])}</textarea>" in body
    assert "<script>alert" not in body
    for field in (
        '<input type="hidden" name="rating" value="2">',
        '<input type="hidden" name="token" value="abc">',
        '<input type="hidden" name="tag" value="a">',
        '<input type="hidden" name="tag" value="b">',
        '<form method="post" action="/f/operational/">',
    ):
        assert field in body


@pytest.mark.parametrize("url", ["/fine/", "/api/v1/nothing/"])
def test_a_failure_outside_the_view_is_a_503_too(settings, quiet_client, url):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.FailingMiddleware"]

    answer = quiet_client.get(url)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.django_db
def test_the_real_pages_without_a_database(client, monkeypatch):
    """The whole URLconf and every middleware, with a database that refuses each connection."""
    client.raise_request_exception = False
    client.cookies["session"] = "a" * 32

    def refuse(self):
        raise OperationalError("connection refused")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", refuse)
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper._cursor", refuse)
    pages = ("/mail/", "/admin/", "/home/", "/feedback/", "/f/nothing/", "/api/v1/feedback/")

    got = {url: client.get(url).status_code for url in pages}
    form = client.post("/f/nothing/", "text=My+pump+leaks&rating=1", "application/x-www-form-urlencoded")
    login = client.post("/accounts/login/", {"login": "a@example.com", "password": "correct horse"})

    assert got == dict.fromkeys(pages, 503)
    assert (form.status_code, b"My pump leaks" in form.content) == (503, True)
    assert (login.status_code, b"correct horse" in login.content) == (503, False)


def test_other_posts_are_not_echoed(quiet_client):
    answer = quiet_client.post("/fail/operational/", {"password": "hunter22222"})

    assert answer.status_code == 503
    assert b"hunter22222" not in answer.content


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [("domain", 409, b"Somebody else was faster.")],
)
def test_a_conflict_that_no_view_caught_says_its_sentence(quiet_client, name, status, sentence):
    answer = quiet_client.get(f"/fail/{name}/")

    assert answer.status_code == status
    assert sentence in answer.content


@pytest.mark.parametrize(("name", "status"), [("missing", 404), ("denied", 403), ("bug", 500)])
def test_error_pages_need_no_database_and_tell_no_detail(quiet_client, name, status):
    answer = quiet_client.get(f"/fail/{name}/")

    assert answer.status_code == status
    assert b"<h1>" in answer.content
    assert b"secret detail" not in answer.content


@pytest.mark.parametrize(
    ("url", "cookie"),
    [("/fine/?q=%00", None), ("/fine/?a%00=1", None), ("/fi%00ne/", None), ("/fine/", '"\\000"')],
)
def test_nul_is_refused_before_anything_reads_it(quiet_client, url, cookie):
    if cookie:
        quiet_client.cookies["session"] = "x"
        quiet_client.cookies["session"].set("session", "\0", cookie)

    answer = quiet_client.get(url)

    assert answer.status_code == 400


def test_a_surrogate_in_an_address_does_no_harm(quiet_client):
    assert quiet_client.get("/fine/?q=%ED%A0%80").status_code == 200


# --- API ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "code", "title", "detail"),
    [
        ("domain", 409, "conflict", "Things are otherwise by now", "Somebody else was faster."),
        ("missing", 404, "not_found", "There is nothing here", "Not found."),
        (
            "denied", 403, "permission_denied", "The key may not do this",
            "You do not have permission to perform this action.",
        ),
        (
            "operational", 503, "unavailable", "Not right now",
            "The service cannot answer right now; try again.",
        ),
        (
            "bug", 500, "server_error", "Our mistake",
            "Something went wrong on our side, and it has been written down. Please try again.",
        ),
    ],
)  # fmt: skip
def test_api_errors_are_problems(quiet_client, name, status, code, title, detail):
    answer = quiet_client.get(f"/api/v1/fail/{name}/")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json() == {
        "type": f"http://localhost:8000/api/problems/#{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("django-invalid", [{"pointer": "#/name", "detail": "Too long."}]),
        ("nested", [{"pointer": "#/rows/3/a~1b", "detail": "Not so."}]),
        ("query", [{"parameter": "limit", "detail": "Not so."}]),
        ("header", [{"header": "Idempotency-Key", "detail": "Not so."}]),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(quiet_client, name, errors):
    answer = quiet_client.get(f"/api/v1/fail/{name}/")

    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (400, "invalid", errors)


@pytest.mark.parametrize(("url", "status"), [("/api/v1/fail/bug/", 500), ("/api/nothing/", 404), ("/api/%00/", 400)])
def test_what_no_view_answers_is_a_problem_too(quiet_client, url, status):
    answer = quiet_client.get(url)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], answer.json()["code"] in PROBLEMS) == (status, True)


def test_an_unavailable_api_says_when(quiet_client):
    assert quiet_client.get("/api/v1/fail/operational/")["Retry-After"] == "5"


def test_an_unknown_api_address_and_method_are_json(quiet_client):
    missing = quiet_client.get("/api/v1/nothing/")
    wrong_method = quiet_client.delete("/api/v1/echo/")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")


def post(client, data, content_type="application/json", **headers):
    return client.post("/api/v1/echo/", data, content_type=content_type, headers=headers)


def test_strict_json_is_read(quiet_client):
    answer = post(quiet_client, json.dumps({"text": "é😀", "n": [1, 2.5]}))

    assert (answer.status_code, answer.json()) == (200, {"text": "é😀", "n": [1, 2.5]})


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b"\xff",
    ],
)
def test_unreadable_json_is_a_400(quiet_client, data):
    answer = post(quiet_client, data)

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("size", [1_000_001, 3_000_000])
def test_a_body_past_one_megabyte_is_a_413(quiet_client, size):
    answer = post(quiet_client, b'"' + b"a" * (size - 2) + b'"')

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/fine/", "/f/operational/"])
def test_a_page_reads_nothing_of_a_body_past_one_megabyte(quiet_client, monkeypatch, path, content_type):
    def read(self, *args):
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.test.client.FakePayload.read", read)

    is_files = path.startswith("/f/") and content_type.startswith("multipart")
    size, told = (30_000_001, b"larger than 30 MB") if is_files else (1_000_001, b"larger than 1 MB")

    answer = quiet_client.generic("POST", path, b"a" * size, content_type=content_type)

    assert (answer.status_code, told in answer.content) == (413, True)


def test_a_body_of_one_megabyte_is_read(quiet_client):
    assert post(quiet_client, b'"' + b"a" * 999_998 + b'"').status_code == 200


@pytest.mark.parametrize(
    ("content_type", "headers"),
    [
        ("application/json; charset=bogus", {}),
        ("application/json; charset=utf-16", {}),
        ("application/json", {"Content-Encoding": "gzip"}),
        ("text/plain", {}),
        ("application/x-www-form-urlencoded", {}),
        ("multipart/form-data; boundary=x", {}),
    ],
)
def test_other_types_are_a_415(quiet_client, content_type, headers):
    answer = quiet_client.generic("POST", "/api/v1/echo/", b'{"a": 1}', content_type=content_type, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf_8_may_be_named(quiet_client, charset):
    assert post(quiet_client, b"{}", content_type=f"application/json; charset={charset}").status_code == 200
