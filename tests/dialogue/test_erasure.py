"""Mail to one address, and old mail, is forgotten."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from apps.core import jobs
from apps.dialogue import erasure
from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import recipient_key

pytestmark = pytest.mark.django_db


def make_mail(*recipients: str, **fields) -> Mail:
    fields = {"subject": "Hello Ada", "body": "Words", "last_error": "550 <ada@example.org>", **fields}
    return Mail.objects.create(
        sender="us@example.com", recipients=list(recipients), recipient_key=recipient_key(recipients), **fields
    )


@pytest.mark.parametrize(
    ("state", "after"),
    [("kept", "kept"), ("sent", "sent"), ("failed", "failed"), ("queued", "failed")],
)
def test_nothing_of_an_address_stays(state, after):
    make_mail("ADA@Example.org", state=state, about_id=7, purpose="confirm address")

    assert [erasure.forget_address(" ada@example.org ") for _ in range(2)] == [1, 0]

    mail = Mail.objects.get()
    assert (mail.recipients, mail.recipient_key, mail.subject, mail.body, mail.last_error) == ([], "", "", "", "")
    assert (mail.state, mail.about_id) == (after, 7)


@pytest.mark.parametrize("recipient", ["ada@example.org", "Ada Lovelace <Ada@example.org>"])
def test_mail_through_djangos_door_is_found_also_among_several(recipient, settings):
    settings.EMAIL_BACKEND = "apps.dialogue.mail_backend.MailQueueBackend"
    EmailMessage("S", "text", "us@example.com", [recipient]).send()
    EmailMessage("S", "text", "us@example.com", ["grace@example.org", recipient]).send()

    assert erasure.forget_address("ada@example.org") == 2
    assert not Mail.objects.exclude(recipients=[]).exists()


@pytest.mark.parametrize("address", ["da@example.org", "ada@example.or", "", " ", "%"])
def test_mail_of_others_stays(address):
    make_mail("ada@example.org")
    make_mail("ada@example.org", "grace@example.org")

    assert erasure.forget_address(address) == 0
    assert Mail.objects.filter(subject="Hello Ada").count() == 2


def test_a_daily_job_purges_old_mail_but_what_waits(monkeypatch):
    monkeypatch.setattr(erasure, "PURGE_ROWS", 2)
    young, old = timezone.now() - timedelta(days=89), timezone.now() - timedelta(days=91)
    for state in MailState.values:
        for created_at in (young, old):
            make_mail("ada@example.org", state=state, created_at=created_at)

    jobs._jobs["dialogue.purge_old_mail"].run(timezone.localdate())

    assert Mail.objects.filter(created_at=young).count() == 4
    assert list(Mail.objects.filter(created_at=old).values_list("state", flat=True)) == [MailState.QUEUED]
