"""Three voices worth hearing: chosen by a rule that is stated, the same all day, from what the reader may open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length

from apps.accounts.models import User
from apps.customers.consents import withdrawn_among
from apps.customers.models import Purpose
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
    is_earlier: bool = False  # on the rising priority, but said before it rose
    is_unnamed: bool = False  # who said it took back the consent to be quoted


class Candidate(NamedTuple):
    """What the choice needs of a feedback: a hundred are looked at, three are read whole."""

    pk: int
    rating: int | None
    identity: str
    characters: int
    sentiment: str | None  # None: not read by the machine yet
    sentiment_milli: int | None


def worth_hearing(
    user: User, product_ids: Sequence[int], fastest: Mover | None, *, rising_since: date, today: date
) -> list[WorthHearing]:
    """Return up to three voices said before ``today``: of the fastest rising priority, a strong praise, and the
    longest of unhappy verified ones. Three queries, two or three for who may be named, one more where nothing was
    said before today.

    ``rising_since``: the first day of the span in which ``fastest`` rose; where nobody said of it since what the
    reader may open, the newest from before is marked as earlier.
    """
    rising, is_earlier = _of_priority(user, fastest, since=rising_since, today=today) if fastest else ([], False)
    recent = _recent(user, product_ids, since=today - timedelta(days=BACK_DAYS), until=today - timedelta(days=1))
    if not recent:
        recent = _recent(user, product_ids, since=today, until=today)
    unhappy = [one for one in recent if _is_unhappy(one) and one.identity == Identity.VERIFIED]
    chosen: dict[int, Why] = {}
    for why, candidates in (
        (Why.RISING, rising),
        (Why.PRAISE, [one.pk for one in recent if _is_praise(one)]),
        (Why.UNHAPPY, _longest(unhappy)),
    ):
        left = [pk for pk in candidates if pk not in chosen]
        if left:
            chosen[min(left, key=lambda pk: _lot(pk, today))] = why
    rows = _readable(user).select_related("product", "version", "customer", "reading").in_bulk(chosen)
    unnamed = withdrawn_among({row.customer_id for row in rows.values() if row.customer_id}, Purpose.INTERNAL_QUOTE)
    return [
        WorthHearing(
            rows[pk],
            why,
            about=fastest.name if fastest and why == Why.RISING else "",
            is_earlier=is_earlier and why == Why.RISING,
            is_unnamed=rows[pk].customer_id in unnamed,
        )
        for pk, why in chosen.items()
        if pk in rows
    ]


def _recent(user: User, product_ids: Sequence[int], *, since: date, until: date) -> list[Candidate]:
    found = _readable(user).filter(product_id__in=product_ids, day__gte=since, day__lte=until)
    rows = found.order_by("-listed_at", "-id").values_list(
        "pk", "rating", "identity", Length("text"), "reading__sentiment", "reading__sentiment_milli"
    )
    return [Candidate(*row) for row in rows[:LOOKED_AT]]


def _of_priority(user: User, mover: Mover, *, since: date, today: date) -> tuple[list[int], bool]:
    """Return the newest readable feedback on a priority from ``since`` on, and whether it is earlier for want of any.

    Reads by index ``pair_newest``.
    """
    is_readable = Exists(_readable(user).filter(pk=OuterRef("feedback_id")))
    pairs = Pair.objects.filter(is_readable, tag_id=mover.tag_id, is_counted=True, day__lt=today)
    newest = list(pairs.order_by("-day", "-feedback_id").values_list("feedback_id", "day")[:RISING_LOOKED_AT])
    recent = [pk for pk, day in newest if day >= since]
    return (recent, False) if recent else ([pk for pk, _day in newest[:1]], True)


def _readable(user: User) -> QuerySet[Feedback]:
    return readable_feedback(user).filter(state=FeedbackState.LIVE, redacted_at=None).exclude(text="")


def _is_praise(one: Candidate) -> bool:
    """Tell strong praise: rated best and not read as negative, or, without a rating, read as very positive."""
    if one.rating is None:
        is_strong = one.sentiment_milli is not None and one.sentiment_milli >= PRAISE_MILLI
    else:
        is_strong = one.rating == PRAISE_RATING and one.sentiment != Sentiment.NEGATIVE
    return is_strong and one.characters >= PRAISE_CHARACTERS


def _is_unhappy(one: Candidate) -> bool:
    if one.rating is not None:
        return one.rating <= UNHAPPY_RATING
    return one.sentiment == Sentiment.NEGATIVE


def _longest(found: Sequence[Candidate]) -> list[int]:
    return [one.pk for one in sorted(found, key=lambda one: (-one.characters, one.pk))[:1]]


def _lot(pk: int, today: date) -> str:
    """Return what draws the same lot all day, and another one tomorrow."""
    return sha256(f"{today}:{pk}".encode()).hexdigest()
