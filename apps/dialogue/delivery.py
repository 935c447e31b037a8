"""Sending queued mail: one at a time under a lease, outside any transaction, with a Message-ID that stays.

One at a time for the whole installation, so that a mail server that hangs holds up one worker process, never all. A
worker killed between sending and recording sends again after the lease, with the same Message-ID.
"""

import logging
import re
from contextlib import suppress
from datetime import timedelta
from email.mime.text import MIMEText
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now

from apps.dialogue.models import Mail, MailState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)  # longer than EMAIL_TIMEOUT
TRIES = 10  # the last one about eight hours after the first
FIRST_PAUSE = timedelta(minutes=1)  # doubles with each try; also of all mail when the server is away


def has_queued_mail() -> bool:
    """Tell whether a mail can be sent now: one waits, and nobody is sending."""
    return _due().exists() and not _leased().exists()


def deliver_one() -> int:
    """Send the mail that waits longest; return 1, or 0 when none waits or somebody is sending.

    A failure is recorded and tried later. Where the server cannot be reached, all mail waits a minute, and that costs
    no mail a try.
    """
    mail = _claim()
    if mail is None:
        return 0
    try:
        server: BaseEmailBackend = get_connection(settings.EMAIL_DELIVERY_BACKEND)
        server.open()
    except Exception as error:  # name, port, certificate, password …: nothing that this mail could help
        logger.warning("The mail server is out of reach: %s", type(error).__name__)
        _postpone_all(mail, error)
        return 1
    try:
        _send(mail, server)
    except Exception as error:  # whatever it is, a mail that cannot be sent must not stop the others
        logger.warning("Mail %d could not be sent: %s", mail.pk, type(error).__name__)
        _record_failure(mail, error)
    else:
        _record(mail, state=MailState.SENT, body="", calendar="", last_error="")
    finally:
        with suppress(Exception):  # a rude farewell changes nothing
            server.close()
    return 1


def _due() -> QuerySet[Mail]:
    return Mail.objects.filter(state=MailState.QUEUED, available_at__lte=Now())


def _leased() -> QuerySet[Mail]:
    return Mail.objects.filter(state=MailState.QUEUED, leased_until__gt=Now())


@transaction.atomic
def _claim() -> Mail | None:
    """Lease the mail that waits longest, unless another one is leased; give up what is out of tries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('dialogue.deliver'))")
        if not cursor.fetchone()[0]:
            return None
    if _leased().exists():
        return None
    _due().filter(tries__gte=TRIES).update(state=MailState.FAILED, last_error="The worker died each time.")
    mail = _due().select_for_update(skip_locked=True).order_by("available_at").first()
    if mail is not None:
        until = Now() + LEASE  # should this worker die, others get their turn before this one
        Mail.objects.filter(pk=mail.pk).update(leased_until=until, available_at=until, tries=F("tries") + 1)
        mail.tries += 1
    return mail


def _send(mail: Mail, server: BaseEmailBackend) -> None:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=mail.sender,
        to=mail.recipients,
        headers={**mail.headers, "Message-ID": f"<mail.{mail.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=server,
    )
    if mail.calendar:
        message.attach(_calendar_part(mail.calendar))
    message.send()


def _calendar_part(calendar: str) -> MIMEText:
    """Return the part that mail programs offer to put into one's calendar; its method is said twice (RFC 6047, 2.4)."""
    part = MIMEText(calendar, "calendar", "utf-8")
    found = re.search(r"^METHOD:(\w+)", calendar, re.MULTILINE)
    part.set_param("method", found.group(1) if found else "PUBLISH")
    part.add_header("Content-Disposition", "attachment", filename="invitation.ics")
    return part


def _record_failure(mail: Mail, error: Exception) -> None:
    _record(
        mail,
        state=MailState.FAILED if mail.tries >= TRIES else MailState.QUEUED,
        available_at=Now() + FIRST_PAUSE * 2 ** (mail.tries - 1),
        last_error=_reason(error),
    )


def _postpone_all(mail: Mail, error: Exception) -> None:
    _record(mail, tries=mail.tries - 1, last_error=_reason(error))
    Mail.objects.filter(state=MailState.QUEUED).update(available_at=Greatest("available_at", Now() + FIRST_PAUSE))


def _record(mail: Mail, **values: object) -> None:
    """Write what became of ``mail``, unless it was erased meanwhile."""
    Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED).update(leased_until=None, **values)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\0", "")[:500]
