from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.db import connection
from django.utils import timezone

from apps.accounts import setup
from apps.accounts.errors import SetupDoneError
from apps.accounts.models import Role, Team, User
from tests.factories import PASSWORD, AdministratorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

FIELDS = {"name": "Ada", "email": "Ada@Example.com", "password": PASSWORD, "team": "Optics"}


def link_path():
    return urlsplit(setup.first_administrator_link()).path


def test_the_link_is_on_the_public_url_until_there_is_an_administrator(settings):
    settings.PUBLIC_URL = "https://voc.example.org"
    UserFactory()
    AdministratorFactory(is_active=False)
    assert setup.first_administrator_link().startswith("https://voc.example.org/accounts/setup/")

    AdministratorFactory()

    assert setup.first_administrator_link() is None


def test_the_page_makes_administrator_and_team_and_signs_in(client):
    path = link_path()
    assert client.get(path).status_code == 200

    answer = client.post(path, FIELDS)

    user = User.objects.get()
    assert (answer.status_code, answer.url) == (302, "/home/")
    assert (user.email, user.name, user.is_superuser, user.is_staff) == ("ada@example.com", "Ada", True, True)
    assert user.check_password(PASSWORD)
    assert list(user.memberships.values_list("team__name", "team__slug", "role")) == [
        ("Optics", "optics", Role.ADMINISTRATOR)
    ]
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_link_works_once(client):
    path = link_path()
    client.post(path, FIELDS)
    client.logout()

    answers = [client.get(path), client.post(path, {**FIELDS, "email": "eve@example.com", "team": "Eve"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (User.objects.count(), Team.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"email": "x"}, {"email": "\u212a@example.com"}, {"password": "short"}, {"team": " "},
     {"password": "ada@example.com"}, {"team": "Taken"}, {"email": "taken@example.com"}],
)  # fmt: skip
def test_a_mistake_is_shown_and_makes_nothing(client, change):
    TeamFactory(name="Taken")
    UserFactory(email="taken@example.com")

    answer = client.post(link_path(), {**FIELDS, **change})

    assert answer.status_code == 422
    assert b"error-text" in answer.content
    assert PASSWORD.encode() not in answer.content
    assert not setup.has_administrator()
    assert (User.objects.count(), Team.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "token",
    ["nonsense", signing.dumps("first administrator", salt="other"), signing.dumps("x", salt=setup.SALT)],
    ids=["nonsense", "of another use", "of other words"],  # workers must collect the same names, in whatever second
)
def test_other_tokens_open_nothing(client, token):
    assert client.get(f"/accounts/setup/{token}/").status_code == 404


def test_a_link_expires_after_a_day(monkeypatch):
    token = signing.dumps("first administrator", salt=setup.SALT)
    assert setup.is_setup_token(token)

    later = (timezone.now() + timedelta(days=1, minutes=1)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert not setup.is_setup_token(token)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_succeeds():
    barrier = Barrier(4)

    def work(number):
        try:
            barrier.wait(timeout=10)
            setup.create_first_administrator(
                email=f"p{number}@example.com", name="", password=PASSWORD, team_name=f"Team {number}"
            )
        except SetupDoneError:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = sorted(pool.map(work, range(4)))

    assert answers == ["done", "refused", "refused", "refused"]
    assert (User.objects.count(), Team.objects.count()) == (1, 1)
