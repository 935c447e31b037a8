"""Consents that come with a form: facts with the words that were shown, never changed."""

import pytest
from django.db import InternalError, transaction
from django.db.utils import DatabaseError
from django.utils.html import escape

from apps.customers.consents import consents_of
from apps.customers.models import Consent, Customer
from apps.feedback.models import Feedback, Identity
from apps.feedback.selectors import questionnaire_of
from apps.feedback.services import set_identity
from tests.factories import AdministratorFactory, make_form
from tests.feedback.test_views import token_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(product, settings):
    settings.FORM_MIN_SECONDS = 0.0
    return make_form(purpose="feature", product=product, slug="wish", title="Wish")


def send(browser, *, lang="en", **data):
    token = token_in(browser.get(f"/f/wish/?lang={lang}"))
    return browser.post("/f/wish/", {"token": token, "lang": lang, "text": "A dark mode.", **data})


def test_a_consent_is_kept_with_its_words_its_person_and_its_feedback(form, browser):
    send(browser, lang="de", email="ada@example.org", **{"consent-contact": "yes"})

    kept = Consent.objects.get()
    assert (kept.customer, kept.purpose, kept.is_given) == (Customer.objects.get(), "contact", True)
    assert (kept.language, kept.channel, kept.feedback_id) == ("de", "form", Feedback.objects.get().pk)
    assert kept.text == questionnaire_of(form.current_id).by_key["consent-contact"].label["de"]


def test_no_box_no_consent_and_nothing_is_ticked_beforehand(form, browser):
    send(browser, email="ada@example.org")

    assert not Consent.objects.exists()
    assert "checked" not in browser.get("/f/wish/?consent-contact=yes").text


def test_sent_twice_it_is_one_consent(form, browser):
    token = token_in(browser.get("/f/wish/"))
    for _ in range(2):
        browser.post("/f/wish/", {"token": token, "text": "A dark mode.", "consent-contact": "yes"})

    assert Consent.objects.count() == 1
    assert Consent.objects.get().customer is None


@pytest.mark.parametrize("change", [lambda rows: rows.update(is_given=False), lambda rows: rows.delete()])
def test_a_consent_is_never_changed(form, browser, change):
    send(browser, **{"consent-contact": "yes"})

    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        change(Consent.objects.all())


def test_the_newest_word_holds(form, browser):
    send(browser, email="ada@example.org", **{"consent-contact": "yes"})
    customer = Customer.objects.get()
    Consent.objects.create(customer=customer, purpose="contact", is_given=False, text="No more", channel="form")

    assert [(one.purpose, one.is_given) for one in consents_of([customer.pk])] == [("contact", False)]


def test_the_customers_page_says_what_they_consented_to(form, browser, client):
    send(browser, email="ada@example.org", **{"consent-contact": "yes"})
    client.force_login(AdministratorFactory())

    page = client.get(f"/customers/{Customer.objects.get().pk}/").text

    assert "To be contacted" in page
    assert "You may contact me about what I have said here." in page


def test_the_customers_page_shows_the_words_and_whether_it_was_they(form, browser, client):
    send(browser, email="ada@example.org", **{"consent-contact": "yes"})
    words = questionnaire_of(form.current_id).by_key["consent-contact"].label["en"]
    client.force_login(AdministratorFactory())
    address = f"/customers/{Customer.objects.get().pk}/"

    claimed = client.get(address).content.decode()
    set_identity(feedback_id=Feedback.objects.get().pk, identity=Identity.VERIFIED)
    proven = client.get(address).content.decode()

    told = "Not proven that it was they"
    assert [told in page for page in (claimed, proven)] == [True, False]
    assert escape(words) in claimed
