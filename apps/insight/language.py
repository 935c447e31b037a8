"""The language of a text by eldc's n-grams. Short or doubtful texts have none rather than a wrong one."""

import re
from functools import lru_cache
from typing import Protocol

import eldc

SCORE_MIN = 0.5  # below it eldc is guessing
WORDS_MIN = 3  # fewer words than this are right only four times in five
TEXT_CHARS = 1_000  # more of a text makes the answer no better
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{4}")
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")


class _Result(Protocol):
    language: str
    reliable: bool
    scores: dict[str, float]  # 0 to 1, of the likeliest few


class _Detector(Protocol):
    """What is used of eldc, which brings no types."""

    def detect_details(self, text: str, /) -> _Result: ...


@lru_cache(maxsize=1)
def _detector() -> _Detector:
    """Load the n-grams once (about 40 MB); a detector of our own, so that nobody else's settings reach it."""
    eldc.init()
    detector: _Detector = eldc.instance()
    return detector


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of ``text``, or "" where unsure. ``text`` holds no surrogates or NULs."""
    plain = _NOISE.sub(" ", text[:TEXT_CHARS])
    words = _WORD.findall(plain)
    if len(words) < WORDS_MIN and not _UNSPACED.search(plain):
        return ""
    result = _detector().detect_details(plain)
    language = result.language
    if language == "und" or not result.reliable or result.scores.get(language, 0.0) < SCORE_MIN:
        return ""
    return language
