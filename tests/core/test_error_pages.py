"""Pages for errors: what happened, what to do, and the way back."""

import logging
import re

import pytest

from apps.accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_somebody_signed_in_keeps_their_navigation(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    answer = client.get("/nothing/")

    html = answer.content.decode()
    assert answer.status_code == 404
    assert "There is nothing here" in html
    assert 'href="/home/"' in html
    assert 'href="/feedback/"' in html


def test_what_the_role_forbids_says_whom_to_ask(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    answer = client.get("/mail/")

    assert answer.status_code == 403
    assert "ask an administrator" in answer.content.decode()
    assert 'aria-label="Main"' in answer.content.decode()


def test_a_stranger_gets_the_plain_page(client):
    html = client.get("/nothing/").content.decode()

    assert "There is nothing here" in html
    assert 'href="/feedback/"' not in html


def test_a_fragment_gets_the_plain_page(client):
    client.force_login(UserFactory(role=Role.SCIENTIST))

    answer = client.get("/nothing/", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert 'aria-label="Main"' not in answer.content.decode()


def test_our_own_failure_carries_the_reference_of_the_log(client, monkeypatch, caplog):
    client.raise_request_exception = False
    client.force_login(UserFactory(role=Role.SCIENTIST))
    monkeypatch.setattr("apps.dashboard.palette.matches", lambda *_: 1 / 0)

    with caplog.at_level(logging.ERROR, logger="apps.core.http"):
        answer = client.get("/palette/")

    (reference,) = re.findall(r"<code>([0-9a-f]{8})</code>", answer.content.decode())
    assert answer.status_code == 500
    assert [reference in record.getMessage() for record in caplog.records if record.name == "apps.core.http"] == [True]


def test_pages_speak_the_browsers_language(client):
    assert '<html lang="de"' in client.get("/nothing/", headers={"Accept-Language": "de"}).content.decode()


def test_the_language_is_chosen_without_a_cookie_to_check(client):
    client.handler.enforce_csrf_checks = True

    answer = client.post("/language/", {"language": "de"}, headers={"Referer": "http://testserver/accounts/login/"})

    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/accounts/login/")
    assert '<html lang="de"' in client.get("/accounts/login/").content.decode()
    assert '<html lang="en"' in client.get("/?start").content.decode()  # customers' pages read no cookie


def test_choosing_a_language_leads_nowhere_else(client):
    answer = client.post("/language/", {"language": "de", "next": "https://evil.example/"})

    assert answer["Location"] == "/"
