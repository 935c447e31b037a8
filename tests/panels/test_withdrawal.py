"""A consent taken back ends what was under way because of it, by itself, and nothing else."""

import pytest
from django.test import override_settings

from apps.core import jobs, lanes
from apps.customers.consents import give, take_back
from apps.customers.models import Consent, Purpose
from apps.dialogue.customer_mail import write_to_customer
from apps.dialogue.models import Mail, MailState
from apps.feedback.models import Feedback
from apps.panels import withdrawal
from apps.panels.models import ParticipantState, SeatState
from tests.factories import CustomerFactory, FeedbackFactory
from tests.panels.making import ParticipantFactory, QuoteFactory, SeatFactory, SessionFactory

pytestmark = pytest.mark.django_db


@override_settings(EMAIL_URL="smtp://localhost:1")
def test_mail_that_waits_is_given_up_but_for_what_was_asked_for():
    customer, other = CustomerFactory(), CustomerFactory()
    for number, (whom, asked_for) in enumerate([(customer, False), (customer, True), (other, False)]):
        sent = {"subject": "Come", "body": "Here.", "purpose": "test", "about_id": number, "is_asked_for": asked_for}
        assert write_to_customer(customer=whom, **sent)

    take_back(customer_id=customer.pk, purpose=Purpose.CONTACT)
    lanes.settle(queues={"panels"})
    for _ in range(2):
        from apps.dialogue.stopping import stop_unwanted_mail

        stop_unwanted_mail([customer.pk])

    rows = Mail.objects.order_by("about_id").values_list("state", "body")
    assert list(rows) == [(MailState.FAILED, ""), (MailState.QUEUED, "Here."), (MailState.QUEUED, "Here.")]
    new = {"subject": "Come", "body": "Here.", "purpose": "test", "about_id": 9}
    assert not write_to_customer(customer=customer, **new)


def test_open_invitations_end_and_what_was_accepted_stays():
    kept = CustomerFactory()
    customer, other = CustomerFactory(merged_into=kept), CustomerFactory()
    seats = [SeatFactory(customer=customer, state=state) for state in (SeatState.INVITED, SeatState.ACCEPTED)]
    states = (ParticipantState.INVITED, ParticipantState.WAITING, ParticipantState.ACCEPTED)
    rows = [ParticipantFactory(session=SessionFactory(), customer=customer, state=state) for state in states]
    others = SeatFactory(customer=other)

    take_back(customer_id=kept.pk, purpose=Purpose.CONTACT)
    take_back(customer_id=other.pk, purpose=Purpose.RECORDING)
    for _ in range(2):
        lanes.settle(queues={"panels"})
        withdrawal.end_invitations([kept.pk])

    for row in (*seats, *rows, others):
        row.refresh_from_db()
    assert [row.state for row in (*seats, others)] == ["withdrawn", "accepted", "invited"]
    assert [row.state for row in rows] == ["withdrawn", "withdrawn", "accepted"]


def promoted(**fields):
    """Return a quote and the feedback that it became."""
    note = QuoteFactory(speaker=ParticipantFactory(session=SessionFactory()), **fields)
    note.feedback = FeedbackFactory(customer=note.speaker.customer, text=note.text)
    note.save()
    return note


def texts() -> list[str]:
    return list(Feedback.objects.order_by("pk").values_list("text", flat=True))


def test_feedback_that_was_a_quote_loses_its_words_and_stays_counted():
    quote, note, other = promoted(text="Mine."), promoted(text="Noted.", is_quote=False), promoted(text="Theirs.")
    own = FeedbackFactory(customer=quote.speaker.customer, text="Sent by themselves.")
    for one in (quote, note, other):
        give(customer_id=one.speaker.customer_id, purpose=Purpose.INTERNAL_QUOTE)
    lanes.settle(queues={"panels"})
    assert texts() == ["Mine.", "Noted.", "Theirs.", own.text]

    for customer_id in (quote.speaker.customer_id, note.speaker.customer_id):
        take_back(customer_id=customer_id, purpose=Purpose.INTERNAL_QUOTE)
    for _ in range(2):
        lanes.settle(queues={"panels"})
        withdrawal.redact_quotes_of([quote.speaker.customer_id])

    assert texts() == ["", "Noted.", "Theirs.", own.text]
    quote.refresh_from_db()
    assert quote.text == "Mine."  # hidden with the note, until they consent again
    assert set(Feedback.objects.values_list("state", flat=True)) == {"live"}


def test_consents_that_end_by_date_are_followed_once_a_day():
    quote, other = promoted(text="Mine."), promoted(text="Theirs.")
    for one in (quote, other):
        give(customer_id=one.speaker.customer_id, purpose=Purpose.INTERNAL_QUOTE)
    last = Consent(
        customer=quote.speaker.customer, purpose=Purpose.INTERNAL_QUOTE, text="", channel="link",
        expires_on="2026-01-01",
    )  # fmt: skip
    last.save()
    lanes.settle(queues={"panels"})

    assert "panels.redact_lapsed_quotes" in jobs.run_due_jobs()
    assert texts() == ["", "Theirs."]
    assert withdrawal.redact_lapsed_quotes() == 0
