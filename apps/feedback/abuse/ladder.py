"""The ladder: what is asked of everything a form brings, from the cheapest. Each rung holds, none refuses or drops.

Beside the token, which the caller has read: one trip to Redis, no query.
"""

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from apps.core import limits
from apps.core.limits import Bucket
from apps.feedback.abuse.prints import fingerprints
from apps.feedback.abuse.signs import suspicions

SEPARATOR = "; "
REASON_CHARACTERS = 200  # of the column
TRAP = gettext_noop("Hidden field filled in")
TOO_FAST = gettext_noop("Sent faster than a person writes")
NO_WORK = gettext_noop("No proof of work")
REPEATED = gettext_noop("The same words came many times")
TOO_MANY = gettext_noop("More comes in than people write")
USED_TWICE = gettext_noop("Form token used twice")
TOKEN_DOUBTS = (
    gettext_noop("Sent without a form token"),
    gettext_noop("Form token is not ours"),
    gettext_noop("Form token of another form"),
    gettext_noop("Form token expired"),
)


def doubts_about(*, form_id: int, text: str, name: str, limit: Bucket | None = None) -> list[str]:
    """Return the reasons to hold what a stranger wrote: how much comes in, how often the same, what it looks like.

    Raises limits.UsedUpError where ``limit``, the sender's own, is used up: it is taken in the same trip.
    """
    wanted = [
        Bucket("form-total", str(form_id), settings.FORM_TOTAL_LIMIT),
        Bucket("forms-total", "", settings.FORMS_TOTAL_LIMIT),
        *(Bucket("words", mark, settings.FORM_REPEAT_LIMIT) for mark in fingerprints(text)),
    ]
    form_total, all_total, *words = limits.take_each(wanted, first=limit)
    found = [] if form_total.is_allowed and all_total.is_allowed else [TOO_MANY]
    if not all(verdict.is_allowed for verdict in words):
        found.append(REPEATED)
    return found + suspicions(text, name=name)


def joined(reasons: list[str]) -> str:
    """Return the reasons as they are kept; "" for none. What does not fit is left out whole."""
    kept: list[str] = []
    for reason in dict.fromkeys(filter(None, reasons)):
        if len(SEPARATOR.join([*kept, reason])) <= REASON_CHARACTERS:
            kept.append(reason)
    return SEPARATOR.join(kept)


def in_words(held_reason: str) -> list[str]:
    """Return the reasons that are kept, each in the reader's language."""
    return [gettext(reason) for reason in held_reason.split(SEPARATOR) if reason]
