"""Queued mail leaves once, one at a time, past mail that cannot be sent and servers that are away."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from apps.dialogue import delivery
from apps.dialogue.models import Mail, MailState

pytestmark = pytest.mark.django_db


class AwayBackend(EmailBackend):
    """A mail server that nobody reaches."""

    def open(self):
        raise TimeoutError("timed out")


@pytest.fixture(autouse=True)
def _server(settings):
    settings.EMAIL_URL = "smtp://x"
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def queue_mail(**fields) -> Mail:
    fields = {"subject": "Hello", "body": "A secret link", "recipients": ["ada@example.org"], **fields}
    return Mail.objects.create(sender="us@example.com", state=MailState.QUEUED, **fields)


def pass_time() -> None:
    """Let every pause and lease be over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dialogue_mail SET available_at = now() + (id || ' us')::interval - interval '1 hour',"
            " leased_until = leased_until - interval '1 hour'"
        )


def states() -> list[tuple[str, int]]:
    return list(Mail.objects.order_by("id").values_list("state", "tries"))


def test_queued_mail_is_sent_once_and_its_link_forgotten():
    queued = queue_mail()

    assert (delivery.deliver_one(), delivery.deliver_one()) == (1, 0)

    queued.refresh_from_db()
    assert (queued.state, queued.body, queued.leased_until) == (MailState.SENT, "", None)
    assert [m.extra_headers["Message-ID"] for m in django_mail.outbox] == [f"<mail.{queued.pk}@localhost>"]


@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPServerDisconnected("gone"), ValueError("odd\0header"), UnicodeEncodeError("ascii", "ü", 0, 1, "?")],
)
def test_a_mail_that_cannot_be_sent_is_tried_ten_times_and_then_given_up(error, monkeypatch):
    queued = queue_mail()

    def refuse(mail, server):
        raise error

    monkeypatch.setattr(delivery, "_send", refuse)
    for _ in range(delivery.TRIES):
        assert delivery.deliver_one() == 1
        assert not delivery.has_queued_mail()
        pass_time()

    queued.refresh_from_db()
    assert (queued.state, queued.tries) == (MailState.FAILED, delivery.TRIES)
    assert queued.last_error.startswith(type(error).__name__)
    assert queued.body != ""


def test_a_mail_that_cannot_be_sent_stops_no_other(monkeypatch):
    bad = queue_mail(subject="bad")
    queue_mail()
    real = delivery._send

    def send(mail, server):
        if mail.pk == bad.pk:
            raise RuntimeError
        real(mail, server)

    monkeypatch.setattr(delivery, "_send", send)

    assert [delivery.deliver_one() for _ in range(3)] == [1, 1, 0]
    assert states() == [(MailState.QUEUED, 1), (MailState.SENT, 1)]


def test_one_mail_at_a_time_until_its_lease_ends():
    """A server that hangs holds up one worker; should that worker die, the other mail goes first."""
    first, second = queue_mail(subject="first"), queue_mail(subject="second")
    assert delivery._claim() == first

    assert (delivery.has_queued_mail(), delivery.deliver_one()) == (False, 0)
    Mail.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert delivery._claim() == second


def test_a_mail_whose_worker_died_each_time_is_given_up():
    queue_mail(tries=delivery.TRIES)

    assert delivery.deliver_one() == 0

    mail = Mail.objects.get()
    assert (mail.state, mail.last_error, django_mail.outbox) == (MailState.FAILED, "The worker died each time.", [])


@pytest.mark.parametrize("backend", ["tests.dialogue.test_delivery.AwayBackend", "no.such.Backend"])
def test_all_mail_waits_a_minute_for_a_server_that_is_away_and_loses_no_try(backend, settings):
    settings.EMAIL_DELIVERY_BACKEND = backend
    for _ in range(3):
        queue_mail()

    assert [delivery.deliver_one() for _ in range(2)] == [1, 0]

    assert states() == [(MailState.QUEUED, 0)] * 3
    assert not delivery.has_queued_mail()
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    pass_time()
    assert [delivery.deliver_one() for _ in range(4)] == [1, 1, 1, 0]


def test_mail_erased_while_it_is_sent_stays_erased(monkeypatch):
    queue_mail()

    def erase_and_fail(mail, server):
        Mail.objects.update(state=MailState.FAILED, recipients=[], body="")
        raise OSError("550 <ada@example.org>")

    monkeypatch.setattr(delivery, "_send", erase_and_fail)
    delivery.deliver_one()

    assert Mail.objects.values_list("state", "last_error").get() == (MailState.FAILED, "")
