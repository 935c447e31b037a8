"""Reading mailboxes by IMAP: one worker a mailbox at a time, under a lease; each mail with the number it had.

What was read stands in the transaction of the mail itself, and only while the lease is still ours: a worker killed
half-way, or taken for dead, loses nothing and doubles nothing. The mailbox itself is never changed.
"""

import logging
import secrets
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.integrations import sealing
from apps.integrations.mail.imap import Box, Glance, Login, MailboxError, opened
from apps.integrations.mail.letter import MAIL_BYTES
from apps.integrations.mail.receiving import receive
from apps.integrations.models import Mailbox, MailSource

logger = logging.getLogger(__name__)

PAUSE = timedelta(seconds=60)  # between two looks
LONGEST_PAUSE = timedelta(hours=1)  # after failures, each of which doubles it
LEASE = timedelta(minutes=3)  # longer than any mail takes; renewed with each
SECONDS = 20.0  # at one mailbox, while others wait


class LeaseLostError(Exception):
    """Somebody else reads this mailbox now."""


def has_due_mailbox() -> bool:
    return _due().exists()


def poll_one() -> int:
    """Read the mailbox that waits longest; return 1, or 0 where none is due."""
    mailbox = _claim()
    if mailbox is None:
        return 0
    try:
        is_done = _read(mailbox)
    except LeaseLostError:
        logger.warning("Mailbox %d is read by another worker", mailbox.pk)
    except (MailboxError, sealing.SealBrokenError) as error:
        _give_back(mailbox, failures=mailbox.failures + 1, last_error=str(error)[:500])
    except BaseException as error:
        _give_back(mailbox, failures=mailbox.failures + 1, last_error=f"{type(error).__name__}")
        raise
    else:
        _give_back(mailbox, failures=0, last_error="", is_done=is_done)
    return 1


def login_of(mailbox: Mailbox) -> Login:
    """Return how to sign in. Raises sealing.SealBrokenError."""
    variable = mailbox.imap_secret_variable
    return Login(
        mailbox.imap_host,
        mailbox.imap_port,
        mailbox.imap_security,
        mailbox.imap_user,
        sealing.read_variable(variable) if variable else sealing.unseal(mailbox.imap_secret),
        mailbox.imap_folder,
    )


def _due() -> QuerySet[Mailbox]:
    is_free = Q(leased_until=None) | Q(leased_until__lte=Now())
    return Mailbox.objects.filter(is_free, is_on=True, source=MailSource.IMAP, next_poll_at__lte=Now())


@transaction.atomic
def _claim() -> Mailbox | None:
    mailbox = _due().select_for_update(skip_locked=True, no_key=True).order_by("next_poll_at").first()
    if mailbox is not None:
        mailbox.lease = secrets.token_hex(16)
        Mailbox.objects.filter(pk=mailbox.pk).update(lease=mailbox.lease, leased_until=Now() + LEASE)
    return mailbox


def _read(mailbox: Mailbox) -> bool:
    """Take in what is new; return whether that is all of it. The network is asked outside any transaction."""
    deadline = time.monotonic() + SECONDS
    since = None if mailbox.reads_old else mailbox.created_at
    with opened(login_of(mailbox)) as box:
        if (
            box.uid_validity != mailbox.uid_validity
        ):  # numbered anew: all is looked at again, and known mail is a repeat
            mailbox.uid_validity, mailbox.last_uid = box.uid_validity, 0
        for uid in box.uids_after(mailbox.last_uid, since=since):
            if time.monotonic() > deadline:
                return False
            _take(mailbox, box, uid, since)
    return True


def _take(mailbox: Mailbox, box: Box, uid: int, since: datetime | None) -> None:
    glance = box.glance(uid)
    is_new = glance is not None and not (since and glance.arrived_at and glance.arrived_at < since)
    content = _fetched(box, glance) if glance is not None and is_new else None
    with transaction.atomic():
        held = Mailbox.objects.filter(pk=mailbox.pk, lease=mailbox.lease, leased_until__gt=Now())
        if not held.update(uid_validity=mailbox.uid_validity, last_uid=uid, leased_until=Now() + LEASE):
            raise LeaseLostError
        if glance is not None and content is not None:
            receive(mailbox=mailbox, content=content, size_bytes=glance.size_bytes)
    mailbox.last_uid = uid


def _fetched(box: Box, glance: Glance) -> bytes | None:
    return box.fetch(glance.uid) if glance.size_bytes <= MAIL_BYTES else box.fetch_head(glance.uid)


def _give_back(mailbox: Mailbox, *, failures: int, last_error: str, is_done: bool = True) -> None:
    """End the lease, if it is still ours, and say when to look again."""
    pause = min(PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE) if failures else PAUSE
    Mailbox.objects.filter(pk=mailbox.pk, lease=mailbox.lease).update(
        lease="",
        leased_until=None,
        polled_at=Now(),
        next_poll_at=Now() + (pause if is_done else timedelta(0)),
        failures=failures,
        last_error=last_error,
    )
