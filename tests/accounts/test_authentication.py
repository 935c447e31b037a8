from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from importlib import import_module
from threading import Event

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import path
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.response import Response

from apps.accounts import services
from apps.accounts.api_view import ApiView
from apps.accounts.models import ApiKey, Role
from apps.accounts.scopes import Scope
from tests.factories import AdministratorFactory, ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db


class FeedbackView(ApiView):
    required_scope = {"GET": Scope.FEEDBACK_READ, "POST": Scope.FEEDBACK_WRITE}

    def get(self, request):
        key = request.auth.name if isinstance(request.auth, ApiKey) else ""
        return Response({"user": str(request.user), "key": key})

    def post(self, request):
        return Response({"written": True})


class QueueView(ApiView):
    required_scope = Scope.QUEUES_READ

    def get(self, request):
        return Response({})


class ForgetfulView(ApiView):
    def get(self, request):
        return Response({})


urlpatterns = [
    path("api/v1/feedback/", FeedbackView.as_view()),
    path("api/v1/queue/", QueueView.as_view()),
    path("api/v1/forgetful/", ForgetfulView.as_view()),
]
EVERY_SCOPE = ["feedback:read", "feedback:write", "queues:read"]


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = __name__


def status_of(client, method, url, **kwargs):
    answer = getattr(client, method)(url, content_type="application/json", **kwargs)
    return answer.status_code


def matrix_of(client, **kwargs):
    """What an actor gets: reading feedback, writing it, reading queues, a view that forgot its scope."""
    return [
        status_of(client, "get", "/api/v1/feedback/", **kwargs),
        status_of(client, "post", "/api/v1/feedback/", data={}, **kwargs),
        status_of(client, "get", "/api/v1/queue/", **kwargs),
        status_of(client, "get", "/api/v1/forgetful/", **kwargs),
    ]


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (["feedback:read"], [200, 403, 403, 403]),
        (["feedback:write"], [403, 200, 403, 403]),
        (["queues:read"], [403, 403, 200, 403]),
        (EVERY_SCOPE, [200, 200, 200, 403]),
    ],
)
def test_a_key_opens_what_its_scopes_say(client, scopes, expected):
    _, headers = ApiKeyFactory(scopes=scopes)

    assert matrix_of(client, headers=headers) == expected


def test_a_stranger_is_asked_to_authenticate(client):
    assert matrix_of(client) == [401, 401, 401, 401]
    answer = client.get("/api/v1/feedback/")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("role", list(Role))
def test_staff_read_by_their_session_and_write_nothing(client, role):
    client.force_login(UserFactory(role=role))

    assert matrix_of(client) == [200, 403, 200, 403]


def test_the_administrator_of_everything_reads(client):
    client.force_login(AdministratorFactory())

    assert matrix_of(client) == [200, 403, 200, 403]


def test_a_person_without_a_team_reads_nothing(client):
    client.force_login(UserFactory())

    assert matrix_of(client) == [403, 403, 403, 403]


def test_a_closed_account_is_a_stranger(client):
    AdministratorFactory()
    user = UserFactory(role=Role.ANALYST)
    client.force_login(user)
    services.set_active(user=user, is_active=False)

    assert matrix_of(client) == [401, 401, 401, 401]


def test_a_key_is_no_user(client):
    row, headers = ApiKeyFactory(scopes=EVERY_SCOPE)

    answer = client.get("/api/v1/feedback/", headers=headers)

    assert answer.json() == {"user": str(AnonymousUser()), "key": row.name}


def test_a_key_beats_a_session(client):
    client.force_login(AdministratorFactory())
    _, headers = ApiKeyFactory(scopes=["queues:read"])

    assert status_of(client, "get", "/api/v1/feedback/", headers=headers) == 403


def test_wrong_keys_are_all_answered_alike(client):
    row, headers = ApiKeyFactory(scopes=EVERY_SCOPE)
    revoked, revoked_headers = ApiKeyFactory(scopes=EVERY_SCOPE)
    services.revoke_api_key(api_key=revoked)
    expired, expired_headers = ApiKeyFactory(scopes=EVERY_SCOPE, last_day=timezone.localdate())
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    secret = headers["Authorization"].removeprefix("Bearer ")
    attempts = [
        revoked_headers["Authorization"],
        expired_headers["Authorization"],
        "Bearer",
        "Bearer a\0b",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {row.prefix}",
        f"Bearer {row.prefix}{'x' * 43}",
        f"Bearer {secret}x",
        f"Bearer {secret[:-1]}",
        f"Bearer {secret.upper()}",
        "Bearer schl\u00fcssel",
    ]

    answers = [client.get("/api/v1/feedback/", headers={"Authorization": value}) for value in attempts]

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == {
        "type": "http://localhost:8000/api/problems/#authentication_failed",
        "title": "The key is not good",
        "status": 401,
        "code": "authentication_failed",
        "detail": "This API key is unknown, revoked or expired.",
    }


def test_a_use_is_noted_at_most_once_a_minute(client, django_assert_num_queries):
    row, headers = ApiKeyFactory(scopes=EVERY_SCOPE)

    with django_assert_num_queries(2):
        client.get("/api/v1/feedback/", headers=headers)
    with django_assert_num_queries(1):
        client.get("/api/v1/feedback/", headers=headers)

    first = ApiKey.objects.get(pk=row.pk).last_used_at
    ApiKey.objects.filter(pk=row.pk).update(last_used_at=timezone.now() - timedelta(seconds=61))
    client.get("/api/v1/feedback/", headers=headers)
    assert ApiKey.objects.get(pk=row.pk).last_used_at > first


@pytest.mark.django_db(transaction=True)
def test_a_use_is_not_waited_for(client):
    """Another call is writing the use down; this one does not wait for its lock."""
    row, headers = ApiKeyFactory(scopes=EVERY_SCOPE)
    is_locked, may_end = Event(), Event()

    def hold():
        with transaction.atomic():
            ApiKey.objects.select_for_update().get(pk=row.pk)
            is_locked.set()
            may_end.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        is_locked.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = client.get("/api/v1/feedback/", headers=headers)
        may_end.set()
        held.result()
    connection.close()

    assert (answer.status_code, ApiKey.objects.get().last_used_at) == (200, None)


def test_a_key_works_to_the_end_of_its_last_day(client, settings):
    settings.TIME_ZONE = "Pacific/Apia"
    row, headers = ApiKeyFactory(scopes=EVERY_SCOPE, last_day=date(2099, 12, 31))

    assert (row.expires_at.isoformat(), row.last_day) == ("2100-01-01T00:00:00+13:00", date(2099, 12, 31))
    assert status_of(client, "get", "/api/v1/feedback/", headers=headers) == 200


@pytest.mark.parametrize("last_day", [date(2020, 1, 1), date.max])
def test_a_last_day_that_is_over_or_beyond_all_days_is_refused(last_day):
    with pytest.raises(ValidationError):
        services.create_api_key(name="CRM", scopes=EVERY_SCOPE, last_day=last_day)

    assert not ApiKey.objects.exists()


def test_every_answer_says_what_is_left_of_the_limit(client, settings):
    settings.API_LIMIT = "3/d"
    _, headers = ApiKeyFactory(scopes=["feedback:read"])
    urls = ["feedback", "queue", "feedback", "feedback"]

    answers = [client.get(f"/api/v1/{url}/", headers=headers) for url in urls]
    stranger = client.get("/api/v1/feedback/")

    assert [answer.status_code for answer in answers] == [200, 403, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert answers[2]["RateLimit-Reset"] == "86400"
    assert "RateLimit-Limit" not in stranger.headers
    assert {answer["Cache-Control"] for answer in [*answers, stranger]} == {"no-store"}


@pytest.mark.django_db(transaction=True)
def test_of_calls_at_once_exactly_as_many_pass_as_may(settings):
    settings.API_LIMIT = "40/d"
    _, headers = ApiKeyFactory(scopes=["queues:read"])

    def call(_number):
        try:
            spoofed = {**headers, "X-Forwarded-For": f"10.0.0.{_number}"}
            return Client().get("/api/v1/queue/", headers=spoofed).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(call, range(200)))

    assert (statuses.count(200), statuses.count(429)) == (40, 160)


def test_a_refusal_names_the_scope_that_is_missing(client):
    _, headers = ApiKeyFactory(scopes=["queues:read"])

    answer = client.post("/api/v1/feedback/", {}, content_type="application/json", headers=headers)

    assert answer.json()["detail"] == "This needs a key with the scope feedback:write."


def test_a_key_past_its_limit_is_told_when_to_come_back(client, settings):
    settings.API_LIMIT = "2/d"
    _, headers = ApiKeyFactory(scopes=EVERY_SCOPE)
    _, other = ApiKeyFactory(scopes=EVERY_SCOPE)

    answers = [client.get("/api/v1/feedback/", headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 43_000 < int(answers[2]["Retry-After"]) <= 43_200
    assert answers[2].json()["code"] == "throttled"
    assert status_of(client, "get", "/api/v1/feedback/", headers=other) == 200


def test_the_schema_names_the_key():
    import_module("apps.accounts.schema")

    schema = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)

    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_create_api_key_prints_the_key_alone(client, capsys):
    scopes = "feedback:write, feedback:read"
    call_command("create_api_key", "CRM bridge", "--scopes", scopes, "--last-day", "2099-12-31")

    out, err = capsys.readouterr()
    row = ApiKey.objects.get()
    assert (out.strip().startswith(row.prefix), row.last_day) == (True, date(2099, 12, 31))
    assert len(out.splitlines()) == 1
    assert out.strip() not in err
    assert matrix_of(client, headers={"Authorization": f"Bearer {out.strip()}"}) == [200, 200, 403, 403]


@pytest.mark.parametrize("scopes", ["", "everything", "feedback:write,nonsense"])
def test_create_api_key_refuses_unknown_scopes(scopes):
    with pytest.raises(CommandError):
        call_command("create_api_key", "CRM bridge", "--scopes", scopes)

    assert ApiKey.objects.count() == 0
