"""Sending queued mail: one at a time under a lease, outside any transaction, with a Message-ID that stays.

A worker killed between sending and recording sends again after the lease, with the same Message-ID.
"""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.dialogue.models import Mail, MailState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # longer than EMAIL_TIMEOUT
TRIES = 10  # the last one about eight hours after the first
FIRST_PAUSE = timedelta(minutes=1)  # doubles with each try


def has_queued_mail() -> bool:
    return Mail.objects.filter(state=MailState.QUEUED, available_at__lte=Now()).exists()


def deliver_one() -> int:
    """Send the mail that waits longest; return 1, or 0 when none waits. A failure is recorded and tried later."""
    mail = _claim()
    if mail is None:
        return 0
    try:
        _send(mail)
    except OSError as error:  # smtplib's errors are OSErrors too
        logger.warning("Mail %d could not be sent: %s", mail.pk, type(error).__name__)
        _record_failure(mail, error)
    else:
        Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT, body="", last_error="")
    return 1


@transaction.atomic
def _claim() -> Mail | None:
    mail = (
        Mail.objects.select_for_update(skip_locked=True)
        .filter(state=MailState.QUEUED, available_at__lte=Now())
        .order_by("available_at")
        .first()
    )
    if mail is not None:
        Mail.objects.filter(pk=mail.pk).update(available_at=Now() + LEASE, tries=F("tries") + 1)
        mail.tries += 1
    return mail


def _send(mail: Mail) -> None:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=mail.sender,
        to=mail.recipients,
        headers={"Message-ID": f"<mail.{mail.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(settings.EMAIL_DELIVERY_BACKEND),
    )
    message.send()


def _record_failure(mail: Mail, error: Exception) -> None:
    is_over = mail.tries >= TRIES
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.FAILED if is_over else MailState.QUEUED,
        available_at=Now() + FIRST_PAUSE * 2 ** (mail.tries - 1),
        last_error=f"{type(error).__name__}: {error}"[:500],
    )
