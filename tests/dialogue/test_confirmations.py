"""Mail to claimed addresses: once per feedback, few per address; delivery through a real SMTP conversation."""

import smtplib

import pytest
from django.core import mail as django_mail
from django.db import connection

from apps.dialogue import confirmations, delivery
from apps.dialogue.models import Mail, MailState
from apps.feedback.tokens import confirmation_url
from tests.factories import CustomerFactory, FeedbackFactory

pytestmark = pytest.mark.django_db


def claim(**fields):
    customer = fields.pop("customer", None) or CustomerFactory(email="ada@example.org", name="Ada")
    return FeedbackFactory(customer=customer, identity="claimed", text="It drifts.\nBadly.", **fields)


def test_the_owner_of_a_claimed_address_is_asked():
    feedback = claim()

    confirmations.ask_for_confirmation([feedback.pk])

    mail = Mail.objects.get()
    assert (mail.recipients, mail.state) == (["ada@example.org"], MailState.KEPT)
    assert "> It drifts. Badly.\n" in mail.body
    assert confirmation_url(feedback).rsplit(":", 1)[0] in mail.body


@pytest.mark.parametrize("fields", [{"state": "held"}, {"state": "spam"}, {"identity": "verified"}])
def test_nobody_is_asked_about_what_is_not_a_live_claim(fields):
    feedback = FeedbackFactory(**{"customer": CustomerFactory(), "identity": "claimed", **fields})

    confirmations.ask_for_confirmation([feedback.pk])

    assert not Mail.objects.exists()


def test_each_feedback_is_asked_about_once_also_after_it_was_held():
    held = claim(state="held")
    confirmations.ask_for_confirmation([held.pk])
    type(held).objects.filter(pk=held.pk).update(state="live")

    for _ in range(2):
        confirmations.ask_for_confirmation([held.pk])

    assert list(Mail.objects.values_list("about_id", flat=True)) == [held.pk]


def test_a_strangers_links_do_not_travel():
    assert confirmations._quote("Win at http://evil.example/x or evil.example now.") == "> Win at [link] or [link] now."


def test_one_address_is_not_flooded():
    customer = CustomerFactory(email="ada@example.org")
    ids = [claim(customer=customer).pk for _ in range(5)]

    confirmations.ask_for_confirmation(ids)

    assert Mail.objects.count() == confirmations.MAILS_A_DAY


@pytest.fixture
def queued(settings):
    settings.EMAIL_URL, settings.EMAIL_DELIVERY_BACKEND = (
        "smtp://x",
        "django.core.mail.backends.locmem.EmailBackend",
    )
    confirmations.ask_for_confirmation([claim().pk])
    return Mail.objects.get()


def test_queued_mail_is_sent_once_and_its_link_forgotten(queued):
    assert (delivery.deliver_one(), delivery.deliver_one()) == (1, 0)

    queued.refresh_from_db()
    assert (queued.state, queued.body) == (MailState.SENT, "")
    assert [m.extra_headers["Message-ID"] for m in django_mail.outbox] == [f"<mail.{queued.pk}@localhost>"]


def test_a_mail_server_that_refuses_delays_and_loses_nothing(queued, monkeypatch):
    def refuse(mail):
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(delivery, "_send", refuse)
    for _ in range(delivery.TRIES):
        assert delivery.deliver_one() == 1
        assert not delivery.has_queued_mail()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE dialogue_mail SET available_at = now()")

    queued.refresh_from_db()
    assert (queued.state, queued.tries) == (MailState.FAILED, delivery.TRIES)
    assert queued.body != ""


def test_a_mail_being_sent_is_left_alone_until_its_lease_ends(queued):
    assert delivery._claim() is not None

    assert delivery.deliver_one() == 0
