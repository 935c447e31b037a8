"""Full-text search in feedback: selectors over search documents, and highlighting. Reads only.

A document holds every word twice: as it is ("simple") and stemmed by the dictionary of the text's language,
accents folded in both. The language of a query is not known, so it is asked in several at once.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from apps.feedback.models import Feedback
from apps.insight.models import SearchDocument

QUERY_CHARS = 500
QUERY_WORDS = 32
QUERY_CONFIGS = ("simple", "english", "german", "french", "spanish")
UNSURE_CONFIG = "english"  # of texts too short to tell

_CONFIGS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip

_FIND = "SELECT feedback_id FROM insight_searchdocument WHERE document @@ %s::tsquery"
_EXCLUDED = re.compile(r'(?:(?<=\s)|^)-("[^"]*"?|\S+)')
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = re.compile(r"(?:ations?|ingly|edly|ings?|ness|ment|ments|ies|ied|ed|es|ly|er|ers|en|em|e|s|y)$")
_STEM_CHARS_MIN = 3
_ENDING_CHARS_MAX = 5  # that a word in the text may have beyond the stem


class Segment(NamedTuple):
    text: str
    is_match: bool


class ParsedSearch(NamedTuple):
    """A search as PostgreSQL takes it. ``tsquery`` is "" for what nothing can match."""

    tsquery: str
    is_negative: bool  # only says what must not be there: no index helps, and what is not read yet matches


def text_search_config(language: str) -> str:
    """Return PostgreSQL's text search configuration for an ISO 639-1 code, "simple" where it has none."""
    return _CONFIGS.get(language, "simple") if language else UNSURE_CONFIG


def matching(feedback: QuerySet[Feedback], q: str) -> QuerySet[Feedback]:
    """Return what of ``feedback`` is found by ``q``; all of it where ``q`` is blank.

    Understands what web searches do: words (all of them), "a phrase", or, -without. Any input is safe: it is
    cut at QUERY_CHARS and QUERY_WORDS, and no syntax of its own reaches PostgreSQL. One query, to parse it.
    """
    parsed = parse(q)
    if parsed is None:
        return feedback
    if not parsed.tsquery:
        return feedback.none()
    return feedback.alias(is_found=is_found(parsed)).filter(is_found=True)


def parse(q: str) -> ParsedSearch | None:
    """Return ``q`` as one search over all languages; None where it is blank. Understands what ``matching`` does.

    One query: parsed beforehand, it is a constant to the planner, which knows how frequent its words are.
    """
    wanted, excluded = _parse(q)
    if not wanted and not excluded:
        return None
    said = _tsqueries([wanted, *excluded])
    if wanted and not said[0]:
        return ParsedSearch("", is_negative=False)
    terms = ([f"({said[0]})"] if wanted else []) + [f"!({term})" for term in said[1:] if term]
    return ParsedSearch(" & ".join(terms), is_negative=not wanted) if terms else None


def is_found(parsed: ParsedSearch) -> Coalesce:
    """Return the condition that feedback of the outer query is found, looked up row by row.

    A scalar subquery is never turned into a join: what walks the newest feedback stops when its page is full.
    """
    documents = SearchDocument.objects.filter(feedback=OuterRef("pk"))
    found = RawSQL("document @@ %s::tsquery", [parsed.tsquery], output_field=BooleanField())
    looked_up = Subquery(documents.values_list(found)[:1], output_field=BooleanField())
    return Coalesce(looked_up, Value(parsed.is_negative))


def estimated_hits(parsed: ParsedSearch) -> int:
    """Return how many documents the planner expects to match: good for choosing a plan, never for an answer."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {_FIND}", [parsed.tsquery])
        return planned_rows(cursor.fetchone()[0])


def planned_rows(plan: Any) -> int:
    """Return the rows expected by what EXPLAIN (FORMAT JSON) answers, parsed by the driver or not (hence Any)."""
    rows: int = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]
    return rows


def hits(parsed: ParsedSearch, *, limit: int) -> list[int]:
    """Return the ids of at most ``limit`` feedback that match, in no order, by the index."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_FIND} LIMIT %s", [parsed.tsquery, limit])
        return [row[0] for row in cursor.fetchall()]


def _tsqueries(terms: Sequence[str]) -> list[str]:
    """Return each of ``terms`` as the text of a tsquery: any language's; "" where it holds no word. One query."""
    columns = [f"websearch_to_tsquery('{config}', folded)::text" for config in QUERY_CONFIGS]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM unnest(%s::text[]) WITH ORDINALITY AS term (raw, place)"  # noqa: S608
            " CROSS JOIN LATERAL unaccent(raw) AS folded ORDER BY place",
            [list(terms)],
        )
        return [" | ".join(f"({one})" for one in dict.fromkeys(filter(None, row))) for row in cursor.fetchall()]


def highlight(text: str, q: str) -> list[Segment]:
    """Return ``text`` cut into segments, what ``q`` is likely to have found marked; joined: ``text``.

    No markup and no escaping: templates do both. Stems only roughly, so it may mark a little more or less
    than the database matched.
    """
    stems = tuple({_stem(_fold(word)) for word in _WORD.findall(_parse(q)[0])})
    segments: list[Segment] = []
    end = 0
    for found in _WORD.finditer(text) if stems else ():
        if _has_stem(_fold(found.group()), stems):
            if found.start() > end:
                segments.append(Segment(text[end : found.start()], is_match=False))
            segments.append(Segment(found.group(), is_match=True))
            end = found.end()
    if end < len(text):
        segments.append(Segment(text[end:], is_match=False))
    return segments


def _parse(q: str) -> tuple[str, list[str]]:
    """Return what must be there, and the terms that must not, in any language's stemming."""
    clean = q[:QUERY_CHARS].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    short = " ".join(clean.split()[:QUERY_WORDS])
    excluded = [term.strip('"') for term in _EXCLUDED.findall(short)]
    return _EXCLUDED.sub(" ", short).strip(), [term for term in excluded if _WORD.search(term)]


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()  # most words of a page; the long way takes ten times as long
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _stem(word: str) -> str:
    stem = _ENDINGS.sub("", word)
    return stem if len(stem) >= _STEM_CHARS_MIN else word


def _has_stem(word: str, stems: Sequence[str]) -> bool:
    return any(
        word == stem
        or (len(stem) >= _STEM_CHARS_MIN and word.startswith(stem) and len(word) - len(stem) <= _ENDING_CHARS_MAX)
        for stem in stems
    )
