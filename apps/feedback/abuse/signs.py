"""What in the words themselves speaks for a machine or for advertising: named signs with weights. Pure.

One strong sign, or several weak ones, hold the feedback for review. Nothing here refuses anything, and what scientists
write (formulas, sequences, logs, several scripts side by side) must pass: ``tests/feedback/test_abuse.py``.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext_noop

THRESHOLD = 1.0
READ_CHARACTERS = 5_000  # of a text: spam does not hide its point
LINKS, MANY_LINKS = 3, 6
LINK_SHARE = 0.5  # of all characters
CAPITALS = 40  # letters, from which on capitals alone are shouting
SAME_LETTER = 30
ODD_WORDS = 3
ODD_SHARE = 0.6


class Sign(NamedTuple):
    reason: str  # English, as it is kept; translated where it is shown
    weight: float


_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}", re.IGNORECASE)
_MARKUP = re.compile(r"\[/?(?:url|img|b)\b|<a\s+href|<iframe|</a>", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)
_SAME = re.compile(rf"([^\W\d_])\1{{{SAME_LETTER - 1}}}")
_CYRILLIC, _LATIN = re.compile(r"[\u0400-\u04ff]"), re.compile(r"[A-Za-z]")
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"\b(?:viagra|cialis|casino|sportsbook|porn|escorts?|payday loans?|replica watches)\b",
        r"\b(?:seo (?:services?|experts?|agency|packages?)|backlinks?|guest posts?|domain authority|page of google)\b",
        r"\b(?:crypto ?(?:currency )?(?:invest|trading)|bitcoin (?:invest|profit)|forex|binary options|passive income)",
        r"(?:\bmake money\b|\bearn (?:up to )?[$€£]\s?\d|[$€£]\s?\d[\d.,]{0,12} (?:a|per) (?:day|week)\b)",
        r"\b(?:i (?:came|stumbled) (?:across|upon) your (?:web)?site|dear (?:web)?site owner|grow your business)\b",
        r"\b(?:click (?:here|below)|buy now|act now|order now|limited[- ]time offer|100% (?:free|guaranteed))\b",
        r"(?:whatsapp|telegram|skype)\s{0,3}[:+@]",
    )
)


def signs(text: str) -> list[Sign]:
    """Return what speaks against ``text``: a few tens of microseconds for a page of words."""
    return [*_signs(text[:READ_CHARACTERS])] if text else []


def _signs(text: str) -> Iterator[Sign]:
    links = _LINK.findall(text) if "://" in text or "www." in text.lower() else []
    if len(links) >= MANY_LINKS or (len(links) >= LINKS and sum(map(len, links)) > LINK_SHARE * len(text)):
        yield Sign(gettext_noop("Many links"), 1.0)
    elif len(links) >= LINKS:
        yield Sign(gettext_noop("Many links"), 0.5)
    if _MARKUP.search(text):
        yield Sign(gettext_noop("Links in the code of a forum or a page"), 1.0)
    shapes = sum(1 for shape in _SHAPES if shape.search(text))
    if shapes:
        yield Sign(gettext_noop("Words of advertising"), 0.5 * shapes + (0.5 if links else 0.0))
    if _SAME.search(text):
        yield Sign(gettext_noop("The same letter again and again"), 1.0)
    yield from _signs_of_words(text)


def _signs_of_words(text: str) -> Iterator[Sign]:
    words = _WORD.findall(text)
    if _CYRILLIC.search(text) and _LATIN.search(text):
        mixed = sum(1 for word in words if _CYRILLIC.search(word) and _LATIN.search(word))
        if mixed >= 2:  # one may be a slip of the keyboard
            yield Sign(gettext_noop("Letters of two scripts within words"), 1.0)
    long_words = [word for word in words if len(word) >= 6]
    odd = sum(1 for word in long_words if _is_odd(word))
    if odd >= ODD_WORDS and odd > ODD_SHARE * len(long_words):
        yield Sign(gettext_noop("Letters that make no words"), 1.0)
    letters = sum(map(len, words))
    if letters >= CAPITALS and text.upper() == text and text.lower() != text:
        yield Sign(gettext_noop("All in capitals"), 0.5)


def _is_odd(word: str) -> bool:
    """Tell whether nobody could say the word. A sequence of bases or of residues has few letters, or none in small."""
    return _CONSONANTS.search(word) is not None and len(set(word)) > 5 and not word.isupper()


def suspicions(text: str, *, name: str = "") -> list[str]:
    """Return the reasons to look at a feedback before it counts; none below the threshold."""
    found = signs(text)
    if name and _LINK.search(name):
        found.append(Sign(gettext_noop("A link for a name"), 1.0))
    return [sign.reason for sign in found] if sum(sign.weight for sign in found) >= THRESHOLD else []
