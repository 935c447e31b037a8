"""Language and time zone of every request."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from apps.accounts.middleware import PreferencesMiddleware
from apps.accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_before():
    yield
    translation.activate("en")
    timezone.deactivate()


def seen(user, *, cookies=True, path="/home/"):
    """What a view sees of language and clock."""
    request = RequestFactory().get(path)
    request.user = user
    if cookies:
        request.COOKIES["session"] = "x"
    found = []

    def view(request):
        found.append((translation.get_language(), timezone.localtime(NOON).hour))
        return HttpResponse()

    PreferencesMiddleware(view)(request)
    return found[0]


def test_a_persons_language_and_zone_hold_for_their_request_only():
    person = UserFactory(language="de", time_zone="Asia/Tokyo")

    with translation.override("en"):
        assert seen(person) == ("de", 21)
    assert timezone.get_current_timezone_name() == "UTC"


def test_who_chose_nothing_gets_the_browsers_and_the_installations():
    with translation.override("de"):
        assert seen(UserFactory()) == ("de", 12)


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Europe"])
def test_a_zone_that_is_gone_breaks_nothing(zone):
    assert seen(UserFactory(time_zone=zone))[1] == 12


def test_pages_of_customers_and_programs_ask_for_nobody():
    person = UserFactory(language="de", time_zone="Asia/Tokyo")

    with translation.override("en"):
        assert seen(person, cookies=False) == ("en", 12)
        assert seen(person, path="/f/form/") == ("en", 12)
        assert seen(person, path="/api/v1/feedback/") == ("en", 12)


def test_the_whole_page_speaks_the_persons_language(client):
    client.force_login(UserFactory(language="de", role=Role.SCIENTIST))

    answer = client.get("/accounts/profile/", headers={"Accept-Language": "en"})

    assert answer["Content-Language"] == "de"
    assert b'<html lang="de"' in answer.content


@pytest.mark.parametrize(("header", "language"), [("de-AT,de;q=0.9", "de"), ("fr", "en"), ("", "en")])
def test_strangers_get_their_browsers_language(client, header, language):
    answer = client.get("/accounts/login/", headers={"Accept-Language": header})

    assert answer["Content-Language"] == language


def test_the_language_chosen_is_kept_for_the_sign_in_page(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))
    fields = {"name": "Ada", "language": "de", "time_zone": "", "theme": "system"}
    client.post("/accounts/profile/", fields)
    cookie = client.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("de", True, "Lax")
    client.logout()
    client.cookies["language"] = "de"

    assert client.get("/accounts/login/", headers={"Accept-Language": "en"})["Content-Language"] == "de"


def test_a_public_page_costs_nothing_for_who_is_signed_in(client, django_assert_num_queries):
    client.force_login(UserFactory(language="de"))
    client.cookies["session"] = client.session.session_key

    with django_assert_num_queries(0):
        client.get("/healthz")
