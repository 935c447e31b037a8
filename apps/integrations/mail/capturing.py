"""Reading mail that was kept, and what becomes of it: feedback, or a record of why not.

A worker takes a mail by a count of its tries, which stands before it is read, so that one that kills its reader is
given up; and writes feedback, files and verdict in one transaction.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from apps.core import outbox
from apps.core.email_address import normalise_email
from apps.feedback.attachments.sandbox import BusyError
from apps.feedback.models import Channel, Identity
from apps.feedback.normalise import LINE_LIMIT, TEXT_LIMIT
from apps.feedback.services import Capture, Person, capture, dedupe
from apps.integrations.mail import files, quoting, verdicts
from apps.integrations.mail.authentication import proof_of
from apps.integrations.mail.letter import Letter, TooComplexError, read_letter
from apps.integrations.mail.receiving import original_of
from apps.integrations.mail.threads import Thread, thread_of
from apps.integrations.models import InboundMail, Mailbox, MailState, Why

logger = logging.getLogger(__name__)

TRIES = 3
PAUSE = timedelta(minutes=2)  # longer than reading takes; then another worker may try
FROM_ONE_AN_HOUR = 20  # mails of one sender: a person writes fewer
OLDEST = timedelta(days=30)  # a mail that claims to have been under way for longer was not
MORE = "\n\n[…]"  # the rest is in the original


def has_unread_mail() -> bool:
    return _unread().exists()


def read_one() -> int:
    """Read the mail that waits longest; return 1, or 0 where none does. A failure is recorded and tried again."""
    mail = _claim()
    if mail is None:
        return 0
    try:
        _read(mail)
    except BusyError:
        InboundMail.objects.filter(pk=mail.pk).update(tries=F("tries") - 1, available_at=Now() + PAUSE)
    except Exception as error:
        if outbox.is_nobodys_fault(error):
            raise
        logger.exception("Mail %d could not be read", mail.pk)
        detail = f"{type(error).__name__}"
        InboundMail.objects.filter(pk=mail.pk).update(detail=detail, available_at=Now() + PAUSE)
    return 1


@transaction.atomic
def replay(*, mail: InboundMail) -> bool:
    """Have a mail read again, whatever a machine may have thought of its sender; return whether it will be.

    Not one that is feedback already, and none that is not kept any more.
    """
    again = InboundMail.objects.filter(
        pk=mail.pk, state__in=[MailState.IGNORED, MailState.FAILED], original__isnull=False
    )
    return bool(again.update(state=MailState.RECEIVED, why="", detail="", is_forced=True, tries=0, available_at=Now()))


def _unread() -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(state=MailState.RECEIVED, available_at__lte=Now())


@transaction.atomic
def _claim() -> InboundMail | None:
    """Count a try of the mail that waits longest; give up what is out of tries."""
    _unread().filter(tries__gte=TRIES).update(state=MailState.FAILED, why=Why.BROKEN)
    mail = _unread().select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("available_at").first()
    if mail is None:
        return None
    InboundMail.objects.filter(pk=mail.pk).update(tries=F("tries") + 1, available_at=Now() + PAUSE)
    return InboundMail.objects.select_related("mailbox").get(pk=mail.pk)


def _read(mail: InboundMail) -> None:
    content = original_of(mail)
    if content is None:
        return _leave(mail, Why.BROKEN)
    try:
        letter = read_letter(content)
    except TooComplexError:
        return _leave(mail, Why.TOO_COMPLEX)
    why = None if mail.is_forced else _why_not(mail, letter)
    if why is not None:
        return _leave(mail, why)
    if not words_of(letter):
        return _leave(mail, Why.NO_WORDS)
    return _capture(mail, letter, files.keep_files(mail, letter.files))


def _why_not(mail: InboundMail, letter: Letter) -> Why | None:
    """One query, two for a sender who wrote often."""
    own = own_addresses()
    why = verdicts.why_not(letter, envelope_sender=mail.envelope_sender, own=own)
    if why is None and mail.sender:
        hour = InboundMail.objects.filter(
            sender=mail.sender, received_at__gt=mail.received_at - timedelta(hours=1), pk__lt=mail.pk
        )
        why = Why.TOO_MANY if hour[:FROM_ONE_AN_HOUR].count() >= FROM_ONE_AN_HOUR else None
    return why


def own_addresses() -> frozenset[str]:
    """Return every address that is ours: of all mailboxes, and the one we write from. One query."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    return frozenset({*Mailbox.objects.values_list("address", flat=True), normalise_email(sender)})


def words_of(letter: Letter) -> str:
    """Return what the sender has to say: below the subject, where they gave it one of their own; "" for nothing."""
    words = quoting.fold(letter.text, subject=letter.subject).words
    subject = letter.subject.strip()
    if subject and not quoting.is_reply(subject) and not words.startswith(subject):
        words = f"{subject}\n\n{words}".strip()
    return words if len(words) <= TEXT_LIMIT else words[: TEXT_LIMIT - len(MORE)] + MORE


@transaction.atomic
def _capture(mail: InboundMail, letter: Letter, kept: files.Kept) -> None:
    """Make feedback of the mail, once: whoever read it meanwhile has changed its state."""
    if not InboundMail.objects.select_for_update().filter(pk=mail.pk, state=MailState.RECEIVED).exists():
        return
    thread = thread_of(letter, mailbox=mail.mailbox, envelope_recipient=mail.envelope_recipient)
    proof = _proof(mail.mailbox, letter, thread)
    try:
        outcome = capture(replace(_wanted(mail, letter, thread, proof), files=kept.keys))
    except ValidationError as error:
        _record(mail, state=MailState.IGNORED, why=Why.REFUSED, detail=error.messages[0][:500])
        return
    _record(
        mail,
        state=MailState.CAPTURED if outcome.is_new else MailState.REPEATED,
        why="",
        detail="",
        feedback_id=outcome.feedback_id,
        reply_to_id=thread.feedback_id,
        identity=_identity(letter, proof),
        proof=proof[:300],
        files=kept.told,
    )


def _proof(mailbox: Mailbox, letter: Letter, thread: Thread) -> str:
    """Return what proves who wrote: the receiving server, or a token that only the customer was sent."""
    if thread.customer_email and thread.customer_email == letter.sender.email and letter.is_sole_sender:
        return "token"
    return proof_of(letter, trusted_server=mailbox.trusted_server)


def _wanted(mail: InboundMail, letter: Letter, thread: Thread, proof: str) -> Capture:
    context = {"subject": letter.subject[:LINE_LIMIT]}
    if thread.feedback_id is not None:
        context["reply_to"] = str(thread.feedback_id)
    return Capture(
        product_id=mail.mailbox.product_id,
        channel=Channel.EMAIL,
        text=words_of(letter),
        context=context,
        person=_person(letter),
        identity=_identity(letter, proof),
        captured_at=_said_at(mail, letter.sent_at),
        repeat_key=dedupe.hash_parts("email", mail.mailbox.product_id, mail.key),
    )


def _person(letter: Letter) -> Person | None:
    try:
        validate_email(letter.sender.email)
    except ValidationError:
        return None
    return Person(email=letter.sender.email, name=letter.sender.name)


def _identity(letter: Letter, proof: str) -> Identity:
    if _person(letter) is None:
        return Identity.ANONYMOUS
    return Identity.VERIFIED if proof else Identity.CLAIMED


def _said_at(mail: InboundMail, sent_at: datetime | None) -> datetime:
    """Return when it was said: when it was sent, if that can be, else when we had it."""
    if sent_at is None or not mail.received_at - OLDEST < sent_at < mail.received_at:
        return mail.received_at
    return sent_at


def _leave(mail: InboundMail, why: Why) -> None:
    _record(mail, state=MailState.FAILED if why == Why.BROKEN else MailState.IGNORED, why=why, detail="")


def _record(mail: InboundMail, **values: object) -> None:
    InboundMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED).update(**values)
