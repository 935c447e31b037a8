"""A quote is shown while its speaker consents, and not a moment longer."""

import pytest
from django.utils import timezone

from apps.customers.consents import give, take_back
from apps.customers.models import Customer, Purpose
from apps.panels.models import ParticipantState
from apps.panels.quotes import hidden_from, hidden_words, quotable, readable_quotes, shown_text
from tests.factories import CustomerFactory, UserFactory
from tests.panels.making import ParticipantFactory, QuoteFactory, SessionFactory

pytestmark = pytest.mark.django_db


def consent(customer: Customer) -> None:
    give(customer_id=customer.pk, purpose=Purpose.INTERNAL_QUOTE)


def test_words_are_shown_from_the_consent_on_until_it_is_taken_back():
    note = QuoteFactory(speaker=ParticipantFactory(session=SessionFactory()))
    assert shown_text(note) == hidden_words()

    consent(note.speaker.customer)
    assert (shown_text(note), readable_quotes([note])) == ("It drifts.", [note])

    take_back(customer_id=note.speaker.customer_id, purpose=Purpose.INTERNAL_QUOTE)
    assert (shown_text(note), readable_quotes([note])) == (hidden_words(), [])


def test_the_word_of_any_record_of_the_speaker_holds():
    kept = CustomerFactory()
    speaker = ParticipantFactory(session=SessionFactory(), customer=CustomerFactory(merged_into=kept))
    note = QuoteFactory(speaker=speaker)
    consent(speaker.customer)
    assert shown_text(note) == "It drifts."

    take_back(customer_id=kept.pk, purpose=Purpose.INTERNAL_QUOTE)

    assert shown_text(note) == hidden_words()


def test_consent_to_be_quoted_is_no_other_consent():
    note = QuoteFactory(speaker=ParticipantFactory(session=SessionFactory()))
    for purpose in set(Purpose) - {Purpose.INTERNAL_QUOTE}:
        give(customer_id=note.speaker.customer_id, purpose=purpose)

    assert quotable([note], as_of=timezone.localdate()) == set()


def test_a_note_that_is_no_quote_is_the_note_takers_and_erased_words_are_nobodys():
    note = QuoteFactory(speaker=ParticipantFactory(session=SessionFactory()), is_quote=False)
    assert shown_text(note) == "It drifts."

    note.erased_at, note.text = timezone.now(), ""
    assert shown_text(note) == "Words erased"


def test_a_quote_of_nobody_in_particular_is_the_only_participants():
    session = SessionFactory()
    alone = ParticipantFactory(session=session)
    ParticipantFactory(session=session, state=ParticipantState.DECLINED)
    note = QuoteFactory(speaker=alone)
    note.speaker = None
    note.save()
    assert shown_text(note) == hidden_words()

    ParticipantFactory(session=session)

    assert shown_text(note) == "It drifts."


def test_who_took_it_down_reads_it_until_consent_is_taken_back():
    author, reader = UserFactory(), UserFactory()
    note = QuoteFactory(speaker=ParticipantFactory(session=SessionFactory()), author=author)
    today = timezone.localdate()
    assert [hidden_from(one, [note], as_of=today) for one in (author, reader)] == [set(), {note.pk}]

    take_back(customer_id=note.speaker.customer_id, purpose=Purpose.INTERNAL_QUOTE)

    assert [hidden_from(one, [note], as_of=today) for one in (author, reader)] == [{note.pk}, {note.pk}]


def test_many_notes_cost_as_much_as_one(django_assert_num_queries):
    notes = [QuoteFactory(speaker=ParticipantFactory(session=SessionFactory())) for _ in range(3)]
    for note in notes:
        consent(note.speaker.customer)

    for count in (1, 3):
        with django_assert_num_queries(3):
            assert len(quotable(notes[:count], as_of=timezone.localdate())) == count
