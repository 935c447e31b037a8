"""Ratings as other systems give them, brought to 1 (bad) to 5 (good). Pure functions: no database.

A scale from ``low`` to ``high`` is cut linearly: 1 + 4 (x - low) / (high - low), rounded half up. So of 1 to 10 each
two neighbours share a rating, and of 0 to 100 the ends get half as wide a band as the middle.
"""

import re
from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.feedback.normalise import rating_in

FIVE, STARS, WORDS = "five", "stars", "words"
RANGES = {"seven": (1, 7), "ten": (1, 10), "nps": (0, 10), "hundred": (0, 100), "sign": (-1, 1)}
SCALES = {
    FIVE: gettext_lazy("1 to 5"),
    "seven": gettext_lazy("1 to 7"),
    "ten": gettext_lazy("1 to 10"),
    "nps": gettext_lazy("0 to 10"),
    "hundred": gettext_lazy("0 to 100, or per cent"),
    "sign": gettext_lazy("-1 to 1, a sentiment score"),
    STARS: gettext_lazy("Stars, as in ★★★☆☆, 4 stars or 4/5"),
    WORDS: gettext_lazy("Words, as in good, neutral, very unhappy"),
}
_MEANINGS = {
    1: "terrible, awful, very bad, very poor, very negative, very unhappy, very dissatisfied, strongly disagree,"
    " very unsatisfied, sehr schlecht, sehr unzufrieden, mangelhaft, 😡, 😠",
    2: "bad, poor, negative, unhappy, dissatisfied, unsatisfied, disagree, thumbs down, down, detractor, schlecht,"
    " unzufrieden, negativ, 👎, 🙁, ☹, 😞, 😟",
    3: "neutral, ok, okay, average, mixed, fair, neither, passive, undecided, mittel, teils teils, 😐, 😑",
    4: "good, positive, happy, satisfied, agree, thumbs up, up, gut, zufrieden, positiv, 👍, 🙂, 😊, 😀",
    5: "excellent, great, very good, very positive, very happy, very satisfied, strongly agree, promoter, perfect,"
    " sehr gut, sehr zufrieden, ausgezeichnet, 😍, 🤩, ❤",
}
MEANINGS = {word.strip(): rating for rating, words in _MEANINGS.items() for word in words.split(",")}
_NUMBER = re.compile(r"([+-]?\d{1,6}(?:[.,]\d{1,9})?)\s*%?", re.ASCII)
_OF_STARS = re.compile(
    r"([1-5])(?:[.,]0{1,6})?\s*(?:(?:stars?|sterne?)|(?:/|of|out of|von)\s*5)?(?:\s*stars?)?", re.ASCII
)


def rating_reader(scale: str, words: Mapping[str, str]) -> Callable[[str], int | None]:
    """Return the reader of ratings on ``scale`` (of SCALES); None for blank. It raises ValidationError.

    ``words``: what a value means, folded as ``fold`` does, "1" to "5" or "" for none; asked first.
    """
    read = {FIVE: rating_in, STARS: _stars, WORDS: _meaning}.get(scale) or _in_range(*RANGES[scale])

    def rating(raw: str) -> int | None:
        if words and (said := words.get(fold(raw))) is not None:
            return rating_in(said)
        return read(raw)

    return rating


def fold(raw: str) -> str:
    """Return a value as it is compared: without case, and blanks only between words."""
    return " ".join(raw.casefold().split())


def _in_range(low: int, high: int) -> Callable[[str], int | None]:
    refusal = _("Give a number from %(low)d to %(high)d.")

    def read(raw: str) -> int | None:
        text = raw.strip()
        if not text:
            return None
        match = _NUMBER.fullmatch(text)
        value = float(match[1].replace(",", ".")) if match else high + 1.0
        if not low <= value <= high:
            raise ValidationError(refusal % {"low": low, "high": high})
        return 1 + int(4 * (value - low) / (high - low) + 0.5)

    return read


def _stars(raw: str) -> int | None:
    text = raw.strip()
    if not text:
        return None
    full = sum(text.count(star) for star in "★⭐")
    if full and not text.strip("★⭐☆ \ufe0f") and full <= 5:
        return full
    match = _OF_STARS.fullmatch(text.lower())
    if match is None:
        raise ValidationError(_("Give one to five stars."))
    return int(match[1])


def _meaning(raw: str) -> int | None:
    text = fold(raw).replace("_", " ").replace("-", " ").replace("\ufe0f", "")
    if not text:
        return None
    if text not in MEANINGS:
        raise ValidationError(_("Say what “%(word)s” means as a rating.") % {"word": raw.strip()[:40]})
    return MEANINGS[text]
