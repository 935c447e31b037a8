"""Asking the owner of a claimed address whether the feedback is theirs."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.turns import take_turn
from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import address_key
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.feedback.tokens import confirmation_url

logger = logging.getLogger(__name__)

PURPOSE = "confirm address"
QUOTED_CHARACTERS = 200
MAILS_A_DAY = 3  # to one address: a stranger who types it in many times must not fill its box
MAILS_AN_HOUR = 200  # to all together: the public form is no relay to strangers' boxes
ASKED_WITHIN = timedelta(days=60)  # of its receipt; shorter than mail is kept, so that nothing is asked about twice

BODY = gettext_noop(
    """\
Hello,

somebody, probably you, told us this about %(product)s and gave this address:

%(quote)s

Was this you? Then open this page and press the button, and we can tell you what becomes of it:

%(url)s

If it was not you, do nothing: we will not write again about it.
"""
)
BODY_WITHOUT_WORDS = gettext_noop(
    """\
Hello,

somebody, probably you, answered our questions about %(product)s and gave this address.

Was this you? Then open this page and press the button, and we can tell you what becomes of it:

%(url)s

If it was not you, do nothing: we will not write again about it.
"""
)


def ask_for_confirmation(feedback_ids: list[int]) -> None:
    """Write a mail for each claimed, live feedback with an address that none was written for yet.

    Subscriber of ``feedback.captured`` and, for what was held and let go, of ``feedback.changed``. The mail is a row
    in the transaction that takes the outbox row off; a constraint lets there be one for each feedback. Few go to one
    address, and few in an hour to all together: beyond that nobody is asked, and the feedback stays a claim. Six
    queries for any number of ids, one where nobody claims anything.
    """
    claimed = Feedback.objects.filter(
        id__in=feedback_ids,
        identity=Identity.CLAIMED,
        state=FeedbackState.LIVE,
        redacted_at=None,
        received_at__gte=Now() - ASKED_WITHIN,
        customer__email_key__isnull=False,
    )
    if not claimed.exists():
        return
    take_turn("dialogue.confirmations")  # to count and write: neither limit is passed by two at once
    asked = Mail.objects.filter(purpose=PURPOSE, about_id__in=feedback_ids).values("about_id")
    unasked = list(claimed.exclude(id__in=asked).select_related("customer", "product").order_by("id"))
    chosen = _within_limits(unasked)
    if len(chosen) < len(unasked):
        logger.warning("%d claimed addresses are not asked: too many at once", len(unasked) - len(chosen))
    Mail.objects.bulk_create(_mail(feedback) for feedback in chosen)


def _within_limits(unasked: Sequence[Feedback]) -> list[Feedback]:
    """Return those that may be asked about now. Two queries."""
    recent = Mail.objects.filter(purpose=PURPOSE)
    today = recent.filter(
        recipient_key__in={_key(feedback) for feedback in unasked}, created_at__gte=Now() - timedelta(days=1)
    )
    asked = Counter(dict(today.values_list("recipient_key").annotate(Count("pk"))))
    room = MAILS_AN_HOUR - recent.filter(created_at__gte=Now() - timedelta(hours=1)).count()
    chosen: list[Feedback] = []
    for feedback in unasked:
        key = _key(feedback)
        if len(chosen) < room and asked[key] < MAILS_A_DAY:
            asked[key] += 1
            chosen.append(feedback)
    return chosen


def _address(feedback: Feedback) -> str:
    return feedback.customer.email if feedback.customer else ""


def _key(feedback: Feedback) -> str:
    return address_key(_address(feedback))


def _mail(feedback: Feedback) -> Mail:
    """Return the mail in the language that the feedback is written in, if that is one of ours."""
    from apps.insight.language import detect_language  # not above: a web process loads no model

    language = detect_language(feedback.text)
    with translation.override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE):
        return _mail_in_words(feedback)


def _mail_in_words(feedback: Feedback) -> Mail:
    places = {"product": feedback.product, "quote": _quote(feedback.text), "url": confirmation_url(feedback)}
    return Mail(
        about_id=feedback.pk,
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[_address(feedback)],
        recipient_key=_key(feedback),
        subject=(_("Was this you? Your feedback on %(product)s") % places)[:200],
        body=_(BODY if feedback.text.strip() else BODY_WITHOUT_WORDS) % places,
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
