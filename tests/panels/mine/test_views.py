"""A customer's own page: opened by its link alone, in their language, deciding for nobody else."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from apps.customers import tokens
from apps.customers.consents import give, has_withdrawn, standing, take_back
from apps.customers.models import Consent, Customer, Purpose
from apps.customers.services import erase_customer, update_customer
from apps.customers.tokens import mine_token
from apps.dialogue.models import Mail
from apps.panels.models import ParticipantState, SessionState
from tests.factories import CustomerFactory, FeedbackFactory
from tests.panels.making import PanelFactory, ParticipantFactory, QuoteFactory, SeatFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory(name="Ada Quill", email="ada@example.org")


@pytest.fixture
def page(customer) -> str:
    return f"/my/{mine_token(customer)}/"


def contact(customer: Customer) -> bool:
    return bool(standing([customer.pk], Purpose.CONTACT, as_of=timezone.localdate()))


def test_who_asks_learns_nothing_and_the_owner_gets_one_mail(client, customer):
    answers = [client.post("/my/", {"email": one}) for one in ("nobody@example.org", "ADA@example.org", customer.email)]

    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    mail = Mail.objects.get()
    assert (mail.recipients, mail.needs_contact) == (["ada@example.org"], False)
    link = re.search(r"http\S+(/my/\S+/)", mail.body)[1]
    assert "Ada Quill" in client.get(link).content.decode()
    assert client.post("/my/", {"email": "no address"}).status_code == 422
    assert all(not one.cookies for one in answers)


def test_the_link_is_mailed_to_whoever_took_contact_back_and_in_their_language(client):
    customer = CustomerFactory(languages=["de-AT"])
    take_back(customer_id=customer.pk, purpose=Purpose.CONTACT)

    client.post("/my/", {"email": customer.email})

    assert Mail.objects.count() == 1


def test_one_client_and_one_address_are_limited(client, customer):
    answers = [
        client.post("/my/", {"email": f"a{number}@example.org"}, REMOTE_ADDR="10.9.8.7").status_code
        for number in range(25)
    ]

    assert answers == [200] * 20 + [429] * 5


def test_the_page_shows_what_is_known_and_is_nobodys_else(client, customer, page):
    other = CustomerFactory(name="Somebody Zebra")
    FeedbackFactory(customer=customer, text="My words.")
    FeedbackFactory(customer=other, text="zebra words")
    SeatFactory(customer=customer, panel=PanelFactory(name="Users of Aurora"))
    SeatFactory(customer=other, panel=PanelFactory(name="zebra panel"))
    ahead = {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(hours=1)}
    for whom, title in ((customer, "How we calibrate"), (other, "zebra session")):
        session = SessionFactory(title=title, state=SessionState.PLANNED, **ahead)
        ParticipantFactory(session=session, customer=whom, state=ParticipantState.ACCEPTED)

    answer = client.get(page)

    text = answer.content.decode()
    for word in ("Ada Quill", "ada@example.org", "My words.", "Users of Aurora", "How we calibrate"):
        assert word in text
    assert "zebra" not in text
    assert not answer.cookies
    headers = [answer.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")]
    assert headers == ["no-store", "no-referrer", "noindex"]
    for language, direction in (("de", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")):
        assert f'<html lang="{language}" dir="{direction}">' in client.get(f"{page}?lang={language}").content.decode()


def test_each_purpose_is_given_and_taken_back_by_itself(client, customer, page):
    for _ in range(2):
        answer = client.post(f"{page}consents/", {"purpose": "contact", "say": "yes", "number": "1"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{page}?done=given&lang=en#contact"
    assert (contact(customer), Consent.objects.count()) == (True, 1)
    assert "You agreed on" in client.get(answer.headers["Location"]).content.decode()

    client.post(f"{page}consents/", {"purpose": "contact", "say": "no"})
    assert has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT)
    assert "You took this back on" in client.get(page).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"purpose": "everything", "say": "yes"},
        {"purpose": "contact", "say": "perhaps"},
        {"purpose": "contact", "say": "yes", "number": "9"},
        {"purpose": "contact", "say": "yes", "number": "1e9"},
    ],
)
def test_what_cannot_be_read_or_has_changed_is_told_and_nothing_is_kept(client, page, data):
    answer = client.post(f"{page}consents/", data)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Consent.objects.count() == 0


def test_a_link_is_over_with_its_week_its_address_and_its_person(client, customer, page, monkeypatch):
    assert client.get(page).status_code == 200
    merged = f"/my/{mine_token(CustomerFactory(name='Twin', merged_into=customer))}/"
    assert client.get(merged).status_code == 200
    for wrong in ("/my/x/", f"{page[:-2]}x/", "/my/" + "a.b" * 30 + "/"):
        assert client.get(wrong).status_code == 404

    with monkeypatch.context() as later:
        later.setattr(tokens, "LINK_DAYS", -1)
        assert client.get(page).status_code == 404
    update_customer(customer_id=customer.pk, name="Ada Quill", email="other@example.org")
    assert client.get(page).status_code == 404
    customer.refresh_from_db()
    page = f"/my/{mine_token(customer)}/"
    assert client.get(page).status_code == 200
    erase_customer(customer_id=customer.pk)
    for path in (page, f"{page}data.json"):
        assert client.get(path).status_code == 404
    assert client.post(f"{page}consents/", {"purpose": "contact", "say": "yes"}).status_code == 404


def test_the_download_holds_everything_of_both_records_and_nothing_of_others(client, customer, page):
    merged = CustomerFactory(name="A. Quill", merged_into=customer, instruments=["Balance 7"])
    FeedbackFactory(customer=merged, text="Sent by my other self.")
    give(customer_id=customer.pk, purpose=Purpose.INTERNAL_QUOTE)
    here = ParticipantFactory(session=SessionFactory(title="A visit"), customer=customer)
    QuoteFactory(speaker=here, text="I said this.")
    QuoteFactory(speaker=ParticipantFactory(session=here.session), text="zebra said that")
    SeatFactory(customer=customer, panel=PanelFactory(name="Users of Aurora"))

    answer = client.get(f"{page}data.json")

    data = json.loads(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert sorted(one["name"] for one in data["profile"]) == ["A. Quill", "Ada Quill"]
    assert [one["text"] for one in data["feedback"]] == ["Sent by my other self."]
    assert [(one["purpose"], one["is_given"]) for one in data["consents"]] == [("internal_quote", True)]
    assert [one["text"] for one in data["quotes"]] == ["I said this."]
    assert [one["session"] for one in data["sessions"]] == ["A visit"]
    assert [one["panel"] for one in data["panels"]] == ["Users of Aurora"]
    assert b"zebra" not in answer.content


def test_erasure_is_asked_for_once_confirmed_and_can_be_taken_back(client, customer, page):
    assert client.post(f"{page}erasure/", {"say": "yes"}).status_code == 422

    for _ in range(2):
        assert client.post(f"{page}erasure/", {"say": "yes", "is_sure": "1"}).status_code == 303
    customer.refresh_from_db()
    assert (customer.erasure_asked_at is not None, customer.erased_at) == (True, None)
    assert "You asked us on" in client.get(page).content.decode()

    client.post(f"{page}erasure/", {"say": "no"})
    customer.refresh_from_db()
    assert customer.erasure_asked_at is None


def test_other_methods_are_refused_and_no_csrf_cookie_is_needed(page):
    strict = Client(enforce_csrf_checks=True)

    assert [strict.post(page).status_code, strict.get(f"{page}consents/").status_code] == [405, 405]
    assert strict.post(f"{page}consents/", {"purpose": "contact", "say": "yes"}).status_code == 303


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_with_redis_away_the_page_works(client, customer, page):
    assert client.get(page).status_code == 200
    assert client.post("/my/", {"email": customer.email}).status_code == 200
    assert Mail.objects.count() == 1


def test_the_page_costs_the_same_for_one_and_for_many(client, customer, page, django_assert_num_queries):
    for count in (1, 2):
        for _ in range(count):
            FeedbackFactory(customer=customer)
            SeatFactory(customer=customer)
            give(customer_id=customer.pk, purpose=list(Purpose)[count])
        with django_assert_num_queries(12):
            assert client.get(page).status_code == 200
