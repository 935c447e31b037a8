"""Signing in, out, and choosing a new password, as a browser does it."""

import re
from statistics import median
from time import perf_counter

import pytest
from allauth.core.context import request_context
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts import services
from apps.accounts.adapter import StaffAccountAdapter
from apps.accounts.models import Role
from tests.factories import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
OTHER_PASSWORD = "an entirely different thing"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com", name="Ada", password=PASSWORD, role=Role.ANALYST)


def sign_in(client, email="ada@example.com", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def without_token(answer):
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', b"", answer.content)


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("email", ["ada@example.com", " ADA@Example.com "])
def test_address_and_password_sign_in(client, ada, email):
    answer = sign_in(client, email)

    assert (answer.status_code, answer.url) == (302, "/home/")
    assert is_signed_in(client)


def test_the_page_shows_no_way_to_sign_up(client):
    body = client.get(LOGIN).content.decode()

    assert "Sign in" in body
    assert "sign up" not in body.lower()
    assert client.get("/accounts/signup/").status_code == 404
    assert client.post("/accounts/signup/", {"email": "x@example.com"}).status_code == 404


def test_known_unknown_closed_and_look_alike_are_answered_with_the_same_bytes(client, ada):
    UserFactory(email="closed@example.com", password=PASSWORD, is_active=False)
    attempts = [
        ("ada@example.com", "wrong password"),
        ("nobody@example.com", "wrong password"),
        ("closed@example.com", "wrong password"),
    ]

    answers = [sign_in(client, email, password) for email, password in attempts]

    bodies = {
        without_token(answer).replace(email.encode(), b"") for answer, (email, _) in zip(answers, attempts, strict=True)
    }
    assert {answer.status_code for answer in answers} == {200}
    assert len(bodies) == 1
    assert not is_signed_in(client)


@pytest.mark.parametrize("email", ["ad\u0251@example.com", "\u212aim@example.com", "m\u0131ke@example.com"])
def test_look_alikes_are_nobody(client, email):
    UserFactory(email="kim@example.com", password=PASSWORD)
    UserFactory(email="mike@example.com", password=PASSWORD)

    sign_in(client, email)
    client.post(RESET, {"email": email})

    assert not is_signed_in(client)
    assert mail.outbox == []


def test_unknown_addresses_take_as_long_as_known_ones(client, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": "9999/m/ip"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # as in production
    ada.set_password(PASSWORD)
    ada.save()

    def seconds(email):
        started_at = perf_counter()
        sign_in(client, email, "wrong password")
        return perf_counter() - started_at

    known, unknown = zip(*[(seconds("ada@example.com"), seconds("nobody@example.com")) for _ in range(3)], strict=True)

    assert 0.5 < median(known) / median(unknown) < 2  # without a hash it would be 20 times faster


def test_a_closed_account_does_not_get_in(client, ada):
    AdministratorFactory()
    sign_in(client)
    page = client.get("/accounts/password/change/")
    assert page.status_code == 200
    labels = [field.label for field in page.context["form"].fields.values()]
    assert labels == ["Current password", "New password", "New password (again)"]

    services.set_active(user=ada, is_active=False)

    assert client.get("/accounts/password/change/").status_code == 302
    client.logout()
    sign_in(client)
    assert not is_signed_in(client)


def test_eight_wrong_tries_lock_the_account_for_this_address_only(client, ada):
    answers = [sign_in(client, password="wrong password") for _ in range(9)]

    assert [b"Too many failed" in answer.content for answer in answers] == [False] * 8 + [True]
    sign_in(client)
    assert not is_signed_in(client)
    sign_in(client, REMOTE_ADDR="203.0.113.9")  # Ada herself, elsewhere
    assert is_signed_in(client)


def test_a_colleague_behind_the_same_address_is_not_locked(client, ada):
    UserFactory(email="bob@example.com", password=PASSWORD)
    for _ in range(9):
        sign_in(client, password="wrong password")

    sign_in(client, "bob@example.com")

    assert is_signed_in(client)


def test_forwarded_headers_and_hosts_do_not_refill_the_limit(client, ada, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for number in range(9):
        extra = {"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}", "HTTP_HOST": f"h{number}.example.com"}
        answer = sign_in(client, password="wrong password", **extra)

    assert b"Too many failed" in answer.content


def test_limits_live_in_the_database(client, ada):
    sign_in(client, password="wrong password")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_cache WHERE cache_key LIKE '%%login_failed%%'")
        assert cursor.fetchone() == (2,)  # by address, by address and account


@pytest.mark.parametrize("length", [129, 900_000])
def test_a_huge_password_is_refused_before_it_is_hashed(client, ada, length, monkeypatch):
    monkeypatch.setattr(type(ada), "check_password", lambda *args: pytest.fail("hashed"))

    answer = sign_in(client, password="x" * length)

    assert answer.status_code == 200
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "javascript:1"],
)
def test_next_stays_on_this_host(client, ada, target):
    answer = client.post(f"{LOGIN}?next={target}", {"login": ada.email, "password": PASSWORD, "next": target})

    assert answer.url == "/home/"


def test_next_leads_back_to_the_page(client, ada):
    answer = client.post(LOGIN, {"login": ada.email, "password": PASSWORD, "next": "/feedback/?q=x"})

    assert answer.url == "/feedback/?q=x"


def test_signing_out_takes_a_post(client, ada):
    sign_in(client)

    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    answer = client.post("/accounts/logout/")

    assert (answer.status_code, answer.url) == (302, "/")
    assert not is_signed_in(client)


def test_signing_in_and_out_need_the_csrf_token(ada):
    client = Client(enforce_csrf_checks=True)

    answer = sign_in(client)

    assert answer.status_code == 403
    assert b"That form has expired" in answer.content


def test_pages_of_signing_in_are_not_cached(client):
    assert "no-store" in client.get(LOGIN)["Cache-Control"]


# --- a new password -----------------------------------------------------------------------------------------


def test_known_and_unknown_addresses_get_the_same_answer_to_a_reset(client, ada):
    UserFactory(email="closed@example.com", is_active=False)
    emails = ["ada@example.com", "nobody@example.com", "closed@example.com"]

    answers = [client.post(RESET, {"email": email}) for email in emails]
    pages = [client.get(answer.url) for answer in answers]

    assert {(answer.status_code, answer.url) for answer in answers} == {(302, RESET + "done/")}
    assert len({without_token(page) for page in pages}) == 1
    assert [message.to for message in mail.outbox] == [[email] for email in emails]
    assert [message.subject for message in mail.outbox] == [
        "Choose a new password",
        "No account under this address",
        "No account under this address",
    ]


def test_mail_goes_to_the_stored_address_with_a_link_of_ours(client, ada, settings):
    settings.PUBLIC_URL = "https://voc.example.org"
    settings.ALLOWED_HOSTS = ["*"]

    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    client.post(RESET, {"email": "ADA@EXAMPLE.COM"}, headers=forged)

    (message,) = mail.outbox
    assert message.to == ["ada@example.com"]
    assert "https://voc.example.org/accounts/password/reset/key/" in message.body
    assert "evil" not in str(message.message())


def test_a_mail_to_whatever_was_typed_cannot_happen(rf, ada):
    context = {"password_reset_url": "https://voc.example.org/"}

    with request_context(rf.get("/")):
        StaffAccountAdapter().send_password_reset_mail(ada, "look-alike@example.com", context)

    assert mail.outbox[0].to == ["ada@example.com"]


def link_from(message):
    return re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", message.body)[1]


def reset(client, link, password=OTHER_PASSWORD):
    page = client.get(link, follow=True)
    if "action_url" not in page.context or page.context.get("token_fail"):
        return page
    return client.post(page.context["action_url"], {"password1": password, "password2": password})


def test_the_link_sets_a_new_password_once(client, ada):
    sign_in(client)
    elsewhere = client.session.session_key
    client.cookies.clear()
    client.post(RESET, {"email": ada.email})
    link = link_from(mail.outbox[0])

    answer = reset(client, link)
    assert answer.url == "/accounts/password/reset/key/done/"
    assert b"Sign in" in client.get(answer.url).content

    client.cookies.clear()
    again = reset(client, link, "yet another long thing")
    assert b"no longer works" in again.content
    sign_in(client, password=PASSWORD)
    assert not is_signed_in(client)
    client.cookies["session"] = elsewhere
    assert Session.objects.filter(session_key=elsewhere).exists()
    assert client.get("/accounts/password/change/").status_code == 302  # the old session is dead
    client.cookies.clear()
    sign_in(client, password=OTHER_PASSWORD)
    assert is_signed_in(client)
    assert mail.outbox[1].to == [ada.email]  # the owner is told


def test_a_link_dies_with_the_address_it_was_for(client, ada):
    client.post(RESET, {"email": ada.email})
    ada.email = "ada.lovelace@example.com"
    ada.save(update_fields=["email"])

    assert b"no longer works" in reset(client, link_from(mail.outbox[0])).content


@pytest.mark.parametrize("link", ["1-nonsense", "zzzzzzzzzzzzzzzzzzzz-x", "1-set-password", "0-0", "-"])
def test_a_made_up_link_opens_nothing(client, ada, link):
    answer = client.get(f"/accounts/password/reset/key/{link}/", follow=True)

    assert answer.status_code in (200, 404)
    assert b"password1" not in answer.content


@pytest.mark.parametrize("password", ["short", "password123", "ada@example.com", "x" * 129])
def test_weak_and_huge_passwords_are_refused(client, ada, password):
    client.post(RESET, {"email": ada.email})

    answer = reset(client, link_from(mail.outbox[0]), password)

    assert answer.status_code == 200
    assert b"error-text" in answer.content


def test_a_long_sentence_in_any_script_is_a_password(client, ada):
    password = "пароль 測定器 \U0001f600 " * 4
    client.post(RESET, {"email": ada.email})

    reset(client, link_from(mail.outbox[0]), password)
    sign_in(client, password=password)

    assert is_signed_in(client)


def test_a_password_can_be_changed_when_signed_in(client, ada):
    sign_in(client)
    data = {"oldpassword": PASSWORD, "password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}

    answer = client.post("/accounts/password/change/", data)

    assert answer.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(OTHER_PASSWORD)


# --- the other doors ----------------------------------------------------------------------------------------


def test_the_admins_own_sign_in_is_this_one(client):
    answer = client.get("/admin/login/")

    assert (answer.status_code, answer.url) == (302, f"{LOGIN}?next=%2Fadmin%2Flogin%2F")
    AdministratorFactory(email="root@example.com", password=PASSWORD)
    client.post("/admin/login/", {"username": "root@example.com", "password": PASSWORD})
    assert not is_signed_in(client)


@pytest.mark.parametrize("url", ["/admin/", "/admin/accounts/user/"])
def test_who_may_open_the_admin(client, url):
    actors = [None, *[UserFactory(role=role) for role in Role], AdministratorFactory()]
    got = []

    for actor in actors:
        client.logout()
        if actor:
            client.force_login(actor)
        got.append(client.get(url, follow=True).status_code if actor else client.get(url).status_code)

    assert got == [302, 403, 403, 403, 403, 200]


def test_pages_that_are_ours_are_the_only_ones():
    for name in ("account_signup", "account_email", "account_confirm_email"):
        with pytest.raises(Exception, match=name):
            reverse(name)


@pytest.mark.django_db
def test_from_a_forgotten_password_one_finds_back(client):
    for address in ("/accounts/password/reset/", "/accounts/password/reset/done/"):
        assert 'href="/accounts/login/">Back to sign in</a>' in client.get(address).content.decode()


@pytest.mark.django_db
def test_who_is_asked_once_more_may_turn_back(client):
    client.force_login(UserFactory(password=PASSWORD))

    html = client.get("/accounts/reauthenticate/").content.decode()

    assert '<a class="button" href="/accounts/">Cancel</a>' in html
