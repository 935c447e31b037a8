"""Asking the owner of a claimed address whether the feedback is theirs."""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from apps.dialogue.models import Mail, MailState
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.feedback.tokens import confirmation_url

PURPOSE = "confirm address"
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
    """Write a mail for each claimed, live feedback with an address. Subscriber of ``feedback.captured``.

    The mail is a row in the transaction that takes the outbox row off, so each feedback is asked about once.
    """
    claimed = Feedback.objects.filter(
        id__in=feedback_ids, identity=Identity.CLAIMED, state=FeedbackState.LIVE, redacted_at=None
    ).select_related("customer", "product")
    for feedback in claimed.order_by("id"):
        address = feedback.customer.email if feedback.customer else ""
        if address and _asked_today(address) < MAILS_A_DAY:
            _write(feedback, address)


def _asked_today(address: str) -> int:
    since = Now() - timedelta(days=1)
    return Mail.objects.filter(purpose=PURPOSE, recipients=[address], created_at__gte=since).count()


def _write(feedback: Feedback, address: str) -> None:
    quote = "\n".join(f"> {line}" for line in feedback.text[:500].splitlines())
    Mail.objects.create(
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[address],
        subject=f"Was this you? Your feedback on {feedback.product}"[:200],
        body=BODY.format(product=feedback.product, quote=quote, url=confirmation_url(feedback)),
        purpose=PURPOSE,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )
