"""The start page, the receipt of one feedback, the proof of an address."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.feedback import tokens
from apps.feedback.models import Feedback, Identity
from tests.factories import AdministratorFactory, CustomerFactory, FeedbackFactory, make_form

# --- receipt -----


@pytest.mark.django_db
def test_the_receipt_opens_one_feedback_for_nobody_to_keep(browser):
    shown, other = FeedbackFactory(text="Mine", rating=4), FeedbackFactory(text="Another's")

    response = browser.get(tokens.receipt_path(shown.pk))

    assert response.status_code == 200
    assert "Mine" in response.text
    assert "4 of 5" in response.text
    assert other.text not in response.text
    assert (response.headers["Cache-Control"], response.headers["X-Robots-Tag"], dict(response.cookies)) == (
        "no-store", "noindex", {},
    )  # fmt: skip


@pytest.mark.django_db
def test_a_receipt_shows_no_address_and_no_reason(browser):
    row = FeedbackFactory(
        customer=CustomerFactory(email="ada@example.org", name="Ada"),
        state="held",
        held_reason="Looks automatic",
    )

    page = browser.get(tokens.receipt_path(row.pk)).text

    assert [secret for secret in ("ada@", "Ada", "Looks automatic", "held") if secret in page] == []


@pytest.mark.parametrize(
    ("fields", "email", "sentence"),
    [
        ({"identity": Identity.CLAIMED}, "ada@example.org", "a link by which you confirm"),
        ({"identity": Identity.VERIFIED}, "ada@example.org", "Your e-mail address is confirmed"),
        ({"identity": Identity.CLAIMED}, "", "You gave no e-mail address"),
    ],
)
@pytest.mark.django_db
def test_the_receipt_says_what_happens_next(browser, fields, email, sentence):
    row = FeedbackFactory(customer=CustomerFactory(email=email), **fields)

    assert sentence in browser.get(tokens.receipt_path(row.pk)).text


@pytest.mark.parametrize("state", [{"state": "withdrawn"}, {"redacted_at": "2026-03-02T00:00Z"}])
@pytest.mark.django_db
def test_the_receipt_of_withdrawn_feedback_shows_no_words(browser, state):
    row = FeedbackFactory(text="Gone words", **state)

    page = browser.get(tokens.receipt_path(row.pk)).text

    assert "withdrawn" in page
    assert "Gone words" not in page


@pytest.mark.django_db
def test_receipts_of_others_and_of_nothing_are_404(browser):
    row = FeedbackFactory()
    forged = tokens.receipt_path(row.pk + 1).replace(f"/{row.pk + 1}.", f"/{row.pk}.")

    assert [browser.get(path).status_code for path in (forged, tokens.receipt_path(row.pk + 1), "/r/1/")] == [404] * 3
    assert Client().post(tokens.receipt_path(row.pk)).status_code == 405


# --- proof of an address -----


@pytest.fixture
def claimed(db) -> Feedback:
    return FeedbackFactory(customer=CustomerFactory(), identity=Identity.CLAIMED)


def confirmation_path(feedback: Feedback) -> str:
    return tokens.confirmation_url(feedback).removeprefix("http://localhost:8000")


def test_opening_the_mailed_link_changes_nothing(claimed, browser):
    response = browser.get(confirmation_path(claimed))

    claimed.refresh_from_db()
    assert (response.status_code, claimed.identity) == (200, Identity.CLAIMED)


def test_confirming_verifies_and_again_changes_nothing(claimed, browser, published):
    for _ in range(2):
        response = browser.post(confirmation_path(claimed))
        assert (response.status_code, response.headers["Location"]) == (303, tokens.receipt_path(claimed.pk))

    claimed.refresh_from_db()
    assert (claimed.identity, claimed.customer.verified_at is None) == (Identity.VERIFIED, False)
    assert published("feedback.changed") == [claimed.pk]


def test_the_receipt_never_shows_the_mailed_link(claimed, browser):
    assert "confirm/" not in browser.get(tokens.receipt_path(claimed.pk)).text


def test_a_confirmation_of_another_feedback_is_404(claimed, browser):
    other = FeedbackFactory(customer=CustomerFactory(), identity=Identity.CLAIMED)
    token = confirmation_path(claimed).rstrip("/").rpartition("/")[2]

    response = browser.post(reverse("feedback:confirm", args=[tokens.receipt_token(other.pk), token]))

    other.refresh_from_db()
    assert (response.status_code, other.identity) == (404, Identity.CLAIMED)


# --- start -----


@pytest.mark.parametrize("count", [1, 3])
def test_the_start_page_lists_the_open_forms(form, browser, django_assert_num_queries, count):
    for number in range(1, count):
        make_form(product=form.product, slug=f"form-{number}", title=f"Form {number}")
    make_form(product=form.product, slug="closed", title="Closed", is_open=False)

    with django_assert_num_queries(1):
        page = browser.get("/").text

    assert page.count('href="/f/') == count
    assert "Closed" not in page


@pytest.mark.django_db
def test_the_start_page_without_forms_says_so(browser):
    assert "No form is open" in browser.get("/").text


@pytest.mark.django_db
def test_staff_are_sent_on_from_the_start_page(client, settings):
    settings.LOGIN_REDIRECT_URL = "/home/"
    client.force_login(AdministratorFactory())

    response = client.get("/")

    assert (response.status_code, response.headers["Location"]) == (302, "/home/")
