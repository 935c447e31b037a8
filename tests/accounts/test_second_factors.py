"""Authenticator apps, recovery codes, who must have one, and what guards the change of it."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from apps.accounts import second_factors
from apps.accounts.models import Role
from tests.accounts.signing_in import (
    FACTOR,
    LOGIN,
    SECRET,
    code,
    give_app,
    is_signed_in,
    reauthenticate,
    recovery_codes,
    sign_in,
    wrong_code,
)
from tests.factories import PASSWORD, AdministratorFactory, UserFactory

pytestmark = pytest.mark.django_db

INDEX, APP, QR = "/accounts/2fa/", "/accounts/2fa/app/", "/accounts/2fa/app/code.svg"
CODES, DOWNLOAD = "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/recovery-codes.txt"
NEW_CODES = "/accounts/2fa/recovery-codes/new/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com", name="Ada", password=PASSWORD, role=Role.ANALYST)


@pytest.fixture
def inside(client, ada):
    """Ada, signed in, who has just given her password once more."""
    sign_in(client)
    reauthenticate(client)
    return client


def set_up(client) -> str:
    """Set up an app through the pages; return its secret."""
    secret = re.search(rb'class="secret">(\w+)<', client.get(APP).content)[1].decode()
    answer = client.post(APP, {"code": code(secret)})
    assert (answer.status_code, answer.url) == (302, CODES)
    return secret


# --- setting up ---------------------------------------------------------------------------------------------


def test_changing_factors_takes_the_password_once_more(client, ada):
    sign_in(client)

    for url in (APP, CODES, NEW_CODES, DOWNLOAD, "/accounts/2fa/passkeys/add/"):
        give = client.get(url)
        assert (give.status_code, give.url.split("?")[0]) == (302, "/accounts/reauthenticate/"), url
    assert client.get(QR).status_code == 302
    assert client.post(APP, {"code": "000000"}).status_code == 302
    assert Authenticator.objects.count() == 0


def test_strangers_are_sent_to_sign_in(client):
    for url in (INDEX, APP, QR, CODES, DOWNLOAD, NEW_CODES):
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert answer.url.startswith((LOGIN, "/accounts/reauthenticate/")), url


def test_the_qr_code_is_an_image_of_its_own_without_styles(inside):
    assert inside.get(QR).status_code == 404  # nothing is being set up

    page = inside.get(APP)
    picture = inside.get(QR)

    assert (picture["Content-Type"], "no-store" in picture["Cache-Control"]) == ("image/svg+xml", True)
    assert b"<svg" in picture.content
    assert b"style" not in picture.content
    assert b"data:" not in page.content
    assert QR.encode() in page.content


def test_an_app_and_recovery_codes_are_set_up(inside, ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up(inside)

    kept = Authenticator.objects.get(user=ada, type="totp").data["secret"]
    assert secret not in kept  # encrypted in the database
    shown = inside.get(CODES)
    codes = re.findall(rb"<code>(\d{8})</code>", shown.content)
    assert len(set(codes)) == 10
    assert inside.get(DOWNLOAD).content.split() == codes
    assert [message.to for message in mail.outbox] == [[ada.email]]  # the owner is told


def test_recovery_codes_are_shown_once(inside, client, ada):
    set_up(inside)
    codes = re.findall(rb"<code>(\d{8})</code>", inside.get(CODES).content)
    elsewhere = type(client)()
    sign_in(elsewhere)
    elsewhere.post(FACTOR, {"code": codes[0].decode()})
    reauthenticate(elsewhere)

    page = elsewhere.get(CODES)

    assert not any(one in page.content for one in codes)
    assert b"9 of 10" in page.content
    assert elsewhere.get(DOWNLOAD).status_code == 404
    session = inside.session
    session["recovery_codes_shown"][1] -= 601
    session.save()
    assert not any(one in inside.get(CODES).content for one in codes)


def test_new_codes_end_the_old_ones(inside, ada):
    set_up(inside)
    old = recovery_codes(ada)

    inside.post(NEW_CODES)

    assert not set(old) & set(recovery_codes(ada))
    assert len(re.findall(rb"<code>(\d{8})</code>", inside.get(CODES).content)) == 10


def test_a_wrong_code_sets_nothing_up(inside):
    inside.get(APP)

    answer = inside.post(APP, {"code": wrong_code()})

    assert b"not right" in answer.content
    assert Authenticator.objects.count() == 0


def test_removing_the_app_removes_its_recovery_codes(inside, ada):
    set_up(inside)

    answer = inside.post("/accounts/2fa/app/remove/")

    assert (answer.status_code, Authenticator.objects.filter(user=ada).count()) == (302, 0)


def test_the_page_of_factors_reads_for_everybody(inside, ada):
    assert b"Set up an app" in inside.get(INDEX).content
    set_up(inside)
    assert b"Remove the app" in inside.get(INDEX).content
    assert inside.post(INDEX).status_code == 405


# --- signing in ---------------------------------------------------------------------------------------------


def test_the_password_alone_does_not_sign_in(client, ada):
    give_app(ada)

    answer = sign_in(client)

    assert (answer.status_code, answer.url.split("?")[0], is_signed_in(client)) == (302, FACTOR, False)
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_code_signs_in(client, ada, step):
    give_app(ada)
    client.post(f"{LOGIN}?next=/feedback/", {"login": ada.email, "password": PASSWORD, "next": "/feedback/"})

    answer = client.post(FACTOR, {"code": code(step=step)})

    assert (answer.url, is_signed_in(client)) == ("/feedback/", True)


@pytest.mark.parametrize("step", [-2, 2])
def test_a_code_of_another_time_does_not(client, ada, step):
    give_app(ada)
    sign_in(client)

    client.post(FACTOR, {"code": code(step=step)})

    assert not is_signed_in(client)


def test_a_code_counts_once(client, ada):
    give_app(ada)
    sign_in(client)
    used = code()
    client.post(FACTOR, {"code": used})
    other = type(client)()
    sign_in(other)

    other.post(FACTOR, {"code": f"{used[:3]} {used[3:]}"})

    assert (is_signed_in(client), is_signed_in(other)) == (True, False)


def test_a_code_counts_once_however_it_is_written(client, ada, monkeypatch):
    give_app(ada)
    text = code()
    sign_in(client)
    client.post(FACTOR, {"code": text})
    client.logout()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda *_: True)  # 30 seconds later

    for written in (text, f"{text[:3]}-{text[3:]}", f" {text[:3]} {text[3:]}.", f"{text}-"):
        sign_in(client)
        client.post(FACTOR, {"code": written})

        assert not is_signed_in(client)


def test_a_recovery_code_signs_in_once(client, ada):
    give_app(ada)
    first = recovery_codes(ada)[0]
    for expected in (True, False):
        browser = type(client)()
        sign_in(browser)
        browser.post(FACTOR, {"code": first})
        assert is_signed_in(browser) == expected


def test_the_second_step_needs_the_first(client, ada):
    give_app(ada)

    answer = client.post(FACTOR, {"code": code()})

    assert (answer.status_code, answer.url, is_signed_in(client)) == (302, LOGIN, False)


def test_a_closed_account_does_not_get_past_the_second_step(client, ada):
    AdministratorFactory()
    give_app(ada)
    sign_in(client)
    ada.is_active = False
    ada.save(update_fields=["is_active"])

    client.post(FACTOR, {"code": code()})

    assert client.get("/accounts/profile/").status_code == 302


def test_with_and_without_a_factor_a_wrong_password_is_answered_with_the_same_bytes(client, ada):
    give_app(ada)
    UserFactory(email="bob@example.com", password=PASSWORD)
    emails = ["ada@example.com", "bob@example.com", "nobody@example.com"]

    answers = [sign_in(client, email, "wrong password") for email in emails]

    bodies = {
        re.sub(rb'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"', b"", answer.content).replace(
            email.encode(), b""
        )
        for answer, email in zip(answers, emails, strict=True)
    }
    assert {answer.status_code for answer in answers} == {200}
    assert len(bodies) == 1


def test_a_changed_signing_key_opens_nothing_and_breaks_nothing(client, ada, settings):
    give_app(ada)
    settings.SECRET_KEY = "another key than before, long enough to be one"
    sign_in(client)

    answer = client.post(FACTOR, {"code": code(SECRET)})

    assert (answer.status_code, is_signed_in(client)) == (200, False)
    settings.SECRET_KEY_FALLBACKS = []


# --- guessing -----------------------------------------------------------------------------------------------


def test_codes_are_not_guessed_however_many_addresses_try(client, ada):
    give_app(ada)
    sign_in(client)
    answers = [client.post(FACTOR, {"code": wrong_code()}, REMOTE_ADDR=f"203.0.113.{n}") for n in range(9)]

    assert [b"Too many failed" in answer.content for answer in answers] == [False] * 8 + [True]
    assert b"ten minutes" in answers[-1].content
    client.post(FACTOR, {"code": code()})
    assert not is_signed_in(client)


def test_guessing_locks_no_colleague(client, ada):
    bob = UserFactory(email="bob@example.com", password=PASSWORD)
    for user in (ada, bob):
        give_app(user)
    sign_in(client)
    for _ in range(9):
        client.post(FACTOR, {"code": wrong_code()})
    other = type(client)()
    sign_in(other, "bob@example.com")

    other.post(FACTOR, {"code": recovery_codes(bob)[0]})

    assert is_signed_in(other)


def test_an_office_signs_in_at_nine(client, settings):
    people = [UserFactory(email=f"p{n}@example.com", password=PASSWORD) for n in range(70)]
    for user in people:
        give_app(user)

    inside = 0
    for user in people:
        browser = type(client)()
        sign_in(browser, user.email)
        browser.post(FACTOR, {"code": recovery_codes(user)[0]})
        inside += is_signed_in(browser)

    assert inside == 70  # more than 60 a minute from one address: what succeeds does not count


def test_the_password_step_says_when_to_come_back_and_a_reset_opens_at_once(client, ada):
    for _ in range(9):
        answer = sign_in(client, password="wrong password")
    assert b"Try again in ten minutes" in answer.content
    assert b"Forgotten your password?" in answer.content

    client.post("/accounts/password/reset/", {"email": ada.email})
    link = re.search(r"https?://[^/\s]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    page = client.get(link, follow=True)
    chosen = "an entirely different thing"
    client.post(page.context["action_url"], {"password1": chosen, "password2": chosen})
    sign_in(client, password=chosen)

    assert is_signed_in(client)


# --- required, reset ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("whom", "led_away"), [("", []), ("administrators", ["root"]), ("everyone", ["ada", "root"])])
def test_a_factor_may_be_required(client, ada, settings, whom, led_away):
    settings.REQUIRE_SECOND_FACTOR = whom
    root = AdministratorFactory(email="root@example.com", password=PASSWORD)
    led = []

    for name, user in (("ada", ada), ("root", root)):
        browser = type(client)()
        sign_in(browser, user.email)
        answer = browser.get("/accounts/profile/")
        if answer.status_code == 302:
            assert answer.url == INDEX
            assert browser.get(INDEX).status_code == 200
            led.append(name)

    assert led == led_away


def test_once_it_is_set_up_all_pages_open(client, settings):
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    AdministratorFactory(email="ada@example.com", password=PASSWORD)
    sign_in(client)
    fragment = client.get("/accounts/profile/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, INDEX)
    assert client.get("/no/such/page/").status_code == 404
    assert client.get("/accounts/login/").status_code == 302
    reauthenticate(client)
    set_up(client)

    assert client.get("/accounts/profile/").status_code == 200
    answer = client.post("/accounts/2fa/app/remove/")
    assert b"required here" in answer.content
    assert Authenticator.objects.filter(type="totp").exists()


def test_an_administrator_resets_a_lost_factor(client, ada):
    give_app(ada)
    sign_in(client)
    client.post(FACTOR, {"code": code()})
    assert client.get("/accounts/profile/").status_code == 200
    mail.outbox.clear()

    counts = [second_factors.reset_second_factors(user=ada) for _ in range(2)]

    assert counts == [2, 0]
    assert client.get("/accounts/profile/").status_code == 302  # every session ended
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([ada.email], "Your second factor was removed")
    ]
    sign_in(client)
    assert is_signed_in(client)


def test_nobody_touches_somebody_elses_passkey(inside):
    bob = UserFactory(email="bob@example.com")
    key = Authenticator.objects.create(user=bob, type="webauthn", data={"name": "Bob's", "credential": {}})

    for way in ("", "remove/"):
        url = f"/accounts/2fa/passkeys/{key.pk}/{way}"
        assert (inside.get(url).status_code, inside.post(url, {"name": "mine"}).status_code) == (404, 404)
    key.refresh_from_db()
    assert key.data["name"] == "Bob's"
