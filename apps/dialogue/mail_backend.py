"""Keeps mail for the staff-only mail page while no EMAIL_URL is set: nothing leaves the installation."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from apps.dialogue.models import Mail

SUBJECT_CHARACTERS = 998  # RFC 5322, 2.1.1


class OutboxPageBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store each message and return how many there were. One query.

        ``message()`` is built first: it refuses line breaks in headers (BadHeaderError), as over SMTP.
        """
        for message in email_messages:
            message.message()
        rows = [
            Mail(
                sender=message.from_email,
                recipients=message.recipients(),
                subject=str(message.subject)[:SUBJECT_CHARACTERS],
                body=str(message.body),
            )
            for message in email_messages
            if message.recipients()
        ]
        return len(Mail.objects.bulk_create(rows))
