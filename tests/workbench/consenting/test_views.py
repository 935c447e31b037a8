"""Consents as staff see and write them down; words published; requests to be erased."""

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core import lanes
from apps.customers import consents
from apps.customers.models import Consent, ConsentText, Purpose
from apps.customers.services import ask_for_erasure
from apps.dialogue.models import Notification
from tests.factories import AdministratorFactory, CustomerFactory, FeedbackFactory, UserFactory

pytestmark = pytest.mark.django_db
SAID = {"purpose": "recording", "say": "yes", "how": "writing"}


@pytest.fixture
def as_analyst(client, analyst):
    client.force_login(analyst)
    return client


def test_staff_write_down_what_they_were_told_and_read_it_in_full(as_analyst, analyst):
    customer = CustomerFactory(name="Ada Quill")
    path = f"/customers/{customer.pk}/consents/"

    for _ in range(2):
        assert as_analyst.post(path, SAID).headers["Location"] == path
    assert as_analyst.post(path, {**SAID, "how": "link"}).status_code == 422
    as_analyst.post(path, {**SAID, "say": "no", "how": "call"})

    rows = Consent.objects.order_by("pk").values_list("is_given", "channel", "recorded_by_id")
    assert list(rows) == [(True, "writing", analyst.pk), (False, "call", analyst.pk)]
    for page in (path, f"/customers/{customer.pk}/"):
        text = as_analyst.get(page).content.decode()
        assert ("Taken back" in text, "In a call" in text, "Ana Lyst" in text, "You may record" in text) == (True,) * 4


def test_nothing_is_written_down_for_the_erased(as_analyst):
    customer = CustomerFactory(erased_at=timezone.now())

    assert as_analyst.post(f"/customers/{customer.pk}/consents/", SAID).status_code == 422
    assert as_analyst.get("/customers/1999/consents/").status_code == 404


def test_a_new_version_is_published_beside_the_old_ones(as_analyst, analyst):
    customer = CustomerFactory()
    consents.give(customer_id=customer.pk, purpose=Purpose.CONTACT)
    words = {"words_en": "Write to me, please.", "words_de": "Schreiben Sie mir.", "after_number": "1"}

    for _ in range(2):  # twice is once
        answer = as_analyst.post("/consents/contact/", {**words, "valid_months": "12"})
        assert answer.headers["Location"] == "/consents/contact/"
    stale = as_analyst.post("/consents/contact/", {**words, "words_en": "Other."})
    empty = as_analyst.post("/consents/contact/", {"words_de": "Nur das.", "after_number": "2"})

    assert (stale.status_code, empty.status_code) == (422, 422)
    newest = ConsentText.objects.get(purpose="contact", number=2)
    assert (newest.words["de"], newest.valid_months, newest.published_by) == ("Schreiben Sie mir.", 12, analyst)
    text = as_analyst.get("/consents/contact/").content.decode()
    assert "Write to me, please." in text
    assert "You may write to me to invite me" in text
    assert "Write to me, please." in as_analyst.get("/consents/").content.decode()
    assert as_analyst.get("/consents/nothing/").status_code == 404
    assert Consent.objects.get().version.number == 1


def test_a_published_text_is_never_changed():
    from django.db import Error, transaction

    text = ConsentText.objects.create(purpose="contact", number=2, words={"en": "A."})

    with pytest.raises(Error), transaction.atomic():
        ConsentText.objects.filter(pk=text.pk).update(words={"en": "B."})


def test_administrators_hear_of_requests_and_erase_or_refuse_them(client, product):
    administrator, analyst = AdministratorFactory(), UserFactory(role=Role.ANALYST)
    gone, kept = CustomerFactory(name="Ada Quill"), CustomerFactory(name="Bob Stay")
    FeedbackFactory(product=product, customer=gone, text="I am Ada Quill.")
    for one in (gone, kept, gone):
        ask_for_erasure(customer_id=one.pk)
    lanes.settle(queues={"dialogue"})
    lanes.settle(queues={"dialogue"})
    told = Notification.objects.values_list("user_id", "kind", "path", "subject")
    assert list(told) == [(administrator.pk, "erasure", "/erasures/", "")] * 2

    client.force_login(administrator)
    page = client.get("/erasures/").content.decode()
    assert ("Ada Quill" in page, "Bob Stay" in page) == (True, True)
    client.post(f"/customers/{gone.pk}/erase/", {"is_sure": "1"})
    for _ in range(2):
        client.post(f"/erasures/{kept.pk}/refuse/")

    assert "Nobody asks" in client.get("/erasures/").content.decode()
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.name, gone.erasure_asked_at, kept.name, kept.erasure_asked_at) == ("", None, "Bob Stay", None)
    client.force_login(analyst)
    assert client.get("/erasures/").status_code == 403


def test_the_ledger_costs_the_same_for_one_and_for_many(as_analyst, analyst, django_assert_num_queries):
    customer = CustomerFactory()
    path = f"/customers/{customer.pk}/consents/"
    as_analyst.get(path)
    for purpose in (Purpose.CONTACT, Purpose.STORY):
        consents.give(customer_id=customer.pk, purpose=purpose, how="call", recorded_by=analyst)
        with django_assert_num_queries(9):
            as_analyst.get(path)
