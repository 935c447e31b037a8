"""Mail to claimed addresses: once per feedback, few per address, few in an hour."""

import pytest
from django.db import connection
from django.utils import timezone

from apps.dialogue import confirmations, erasure
from apps.dialogue.models import Mail, MailState
from apps.feedback.tokens import confirmation_url
from tests.factories import CustomerFactory, FeedbackFactory

pytestmark = pytest.mark.django_db


def claim(**fields):
    customer = fields.pop("customer", None) or CustomerFactory(email="ada@example.org", name="Ada")
    return FeedbackFactory(customer=customer, identity="claimed", **{"text": "It drifts.\nBadly.", **fields})


def test_the_owner_of_a_claimed_address_is_asked():
    feedback = claim()

    confirmations.ask_for_confirmation([feedback.pk])

    mail = Mail.objects.get()
    assert (mail.recipients, mail.state) == (["ada@example.org"], MailState.KEPT)
    assert "> It drifts. Badly.\n" in mail.body
    assert confirmation_url(feedback).rsplit(":", 1)[0] in mail.body


def test_an_answer_without_words_is_asked_about_without_a_quotation():
    feedback = claim(text="")

    confirmations.ask_for_confirmation([feedback.pk])

    body = Mail.objects.get().body
    assert ">" not in body
    assert f"answered our questions about {feedback.product} and" in body


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


def test_a_batch_of_any_size_costs_the_same(django_assert_num_queries):
    ids, other = [claim(customer=CustomerFactory()).pk for _ in range(20)], FeedbackFactory()

    with django_assert_num_queries(6):  # one of them the lock
        confirmations.ask_for_confirmation(ids)

    assert Mail.objects.count() == 20
    with django_assert_num_queries(1):
        confirmations.ask_for_confirmation([other.pk])


def test_spellings_of_one_address_share_its_limit():
    customer = CustomerFactory(email="ada@example.org")
    confirmations.ask_for_confirmation([claim(customer=customer).pk for _ in range(2)])
    type(customer).objects.update(email="ADA@Example.org")

    confirmations.ask_for_confirmation([claim(customer=customer).pk for _ in range(5)])

    assert Mail.objects.count() == confirmations.MAILS_A_DAY


def test_the_form_is_no_relay_to_strangers(monkeypatch, caplog):
    monkeypatch.setattr(confirmations, "MAILS_AN_HOUR", 4)
    ids = [claim(customer=CustomerFactory()).pk for _ in range(6)]

    confirmations.ask_for_confirmation(ids[:3])
    confirmations.ask_for_confirmation(ids)

    assert sorted(Mail.objects.values_list("about_id", flat=True)) == ids[:4]
    assert "2 claimed addresses are not asked: too many at once" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dialogue_mail SET created_at = now() - interval '61 minutes'")
    confirmations.ask_for_confirmation(ids)
    assert sorted(Mail.objects.values_list("about_id", flat=True)) == ids


def test_nobody_is_asked_about_what_came_long_ago():
    """The mail that asked then may be purged by now."""
    old = claim()
    type(old).objects.filter(pk=old.pk).update(received_at=timezone.now() - confirmations.ASKED_WITHIN)

    confirmations.ask_for_confirmation([old.pk])

    assert not Mail.objects.exists()
    assert erasure.KEPT > confirmations.ASKED_WITHIN


def test_the_mail_speaks_the_language_of_the_feedback():
    feedback = claim()
    type(feedback).objects.filter(pk=feedback.pk).update(
        text="Der Tisch wandert nach einer Stunde, und niemand konnte mir sagen, warum das so ist."
    )

    confirmations.ask_for_confirmation([feedback.pk])

    assert Mail.objects.get().subject.startswith("Waren Sie das?")
