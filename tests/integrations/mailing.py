"""Looking into a mailbox, and taking one mail."""

from django.db.models.functions import Now

from apps.integrations.mail import capturing, polling
from apps.integrations.mail.receiving import receive
from apps.integrations.models import InboundMail, Mailbox


def poll(mailbox: Mailbox) -> Mailbox:
    """Look into the mailbox now, and read what came."""
    Mailbox.objects.filter(pk=mailbox.pk).update(next_poll_at=Now())
    polling.poll_one()
    while capturing.read_one():
        pass
    return Mailbox.objects.get(pk=mailbox.pk)


def take(mailbox: Mailbox, content: bytes) -> InboundMail:
    receive(mailbox=mailbox, content=content)
    while capturing.read_one():
        pass
    return InboundMail.objects.filter(mailbox=mailbox).latest("pk")
