"""Signed tokens: what they open, and what they do not."""

import pytest

from apps.feedback import tokens
from apps.feedback.models import Identity
from tests.factories import CustomerFactory, FeedbackFactory

NOW = 1_800_000_000.0
HOUR = 3600


def test_a_form_token_is_read_back_with_its_age():
    token = tokens.issue_form_token(7, now=NOW)

    read = tokens.read_form_token(token, form_id=7, now=NOW + 5)

    assert (read.age_seconds, read.doubt, len(read.nonce)) == (5.0, "", 22)


@pytest.mark.parametrize(
    ("form_id", "seconds", "doubt"),
    [
        (8, 5, "Form token of another form"),
        (7, 48 * HOUR + 1, "Form token expired"),
        (7, -121, "Form token expired"),
        (7, 48 * HOUR, ""),
        (7, -119, ""),
    ],
)
def test_a_form_token_in_doubt_keeps_its_nonce(form_id, seconds, doubt):
    token = tokens.issue_form_token(7, now=NOW)

    read = tokens.read_form_token(token, form_id=form_id, now=NOW + seconds)

    assert (bool(read.nonce), read.doubt) == (True, doubt)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "7" + token,
        lambda token: token + " ",
        lambda token: token.upper(),
        lambda token: token.rpartition(".")[0],
        lambda token: token[:-1],
        lambda _: "null",
        lambda _: "[]",
        lambda _: ".",
        lambda _: "\ud800",
        lambda _: tokens.receipt_token(7),
    ],
)
def test_a_changed_form_token_is_not_ours(change):
    token = change(tokens.issue_form_token(7, now=NOW))

    assert tokens.read_form_token(token, form_id=7, now=NOW) == ("", 0.0, "Form token is not ours", 0)


def test_no_form_token_is_told_apart():
    assert tokens.read_form_token("", form_id=7, now=NOW).doubt == "Sent without a form token"


def test_a_receipt_token_opens_its_id_and_no_other():
    token = tokens.receipt_token(12)

    assert tokens.read_receipt_token(token) == 12
    for other in (token.replace("12.", "13."), "12", "12.", tokens.issue_form_token(12, now=NOW), ""):
        assert tokens.read_receipt_token(other) is None


@pytest.mark.django_db
def test_a_confirmation_holds_for_one_feedback_and_one_address():
    ada = CustomerFactory(email="ada@example.org")
    feedback, other = (FeedbackFactory(customer=ada, identity=Identity.CLAIMED) for _ in range(2))
    token = tokens.confirmation_url(feedback).rstrip("/").rpartition("/")[2]

    assert tokens.is_confirmation_of(token, feedback)
    assert not tokens.is_confirmation_of(token, other)
    ada.email = "eve@example.org"
    feedback.customer = ada
    assert not tokens.is_confirmation_of(token, feedback)


@pytest.mark.django_db
def test_links_begin_with_the_public_url(settings):
    settings.PUBLIC_URL = "https://feedback.example.org"
    feedback = FeedbackFactory(customer=CustomerFactory())

    for url in (tokens.receipt_url(feedback.pk), tokens.confirmation_url(feedback)):
        assert url.startswith(f"https://feedback.example.org/r/{feedback.pk}.")
