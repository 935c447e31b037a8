"""The words of one feedback as they are shown: what a search found and what is tagged marked, nothing escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from apps.feedback.models import Feedback
from apps.insight import search
from apps.tagging.models import Tag, Tagging, TaggingState
from apps.tagging.spans import Span, cut
from apps.workbench.selectors import StatedTag, names_of

QUOTED_CHARACTERS = 80


@dataclass(frozen=True)
class Passage:
    """One tag on one span of the words, whoever says so; ``pk`` is the oldest statement's, for its lasting address."""

    pk: int
    tag: Tag
    span: Span
    words: str  # the beginning of them
    sources: list[str]
    is_confirmed: bool


@dataclass(frozen=True)
class ShownWords:
    """A run of the text. ``begins`` and ``ends`` are the passages that do so with it, ``covers`` all that hold it."""

    text: str
    is_match: bool
    covers: list[Passage]
    begins: list[Passage]
    ends: list[Passage]


def passages_of(feedback: Feedback, stated: Iterable[StatedTag]) -> list[Passage]:
    """Return the spans that are tagged, or were and no longer are, in the order of the words; none of erased words."""
    if feedback.redacted_at is not None:
        return []
    grouped: dict[tuple[int, Span], list[Tagging]] = {}
    for one in stated:
        for row in one.statements:
            span = Span.of(row)
            if span is not None and span.end <= len(feedback.text):
                grouped.setdefault((row.tag_id, span), []).append(row)
    found = [_passage(feedback.text, span, rows) for (_tag_id, span), rows in grouped.items()]
    return sorted(found, key=lambda passage: (passage.span, passage.tag.name))


def _passage(text: str, span: Span, rows: list[Tagging]) -> Passage:
    words = " ".join(span.words(text).split())
    short = words if len(words) <= QUOTED_CHARACTERS else words[: QUOTED_CHARACTERS - 1].rstrip() + "…"
    confirmed = [row for row in rows if row.state == TaggingState.CONFIRMED]
    oldest = min(row.pk for row in rows)
    return Passage(oldest, rows[0].tag, span, short, names_of(confirmed or rows), bool(confirmed))


def shown_words(text: str, q: str, passages: Sequence[Passage]) -> list[ShownWords]:
    """Return ``text`` in runs; joined: ``text``. Words that ``q`` finds, and confirmed passages, are marked."""
    confirmed = [passage for passage in passages if passage.is_confirmed]
    segments = search.highlight(text, q)
    edges = list(accumulate((len(segment.text) for segment in segments), initial=0))
    matches = [Span(start, start + len(one.text)) for start, one in zip(edges, segments, strict=False) if one.is_match]
    shown, at = [], 0
    for piece in cut(text, [passage.span for passage in confirmed], at=edges):
        is_match = any(match.start <= at < match.end for match in matches)
        covers, begins, ends = ([confirmed[n] for n in places] for places in (piece.covers, piece.begins, piece.ends))
        shown.append(ShownWords(piece.text, is_match, covers, begins, ends))
        at += len(piece.text)
    return shown
