"""Where one is signed in, and ending it."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts import services, sessions
from apps.accounts.devices import device_name
from apps.accounts.models import Role
from tests.accounts.signing_in import is_signed_in, sign_in
from tests.factories import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST, OTHERS = "/accounts/sessions/", "/accounts/sessions/end-others/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com", password=PASSWORD, role=Role.SCIENTIST)


def browser(agent=FIREFOX, address="198.51.100.7", email="ada@example.com"):
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    sign_in(client, email)
    return client


def listed(client):
    return [(one.device, one.address, one.is_current) for one in client.get(LIST).context["sessions"]]


def test_every_place_is_listed_this_one_first(ada):
    phone, desk = browser(SAFARI, "203.0.113.5"), browser()

    assert listed(desk) == [
        ("Firefox on Windows", "198.51.100.7", True),
        ("Safari on iPhone", "203.0.113.5", False),
    ]
    assert [one[2] for one in listed(phone)] == [True, False]


def test_nobody_elses_sessions_are_listed(ada):
    UserFactory(email="bob@example.com", password=PASSWORD)
    browser(SAFARI, email="bob@example.com")

    assert listed(browser()) == [("Firefox on Windows", "198.51.100.7", True)]


def test_a_session_that_is_ended_is_dead_at_its_next_request(ada):
    phone, desk = browser(SAFARI), browser()
    other = UserSession.objects.get(session_key=phone.session.session_key)

    answers = [desk.post(f"{LIST}{other.pk}/end/").status_code for _ in range(2)]

    assert answers == [302, 404]
    assert phone.get(LIST).status_code == 302
    assert desk.get(LIST).status_code == 200


def test_somebody_elses_session_cannot_be_ended(ada):
    UserFactory(email="bob@example.com", password=PASSWORD)
    bob = browser(email="bob@example.com")
    theirs = UserSession.objects.get(session_key=bob.session.session_key)
    mine = browser()

    assert mine.post(f"{LIST}{theirs.pk}/end/").status_code == 404
    assert mine.post(OTHERS).status_code == 302
    assert bob.get(LIST).status_code == 200


def test_all_others_are_ended_at_once(ada):
    others, here = [browser(SAFARI), browser()], browser()

    here.post(OTHERS)

    assert [one.get(LIST).status_code for one in others] == [302, 302]
    assert len(listed(here)) == 1


def test_a_new_password_ends_every_other_place(ada):
    phone, desk = browser(SAFARI), browser()
    chosen = "an entirely different thing"

    desk.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen})

    assert phone.get(LIST).status_code == 302
    assert listed(desk) == [("Firefox on Windows", "198.51.100.7", True)]


def test_closing_an_account_ends_its_sessions_for_good(ada):
    AdministratorFactory()
    desk = browser()

    services.set_active(user=ada, is_active=False)
    assert desk.get(LIST).status_code == 302
    services.set_active(user=ada, is_active=True)

    assert desk.get(LIST).status_code == 302


def test_a_session_used_again_is_seen_again_and_costs_nothing_in_between(ada, client, django_assert_num_queries):
    client.force_login(ada)
    row = UserSession.objects.get()
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=long_ago)

    client.get("/accounts/profile/")
    row.refresh_from_db()
    assert row.last_seen_at == long_ago  # within five minutes nothing is written
    session = client.session
    session[sessions.SEEN_KEY] -= 301
    session.save()
    client.get("/accounts/profile/")

    row.refresh_from_db()
    assert row.last_seen_at > long_ago + timedelta(minutes=59)


def test_expired_sessions_are_neither_listed_nor_kept(ada):
    browser(SAFARI)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    here = browser()
    assert len(listed(here)) == 1

    for _ in range(2):
        sessions.forget_expired(timezone.localdate())

    assert (Session.objects.count(), UserSession.objects.count()) == (1, 1)
    assert is_signed_in(here)


@pytest.mark.parametrize("places", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(ada, client, django_assert_num_queries, places):
    for _ in range(places - 1):
        browser(SAFARI)
    client.force_login(ada)
    client.get(LIST)

    with django_assert_num_queries(QUERIES):
        page = client.get(LIST)

    assert len(page.context["sessions"]) == places


QUERIES = 6


def test_addresses_that_are_none_are_kept_as_such(ada):
    for address in ("", "2001:db8::17"):
        client = Client(REMOTE_ADDR=address)
        sign_in(client)
        assert client.get(LIST).status_code == 200
    assert sorted(str(one) for one in UserSession.objects.values_list("ip", flat=True)) == ["0.0.0.0", "2001:db8::"]


def test_strangers_and_wrong_methods(client, ada):
    assert [client.get(LIST).status_code, client.post(OTHERS).status_code] == [302, 302]
    client.force_login(ada)
    assert [client.post(LIST).status_code, client.get(OTHERS).status_code, client.get(f"{LIST}1/end/").status_code] == [
        405,
        405,
        405,
    ]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "Unknown device"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("", "Unknown device"),
    ],
)
def test_devices_have_names(agent, name):
    assert device_name(agent) == name
