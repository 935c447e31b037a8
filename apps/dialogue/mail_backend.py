"""Django's mail door: every message becomes a row, in the caller's transaction; nothing is sent in a request."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import recipient_key

SUBJECT_CHARACTERS = 998  # RFC 5322, 2.1.1


class MailQueueBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store each message and return how many there were. One query.

        Without EMAIL_URL it is kept for the staff-only mail page; else ``delivery`` sends it. ``message()`` is built
        first: it refuses line breaks in headers (BadHeaderError), as over SMTP.
        """
        for message in email_messages:
            message.message()
        rows = [
            Mail(
                sender=message.from_email,
                recipients=message.recipients(),
                recipient_key=recipient_key(message.recipients()),
                subject=str(message.subject)[:SUBJECT_CHARACTERS],
                body=str(message.body),
                state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
            )
            for message in email_messages
            if message.recipients()
        ]
        return len(Mail.objects.bulk_create(rows))
