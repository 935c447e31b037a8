"""Spans of a feedback's words: where a quotation stands, its sentences, and the words cut for showing. Pure functions.

Places are characters (code points) of the stored text, from 0; ends are exclusive.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from django.utils.translation import gettext as _

from apps.core.errors import DomainError

SENTENCES_OFFERED = 60
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?…。\uff01\uff1f؟]+(?=\s|$)|(?=\n|$))")
_BLANK = re.compile(r"\s+")


class Spanned(Protocol):
    span_start: int | None
    span_end: int | None


class Span(NamedTuple):
    start: int
    end: int

    @classmethod
    def of(cls, tagging: Spanned) -> "Span | None":
        if tagging.span_start is None or tagging.span_end is None:
            return None
        return cls(tagging.span_start, tagging.span_end)

    def words(self, text: str) -> str:
        return text[self.start : self.end]


class Piece(NamedTuple):
    """A run of the text that one set of spans covers; what is said of them are their places in the sequence."""

    text: str
    covers: tuple[int, ...]
    begins: tuple[int, ...]  # spans whose first piece this is
    ends: tuple[int, ...]  # and whose last


def within(text: str, span: Span) -> Span | None:
    """Return ``span`` without blanks at its ends; None where it is all of ``text``.

    Raises DomainError for what is not within the text, or has no words in it.
    """
    start, end = span
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise DomainError(_("Those words are not in this feedback. Choose them from its text."))
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    return None if text[start:end] == text.strip() else Span(start, end)


def find(text: str, quoted: str) -> Span:
    """Return where ``quoted`` stands in ``text``, whatever its blanks and case.

    Raises DomainError where it stands nowhere, or in several places of which none is meant.
    """
    words = [re.escape(word) for word in _BLANK.split(_unquoted(quoted)) if word]
    pattern = r"\s+".join(words)
    for flags in (0, re.IGNORECASE):  # as it is written first: "IT" is not "it"
        found = [match.span() for match in re.finditer(pattern, text, flags)] if words else []
        if len(found) == 1:
            return Span(*found[0])
        if found:
            raise DomainError(
                _("These words stand there %(count)d times: add the words before or after them.")
                % {"count": len(found)}
            )
    raise DomainError(_("Those words are not in this feedback. Choose them from its text."))


def _unquoted(quoted: str) -> str:
    """Return what was typed without the quotation marks around it."""
    return quoted.strip().strip('“”„»«"').strip()


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` that can be chosen by their words: each stands there once."""
    found = [" ".join(match.group().split()) for match in _SENTENCE.finditer(text)]
    once = [words for words in dict.fromkeys(found) if words and found.count(words) == 1]
    return once[:SENTENCES_OFFERED] if len(once) > 1 else []


def cut(text: str, spans: Sequence[Span], *, at: Iterable[int] = ()) -> list[Piece]:
    """Return ``text`` cut wherever a span begins or ends, and at ``at``; joined: ``text``. Nothing is escaped."""
    places = {0, len(text), *at}
    for span in spans:
        places |= {span.start, span.end}
    ordered = sorted(place for place in places if 0 <= place <= len(text))
    pieces = []
    for start, end in pairwise(ordered):
        covers = tuple(n for n, span in enumerate(spans) if span.start <= start and end <= span.end)
        begins = tuple(n for n in covers if spans[n].start == start)
        ends = tuple(n for n in covers if spans[n].end == end)
        pieces.append(Piece(text[start:end], covers, begins, ends))
    return pieces
