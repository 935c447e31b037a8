"""Three voices worth hearing: chosen by a rule that is stated, the same all day, from what the reader may open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.insight.models import Sentiment
from apps.priorities.movement import Mover
from apps.tagging.models import Pair
from apps.workbench.selectors import readable_feedback

LOOKED_AT = 100  # newest pieces of feedback that are looked through
RISING_LOOKED_AT = 20
BACK_DAYS = 28
PRAISE_RATING, PRAISE_MILLI = 5, 500
PRAISE_CHARACTERS = 40  # "Great!" is praise, and not worth a place here
UNHAPPY_RATING = 2


class Why(StrEnum):
    RISING = "rising"
    PRAISE = "praise"
    UNHAPPY = "unhappy"


@dataclass(frozen=True)
class WorthHearing:
    feedback: Feedback
    why: Why
    about: str = ""  # the name of the rising priority


def worth_hearing(user: User, product_ids: Sequence[int], fastest: Mover | None, *, today: date) -> list[WorthHearing]:
    """Return up to three voices said before ``today``: of the fastest rising priority, a strong praise, and the
    longest of unhappy verified ones. Two queries; a third where nothing was said before today.
    """
    rising = _of_priority(user, fastest, today=today) if fastest else []
    recent = _recent(user, product_ids, since=today - timedelta(days=BACK_DAYS), until=today - timedelta(days=1))
    if not recent:
        recent = _recent(user, product_ids, since=today, until=today)
    chosen: list[WorthHearing] = []
    for why, candidates in (
        (Why.RISING, rising),
        (Why.PRAISE, [one for one in recent if _is_praise(one)]),
        (Why.UNHAPPY, _longest([one for one in recent if _is_unhappy(one) and one.identity == Identity.VERIFIED])),
    ):
        left = [one for one in candidates if one.pk not in {taken.feedback.pk for taken in chosen}]
        if left:
            about = fastest.name if fastest and why == Why.RISING else ""
            chosen.append(WorthHearing(min(left, key=lambda one: _lot(one, today)), why, about))
    return chosen


def _recent(user: User, product_ids: Sequence[int], *, since: date, until: date) -> list[Feedback]:
    found = _readable(user).filter(product_id__in=product_ids, day__gte=since, day__lte=until)
    return list(found.order_by("-listed_at", "-id")[:LOOKED_AT])


def _of_priority(user: User, mover: Mover, *, today: date) -> list[Feedback]:
    """Return the newest readable feedback on a priority (index ``pair_newest``)."""
    is_readable = Exists(_readable(user).filter(pk=OuterRef("feedback_id")))
    pairs = Pair.objects.filter(is_readable, tag_id=mover.tag_id, is_counted=True, day__lt=today)
    pairs = pairs.select_related("feedback__product", "feedback__version", "feedback__customer", "feedback__reading")
    return [pair.feedback for pair in pairs.order_by("-day", "-feedback_id")[:RISING_LOOKED_AT]]


def _readable(user: User) -> QuerySet[Feedback]:
    live = readable_feedback(user).filter(state=FeedbackState.LIVE, redacted_at=None)
    return live.select_related("product", "version", "customer", "reading")


def _is_praise(one: Feedback) -> bool:
    """Tell strong praise: rated best and not read as negative, or, without a rating, read as very positive."""
    reading = getattr(one, "reading", None)
    if one.rating is None:
        is_strong = reading is not None and reading.sentiment_milli >= PRAISE_MILLI
    else:
        is_strong = one.rating == PRAISE_RATING and (reading is None or reading.sentiment != Sentiment.NEGATIVE)
    return is_strong and len(one.text) >= PRAISE_CHARACTERS


def _is_unhappy(one: Feedback) -> bool:
    if one.rating is not None:
        return one.rating <= UNHAPPY_RATING
    reading = getattr(one, "reading", None)
    return reading is not None and reading.sentiment == Sentiment.NEGATIVE


def _longest(found: Sequence[Feedback]) -> list[Feedback]:
    return sorted(found, key=lambda one: (-len(one.text), one.pk))[:1]


def _lot(one: Feedback, today: date) -> str:
    """Return what draws the same lot all day, and another one tomorrow."""
    return sha256(f"{today}:{one.pk}".encode()).hexdigest()
