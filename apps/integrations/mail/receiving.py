"""Taking mail in: kept as it came, once, before anybody reads it. A worker reads it (``mail.capturing``)."""

import hashlib
import logging
import re
import zlib
from typing import NamedTuple

from django.db import IntegrityError, transaction

from apps.core.email_address import normalise_email
from apps.integrations.mail.headers import one_line
from apps.integrations.mail.letter import MAIL_BYTES, Letter, read_head
from apps.integrations.models import InboundMail, Mailbox, MailState, OriginalMail, Why

logger = logging.getLogger(__name__)

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class Envelope(NamedTuple):
    """What the servers said to each other; None and "" where nobody told."""

    sender: str | None = None  # "" is the "<>" of reports
    recipient: str = ""


UNKNOWN = Envelope()


@transaction.atomic
def receive(*, mailbox: Mailbox, content: bytes, envelope: Envelope = UNKNOWN, size_bytes: int = 0) -> bool:
    """Keep a mail for a worker to read, or find that it is kept already; return whether it is new.

    ``size_bytes``: where ``content`` is only the beginning of it. One too large is recorded, and not read. The same
    mail is one, however often and by whatever way it comes. Two queries.
    """
    letter = _head_of(content)
    size_bytes = max(size_bytes, len(content))
    is_too_large = size_bytes > MAIL_BYTES
    mail = _row(mailbox, letter, envelope, key_of(letter, content if not is_too_large else b""), size_bytes)
    if is_too_large:
        mail.state, mail.why = MailState.IGNORED, Why.TOO_LARGE
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError as error:
        if "mail_once" not in str(error):
            raise
        return False  # it is there
    if not is_too_large:
        packed = zlib.compress(content, 6)
        OriginalMail.objects.create(mail=mail, content=packed, stored_bytes=len(packed))
    return True


def _head_of(content: bytes) -> Letter:
    """Return what the head says; of one that no parser survives nothing: it must not stop the mail behind it."""
    try:
        return read_head(content)
    except Exception:
        logger.exception("The head of a mail could not be read")
        return read_head(b"")


def _row(mailbox: Mailbox, letter: Letter, envelope: Envelope, key: str, size_bytes: int) -> InboundMail:
    return InboundMail(
        mailbox=mailbox,
        key=key,
        message_id=letter.message_id[:400],
        sender=letter.sender.email,
        sender_name=letter.sender.name,
        subject=letter.subject,
        envelope_sender=None if envelope.sender is None else one_line(normalise_email(envelope.sender), 254),
        envelope_recipient=one_line(envelope.recipient, 254),
        sent_at=letter.sent_at,
        size_bytes=size_bytes,
    )


def key_of(letter: Letter, content: bytes) -> str:
    """Return what makes a repeat of a mail: its Message-ID, who sent it when, and everything below its head.

    Not the head itself: each server on the way writes into it.
    """
    end = _END_OF_HEAD.search(content)
    body = content[end.end() :] if end else b""
    parts = (letter.message_id, letter.sender.email, letter.sent_at, letter.subject)
    digest = hashlib.sha256("\0".join(map(str, parts)).encode())
    digest.update(b"\0" + body.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()


def original_of(mail: InboundMail) -> bytes | None:
    """Return the mail as it came; None where it is not kept any more. One query."""
    packed = OriginalMail.objects.filter(mail=mail).values_list("content", flat=True).first()
    return zlib.decompress(bytes(packed)) if packed is not None else None
