"""What a mail goes on about: by the token in the address it was sent to, or by the mails it refers to.

A token is proof that whoever writes has had our mail, so only with it is a sender verified here; a Message-ID anybody
can guess, so it joins a mail only to what the same address said before.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.crypto import constant_time_compare, salted_hmac

from apps.core.email_address import normalise_email
from apps.feedback.models import Feedback
from apps.integrations.mail.letter import Letter
from apps.integrations.models import InboundMail, Mailbox

PURPOSE = "integrations.reply"
TOKEN = re.compile(r"r([1-9][0-9]{0,18})-([a-z0-9]{26})")
MAX_ID = 2**63 - 1


class Thread(NamedTuple):
    feedback_id: int | None = None
    customer_email: str = ""  # of the feedback whose token came with the mail, as normalise_email leaves it


def reply_address(mailbox: Mailbox, feedback_id: int) -> str:
    """Return the address at which an answer about one feedback comes back to it."""
    local, _, domain = mailbox.address.rpartition("@")
    return f"{local}+r{feedback_id}-{_signature(mailbox.pk, feedback_id)}@{domain}"


def thread_of(letter: Letter, *, mailbox: Mailbox, envelope_recipient: str) -> Thread:
    """Return the feedback that ``letter`` goes on about, if there is one. At most two queries."""
    addresses = [envelope_recipient, *(one.email for one in letter.recipients)]
    token = _token_in(addresses, mailbox)
    if token is not None:
        row = Feedback.objects.filter(pk=token, product_id=mailbox.product_id).select_related("customer").first()
        if row is not None:
            return Thread(row.pk, normalise_email(row.customer.email) if row.customer else "")
    if not letter.references or not letter.sender.email:
        return Thread()
    earlier = InboundMail.objects.filter(
        mailbox=mailbox,
        message_id__in=[one[:400] for one in letter.references],
        sender=letter.sender.email,
        feedback__isnull=False,
    )
    return Thread(earlier.order_by("-id").values_list("feedback_id", flat=True).first())


def _token_in(addresses: Iterable[str], mailbox: Mailbox) -> int | None:
    """Return the feedback that a token of this mailbox names."""
    for address in addresses:
        match = TOKEN.fullmatch(address.rpartition("@")[0].rpartition("+")[2].lower())
        if match and int(match[1]) <= MAX_ID and constant_time_compare(match[2], _signature(mailbox.pk, int(match[1]))):
            return int(match[1])
    return None


def _signature(mailbox_id: int, feedback_id: int) -> str:
    """130 bits in letters and digits of one case: mail servers may change the case of an address."""
    number = int.from_bytes(
        salted_hmac(PURPOSE, f"{mailbox_id}:{feedback_id}", algorithm="sha256").digest()[:17], "big"
    )
    digits = []
    for _ in range(26):
        number, rest = divmod(number, 32)
        digits.append("abcdefghijklmnopqrstuvwxyz234567"[rest])
    return "".join(digits)
