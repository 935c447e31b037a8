"""Full-text search in feedback: selectors over search documents, and highlighting. Reads only.

A document holds every word twice: as it is ("simple") and stemmed by the dictionary of the text's language,
accents folded in both. The language of a query is not known, so it is asked in several at once.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.contrib.postgres.search import SearchQuery
from django.contrib.postgres.search import SearchQueryCombinable as Combinable
from django.db.models import Func, QuerySet, Value

from apps.feedback.models import Feedback

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

_EXCLUDED = re.compile(r'(?:(?<=\s)|^)-("[^"]*"?|\S+)')
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = re.compile(r"(?:ations?|ingly|edly|ings?|ness|ment|ments|ies|ied|ed|es|ly|er|ers|en|em|e|s|y)$")
_STEM_CHARS_MIN = 3
_ENDING_CHARS_MAX = 5  # that a word in the text may have beyond the stem


class Segment(NamedTuple):
    text: str
    is_match: bool


def text_search_config(language: str) -> str:
    """Return PostgreSQL's text search configuration for an ISO 639-1 code, "simple" where it has none."""
    return _CONFIGS.get(language, "simple") if language else UNSURE_CONFIG


def matching(queryset: QuerySet[Feedback], q: str) -> QuerySet[Feedback]:
    """Return the feedback of ``queryset`` that ``q`` finds; all of it where ``q`` is blank.

    Understands what web searches do: words (all of them), "a phrase", or, -without. Any input is safe: it is
    cut at QUERY_CHARS and QUERY_WORDS, and no syntax of its own reaches PostgreSQL. Adds a join, no query.
    """
    wanted, excluded = _parse(q)
    if wanted:
        queryset = queryset.filter(search_document__document=_any_language(wanted))
    for term in excluded:
        queryset = queryset.exclude(search_document__document=_any_language(term))
    return queryset


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


def _any_language(q: str) -> Combinable:
    folded = Func(Value(q), function="unaccent")
    queries = [SearchQuery(folded, config=config, search_type="websearch") for config in QUERY_CONFIGS]
    combined: Combinable = reduce(or_, queries)
    return combined


def _fold(word: str) -> str:
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
