"""The ledger of consents: what is given, taken back, over, merged, and written down by staff."""

from datetime import date, timedelta
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone, translation

from apps.core.errors import DomainError
from apps.core.models import OutboxRow
from apps.customers import consent_texts, consents
from apps.customers.consents import CHANGED, How, WordsChangedError, give, has_withdrawn, standing, take_back
from apps.customers.errors import CustomerErasedError
from apps.customers.models import Consent, ConsentText, Customer, Purpose
from apps.customers.services import erase_customer
from apps.feedback.models import Identity
from tests.factories import CustomerFactory, FeedbackFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def stands(customer: Customer, purpose: Purpose = Purpose.CONTACT, *, as_of: date | None = None) -> bool:
    return standing([customer.pk], purpose, as_of=as_of or TODAY()) == {customer.pk}


def test_giving_and_taking_back_are_facts_and_again_is_none():
    customer, other = CustomerFactory(), CustomerFactory()

    told = [give(customer_id=customer.pk, purpose=Purpose.CONTACT, language="en") for _ in range(2)]
    assert (told, stands(customer), stands(other)) == ([True, False], True, False)

    told = [take_back(customer_id=customer.pk, purpose=Purpose.CONTACT) for _ in range(2)]
    assert (told, stands(customer)) == ([True, False], False)
    assert has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT)
    assert give(customer_id=customer.pk, purpose=Purpose.CONTACT)
    assert stands(customer)
    rows = Consent.objects.order_by("pk").values_list("is_given", "text", "language", "channel", "version__number")
    words = str(consent_texts.DEFAULTS[Purpose.CONTACT])
    assert list(rows) == [(given, words, "en", "link", 1) for given in (True, False, True)]


def test_taking_back_what_was_never_given_is_a_fact_too():
    customer = CustomerFactory()

    assert take_back(customer_id=customer.pk, purpose=Purpose.RECORDING)

    assert has_withdrawn(customer_id=customer.pk, purpose=Purpose.RECORDING)
    assert not has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT)


def test_a_change_is_published_in_its_transaction_with_every_record_of_the_person():
    kept = CustomerFactory()
    merged = CustomerFactory(merged_into=kept)
    consents.outbox.subscribe(CHANGED, "test.consent", lambda ids: None)
    try:
        give(customer_id=merged.pk, purpose=Purpose.CONTACT)
        give(customer_id=merged.pk, purpose=Purpose.CONTACT)
    finally:
        consents.outbox._subscriptions.pop("test.consent")
        consents.outbox.lanes._lanes.pop("test.consent", None)

    rows = OutboxRow.objects.filter(subscriber="test.consent").values_list("payload", flat=True)
    assert list(rows) == [{"ids": [kept.pk, merged.pk]}]


def test_records_of_one_person_speak_for_each_other_until_they_are_parted():
    kept = CustomerFactory()
    merged = CustomerFactory(merged_into=kept)
    third = CustomerFactory(merged_into=kept)
    give(customer_id=third.pk, purpose=Purpose.CONTACT)

    assert [stands(one) for one in (kept, merged, third)] == [True] * 3
    take_back(customer_id=kept.pk, purpose=Purpose.CONTACT)
    assert [stands(one) for one in (kept, merged, third)] == [False] * 3
    Customer.objects.filter(pk=third.pk).update(merged_into=None)
    assert [stands(one) for one in (kept, third)] == [False, True]


def test_a_consent_ends_with_the_last_day_of_its_term():
    customer, staff = CustomerFactory(), UserFactory()
    consent_texts.publish_text(
        purpose=Purpose.CONTACT, words={"en": "Write to me."}, valid_months=1, published_by=staff, after_number=1
    )
    give(customer_id=customer.pk, purpose=Purpose.CONTACT)

    last = Consent.objects.get().expires_on
    assert last == consents._months_later(TODAY(), 1)
    assert stands(customer, as_of=last)
    assert not stands(customer, as_of=last + timedelta(days=1))
    assert not has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT)


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 11, 30), None, None),
    ],
)
def test_months_are_those_of_the_calendar(day, months, last):
    assert consents._months_later(day, months) == last


def test_a_new_version_leaves_what_was_agreed_to_and_asks_whoever_read_the_old_one():
    customer, staff = CustomerFactory(), UserFactory()
    give(customer_id=customer.pk, purpose=Purpose.CONTACT, number=1)
    publish = {"purpose": Purpose.CONTACT, "words": {"en": "New words.", "de": "Neue Worte."}, "valid_months": None}
    second = consent_texts.publish_text(**publish, published_by=staff, after_number=1)

    assert second.number == 2
    assert consent_texts.publish_text(**publish, published_by=staff, after_number=1) == second
    assert stands(customer)
    with pytest.raises(WordsChangedError):
        give(customer_id=customer.pk, purpose=Purpose.CONTACT, number=1)
    assert give(customer_id=customer.pk, purpose=Purpose.CONTACT, number=2, language="de")
    assert list(Consent.objects.order_by("pk").values_list("version__number", "text", "language")) == [
        (1, str(consent_texts.DEFAULTS[Purpose.CONTACT]), "en"),
        (2, "Neue Worte.", "de"),
    ]
    with pytest.raises(ValidationError):
        consent_texts.publish_text(**{**publish, "words": {"en": "Third."}}, published_by=staff, after_number=1)
    with pytest.raises(ValidationError):
        consent_texts.publish_text(**{**publish, "words": {"de": "Nur das."}}, published_by=staff, after_number=2)
    with pytest.raises(ValidationError):
        consent_texts.publish_text(**{**publish, "valid_months": 0}, published_by=staff, after_number=2)
    assert ConsentText.objects.count() == 2


def test_words_come_in_the_readers_language_or_the_best_there_is():
    default = consent_texts.current_text(Purpose.STORY)
    written = ConsentText(purpose=Purpose.STORY, number=2, words={"en": "Story.", "de": "Geschichte."})

    assert default.pk is None
    assert consent_texts.words_of(default, "ar").language == "ar"
    assert consent_texts.words_of(written, "de-at") == ("Geschichte.", "de")
    with translation.override("fr"):
        assert consent_texts.words_of(written) == ("Story.", "en")


def test_what_somebody_claims_with_a_form_overrules_nothing_until_it_is_proven():
    customer = CustomerFactory()
    claimed = FeedbackFactory(customer=customer, identity=Identity.CLAIMED)
    take_back(customer_id=customer.pk, purpose=Purpose.CONTACT)
    consents.record_consents([consents.ConsentRow(customer.pk, Purpose.CONTACT, "Yes.", "en", "form", claimed.pk)])

    assert not stands(customer)
    assert has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT)
    line = consents.ledger(customer.pk, as_of=TODAY())[0]
    assert (line.is_proven, line.stands, line.how) == (False, False, "In a form")

    claimed.identity = Identity.VERIFIED
    claimed.save(update_fields=["identity"])
    assert stands(customer)


def test_staff_write_down_what_they_were_told():
    customer, staff = CustomerFactory(), UserFactory(name="Ana Lyst")
    said = {"customer_id": customer.pk, "purpose": Purpose.RECORDING, "recorded_by": staff}

    assert consents.record_on_behalf(**said, is_given=True, how=How.WRITING)
    assert not consents.record_on_behalf(**said, is_given=True, how=How.CALL)
    assert consents.record_on_behalf(**said, is_given=False, how=How.CALL)
    with pytest.raises(DomainError):
        consents.record_on_behalf(**said, is_given=True, how=How.LINK)

    lines = consents.ledger(customer.pk, as_of=TODAY())
    assert [(one.consent.is_given, one.how, one.recorded_by, one.stands) for one in lines] == [
        (False, "In a call", staff, False),
        (True, "In writing", staff, False),
    ]


def test_nobody_erased_consents_to_anything():
    customer = CustomerFactory()
    give(customer_id=customer.pk, purpose=Purpose.CONTACT)
    erase_customer(customer_id=customer.pk)

    assert not stands(customer)
    for write in (give, take_back):
        with pytest.raises(CustomerErasedError):
            write(customer_id=customer.pk, purpose=Purpose.CONTACT)


def test_reading_who_consents_costs_the_same_for_one_and_for_many(django_assert_num_queries):
    people = [CustomerFactory() for _ in range(3)]
    for one in people:
        give(customer_id=one.pk, purpose=Purpose.CONTACT)

    for count in (1, 3):
        with django_assert_num_queries(2):
            assert len(standing([one.pk for one in people[:count]], Purpose.CONTACT, as_of=TODAY())) == count


@pytest.mark.django_db(transaction=True)
def test_given_on_two_pages_at_once_is_one_fact():
    kept = CustomerFactory()
    merged = CustomerFactory(merged_into=kept)

    def press(pk: int) -> None:
        try:
            give(customer_id=pk, purpose=Purpose.CONTACT)
        finally:
            connection.close()

    threads = [Thread(target=press, args=(pk,)) for pk in (kept.pk, merged.pk) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Consent.objects.count() == 1
    assert ConsentText.objects.count() == 1
