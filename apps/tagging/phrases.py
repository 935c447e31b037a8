"""Which keyword rules fit which texts. Pure functions: no Django, no database.

A phrase fits where it stands in a text as whole words: case, accents and the width of white space do not
count, signs around it ("#delay", "(delay)") do not either. ``*`` at its end takes any ending: "delay*" finds
"delayed". All else is literal. Scripts without spaces (Chinese, Japanese, Thai …) have no word boundaries, so
there a phrase fits anywhere.

The time is linear in the text: its set of words is looked up among the words of all phrases at once, and only
phrases that share a word with it are compared in full.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED_ASTRAL = r"\U00020000-\U0003ffff"
_WORD = re.compile(rf"[^\W_{_UNSPACED}{_UNSPACED_ASTRAL}]+")
_SIGNS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u00b4\u2032", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")  # invisible
    | {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"}  # no accents to Unicode
)


class Rule(NamedTuple):
    id: int
    phrases: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    product_id: int | None = None  # None: of all products


class TaggableText(NamedTuple):
    text: str
    product_id: int | None = None


class Phrase(NamedTuple):
    """A phrase folded and ready to compare."""

    text: str
    has_any_ending: bool


class Matcher:
    """Many groups of phrases, looked up together: compile once, use for any number of texts."""

    def __init__(self, groups: Sequence[Iterable[str]]) -> None:
        self._groups_of_word: defaultdict[str, set[int]] = defaultdict(set)
        self._groups_of_prefix: defaultdict[str, set[int]] = defaultdict(set)
        self._phrases_of_word: defaultdict[str, list[tuple[Phrase, int]]] = defaultdict(list)
        self._wordless: list[tuple[Phrase, int]] = []
        for group, phrases in enumerate(groups):
            for phrase in {parse_phrase(raw) for raw in phrases}:
                if phrase.text:
                    self._add(phrase, group)
        self._words = frozenset(self._groups_of_word)
        self._keys = frozenset(self._phrases_of_word)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._groups_of_prefix})

    def groups_in(self, text: str) -> set[int]:
        """Return the positions of the groups that have a phrase in ``text``."""
        folded = fold(text)
        words = set(_WORD.findall(folded))
        found: set[int] = set()
        for word in words & self._words:
            found |= self._groups_of_word[word]
        for length in self._prefix_lengths:
            for prefix in {word[:length] for word in words} & self._groups_of_prefix.keys():
                found |= self._groups_of_prefix[prefix]
        for key in words & self._keys:
            found.update(g for phrase, g in self._phrases_of_word[key] if g not in found and _fits(phrase, folded))
        found.update(g for phrase, g in self._wordless if g not in found and _fits(phrase, folded))
        return found

    def _add(self, phrase: Phrase, group: int) -> None:
        if _WORD.fullmatch(phrase.text):
            index = self._groups_of_prefix if phrase.has_any_ending else self._groups_of_word
            index[phrase.text].add(group)
            return
        words = _whole_words(phrase)
        if words:
            self._phrases_of_word[max(words, key=len)].append((phrase, group))
        else:
            self._wordless.append((phrase, group))


class RuleMatcher:
    """Tells whether one rule's phrases fit a text and none of its exclusions does."""

    def __init__(self, phrases: Iterable[str], exclusions: Iterable[str]) -> None:
        self._matcher = Matcher([phrases, exclusions])

    def matches(self, text: str) -> bool:
        return self._matcher.groups_in(text) == {0}


def compile_phrases(phrases: Iterable[str], exclusions: Iterable[str] = ()) -> RuleMatcher:
    """Return the matcher of one rule. Blank phrases, and "*" alone, fit nothing."""
    return RuleMatcher(phrases, exclusions)


def match_texts(rules: Sequence[Rule], texts: Sequence[TaggableText]) -> list[list[int]]:
    """Return for each text the ids of the rules that fit it, in the order of ``rules``.

    A rule of a product fits only texts of that product. Compiled rules are kept for the next call.
    """
    rules = tuple(rules)
    matcher = _compile_rules(rules)
    return [
        [
            rule.id
            for position, rule in _in_order(matcher.groups_in(text.text), rules)
            if rule.product_id is None or rule.product_id == text.product_id
        ]
        for text in texts
    ]


def parse_phrase(raw: str) -> Phrase:
    """Return ``raw`` folded, without the ``*`` at its end; its text is "" where nothing is left to find."""
    folded = fold(raw).strip()
    return Phrase(folded.rstrip("*").rstrip() if folded.endswith("*") else folded, folded.endswith("*"))


def fold(text: str) -> str:
    """Return ``text`` without case, accents, invisible characters and doubled white space."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_SIGNS))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(unicodedata.normalize("NFC", plain).casefold().translate(_SIGNS).split())


@lru_cache(maxsize=8)
def _compile_rules(rules: tuple[Rule, ...]) -> Matcher:
    """Return one matcher for all: group 2n holds the phrases of rule n, 2n + 1 its exclusions."""
    return Matcher([phrases for rule in rules for phrases in (rule.phrases, rule.exclusions)])


def _in_order(groups: set[int], rules: Sequence[Rule]) -> list[tuple[int, Rule]]:
    """Return (position, rule) of the rules whose phrases ``groups`` holds and whose exclusions not."""
    positions = sorted(group >> 1 for group in groups if not group & 1 and group + 1 not in groups)
    return [(position, rules[position]) for position in positions]


def _whole_words(phrase: Phrase) -> list[str]:
    """Return the words of ``phrase`` that are words of their own in any text it fits."""
    return [
        found.group()
        for found in _WORD.finditer(phrase.text)
        if not (phrase.has_any_ending and found.end() == len(phrase.text))
    ]


def _fits(phrase: Phrase, folded: str) -> bool:
    """Tell whether ``phrase`` stands in ``folded`` between word boundaries."""
    at = folded.find(phrase.text)
    while at >= 0:
        if _is_bounded(phrase, folded, at):
            return True
        at = folded.find(phrase.text, at + 1)
    return False


def _is_bounded(phrase: Phrase, folded: str, start: int) -> bool:
    end = start + len(phrase.text)
    if start and _joins(folded[start - 1], phrase.text[0]):
        return False
    return phrase.has_any_ending or end == len(folded) or not _joins(phrase.text[-1], folded[end])


def _joins(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters belong to one word."""
    return bool(_WORD.match(left) and _WORD.match(right))
