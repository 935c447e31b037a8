"""The interface behind which models live, and the reader in use. No database.

A reader is loaded at its first text, once per process: web processes never read, so never pay for it.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

logger = logging.getLogger(__name__)


class Text(NamedTuple):
    """What to read; ``names`` (of the product, say) carry no sentiment and are masked."""

    text: str
    names: tuple[str, ...] = ()


class ReadText(NamedTuple):
    language: str  # ISO 639-1; "": unsure
    sentiment: str  # insight.models.Sentiment
    sentiment_milli: int  # -1000 (bad) to 1000 (good)


UNREAD = ReadText("", "neutral", 0)


class Reader(Protocol):
    """Reads any text whatever it holds, in bounded time, and never raises for one."""

    @property
    def version(self) -> str:
        """Change it whenever any answer may change: rows of other versions are read again."""

    def read(self, texts: Sequence[Text]) -> list[ReadText]:
        """Return one reading per text, in order."""


class LexiconReader:
    """eldc for language; VADER, phrases and a small linear model for sentiment."""

    version = "lexicon-1"

    def read(self, texts: Sequence[Text]) -> list[ReadText]:
        """Return one reading per text; one that a library trips over is neutral, its length logged."""
        return [self._read_safely(text) for text in texts]

    def _read_safely(self, text: Text) -> ReadText:
        try:
            return _read(text)
        except Exception:  # a poisoned text must not stop its batch
            logger.exception("A text of %d characters could not be read", len(text.text))
            return UNREAD


def _read(text: Text) -> ReadText:
    from apps.insight import language, sentiment  # here: loading costs 60 MB, which web processes spare

    plain = text.text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    code = language.detect_language(plain)
    masked = sentiment.mask(plain, text.names)
    if code == "de":
        score = sentiment.score_german(masked)
    elif code in ("en", ""):
        score = sentiment.score_english(masked)
    else:
        score = sentiment.score_by_emoji(masked)
    return ReadText(code, score.label, score.milli)


@lru_cache(maxsize=1)
def current_reader() -> Reader:
    """Return the reader of this installation."""
    return LexiconReader()
