from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.urls import path
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.models import ApiKey, Role
from apps.accounts.scopes import Scope
from tests.factories import AdministratorFactory, ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db


class FeedbackView(APIView):
    required_scope = {"GET": Scope.FEEDBACK_READ, "POST": Scope.FEEDBACK_WRITE}

    def get(self, request):
        key = request.auth.name if isinstance(request.auth, ApiKey) else ""
        return Response({"user": str(request.user), "key": key})

    def post(self, request):
        return Response({"written": True})


class QueueView(APIView):
    required_scope = Scope.QUEUES_READ

    def get(self, request):
        return Response({})


class ForgetfulView(APIView):
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
    secret = headers["Authorization"].removeprefix("Bearer ")
    attempts = [
        revoked_headers["Authorization"],
        "Bearer",
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
    call_command("create_api_key", "CRM bridge", "--scopes", "feedback:write, feedback:read")

    out, err = capsys.readouterr()
    row = ApiKey.objects.get()
    assert out.strip().startswith(row.prefix)
    assert len(out.splitlines()) == 1
    assert out.strip() not in err
    assert matrix_of(client, headers={"Authorization": f"Bearer {out.strip()}"}) == [200, 200, 403, 403]


@pytest.mark.parametrize("scopes", ["", "everything", "feedback:write,nonsense"])
def test_create_api_key_refuses_unknown_scopes(scopes):
    with pytest.raises(CommandError):
        call_command("create_api_key", "CRM bridge", "--scopes", scopes)

    assert ApiKey.objects.count() == 0
