"""Asking the owner of a claimed address whether the feedback is theirs."""

import re
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from apps.dialogue.models import Mail, MailState
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.feedback.tokens import confirmation_url

PURPOSE = "confirm address"
QUOTED_CHARACTERS = 200
MAILS_A_DAY = 3  # to one address: a stranger who types it in many times must not fill its box

BODY = """\
Hello,

somebody, probably you, told us this about {product} and gave this address:

{quote}

Was it you? Then open this page and press the button, and we can tell you what becomes of it:

{url}

If it was not you, do nothing: we will not write again about it.
"""


def ask_for_confirmation(feedback_ids: list[int]) -> None:
    """Write a mail for each claimed, live feedback with an address that none was written for yet.

    Subscriber of ``feedback.captured`` and, for what was held and let go, of ``feedback.changed``. The mail is a row
    in the transaction that takes the outbox row off; a constraint lets there be one for each feedback.
    """
    claimed = (
        Feedback.objects.filter(
            id__in=feedback_ids, identity=Identity.CLAIMED, state=FeedbackState.LIVE, redacted_at=None
        )
        .exclude(id__in=Mail.objects.filter(purpose=PURPOSE, about_id__in=feedback_ids).values("about_id"))
        .select_related("customer", "product")
    )
    for feedback in claimed.order_by("id"):
        address = feedback.customer.email if feedback.customer else ""
        if address and _asked_today(address) < MAILS_A_DAY:
            _write(feedback, address)


def _asked_today(address: str) -> int:
    since = Now() - timedelta(days=1)
    return Mail.objects.filter(purpose=PURPOSE, recipients=[address], created_at__gte=since).count()


def _write(feedback: Feedback, address: str) -> None:
    Mail.objects.create(
        about_id=feedback.pk,
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[address],
        subject=f"Was this you? Your feedback on {feedback.product}"[:200],
        body=BODY.format(product=feedback.product, quote=_quote(feedback.text), url=confirmation_url(feedback)),
        purpose=PURPOSE,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )


def _quote(text: str) -> str:
    """Return the beginning of ``text`` as a quotation without anything to click.

    Whoever typed the address typed the text too: the mail must not carry a stranger's links to its owner.
    """
    start = " ".join(text.split())[:QUOTED_CHARACTERS]
    return "> " + _LINK.sub("[link]", start)


_LINK = re.compile(r"\S*(?:://|www\.|\w\.\w)\S*", re.IGNORECASE)
