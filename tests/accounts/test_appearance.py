"""Light or dark, and the switch for it."""

import pytest

from apps.accounts.models import Theme
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


def test_the_theme_is_kept_and_drawn_on_the_next_page(client, user):
    for _ in range(2):
        answer = client.post("/accounts/theme/", {"theme": "dark", "next": "/home/?a=1"})

    user.refresh_from_db()
    assert (answer.status_code, answer["Location"], user.theme) == (302, "/home/?a=1", Theme.DARK)
    assert 'data-theme="dark"' in client.get("/home/").content.decode()


def test_a_script_gets_no_page(client, user):
    answer = client.post("/accounts/theme/", {"theme": "light"}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_it_leads_nowhere_else(client, user, elsewhere):
    assert client.post("/accounts/theme/", {"theme": "dark", "next": elsewhere})["Location"] == "/home/"


def test_what_is_no_theme_is_refused(client, user):
    answer = client.post("/accounts/theme/", {"theme": "neon"})

    user.refresh_from_db()
    assert (answer.status_code, user.theme) == (400, Theme.SYSTEM)


def test_strangers_and_other_methods_are_refused(client):
    assert client.post("/accounts/theme/", {"theme": "dark"})["Location"].startswith("/accounts/login/")
    assert client.get("/accounts/theme/").status_code == 405
