"""How a customer puts it: a statement from the banks, with what people write around it. No database.

A ``Writer`` remembers what it wrote: no sentence too often, no two pieces with the same statement and circumstance,
and no two that share half of their words in a row.
"""

import re
from collections import Counter, defaultdict
from functools import lru_cache
from random import Random
from typing import NamedTuple

from apps.dashboard.demo import banks
from apps.dashboard.demo.banks import Line

SENTENCE_USES = 12  # at most, of a sentence of LONG_SENTENCE words or more
LONG_SENTENCE = 6
LIKENESS = 0.5  # Jaccard index of the shingles of any two pieces stays below
SHINGLE_WORDS = 5
TRIES = 48
TYPO_SHARE = 0.05

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

# What stands in a piece, by how much its author likes to write; "core2" is a second statement of the theme.
SHAPES: dict[str, tuple[tuple[str, ...], ...]] = {
    "terse": (("core",), ("core", "consequence"), ("core", "closing")),
    "plain": (
        ("core", "circumstance"),
        ("circumstance", "core"),
        ("core", "circumstance", "consequence"),
        ("opening", "core", "circumstance"),
        ("circumstance", "core", "closing"),
        ("core", "aside"),
    ),
    "long": (
        ("opening", "circumstance", "core", "consequence", "closing"),
        ("opening", "core", "circumstance", "aside", "consequence"),
        ("circumstance", "core", "core2", "consequence"),
        ("core", "circumstance", "core2", "closing"),
    ),
    "rambling": (
        ("opening", "aside", "circumstance", "core", "core2", "consequence", "circumstance2", "closing"),
        ("opening", "core", "circumstance", "consequence", "core2", "aside", "consequence2", "closing"),
        ("circumstance", "opening", "core", "aside", "core2", "circumstance2", "consequence", "closing"),
    ),
}


class ExhaustedError(Exception):
    """All has been said, as often as it may be."""


class Wanted(NamedTuple):
    """What a piece shall be about, how it is meant, and who writes it."""

    theme: str
    product: str
    mood: str
    language: str
    shape: str
    released: frozenset[str]  # versions that may be spoken of
    versions: tuple[str, ...]  # all of the product, oldest first


class Written(NamedTuple):
    text: str
    version: str  # the newest that the text speaks of; "": none


class Draft(NamedTuple):
    text: str
    lines: list[Line]
    pair: tuple[str, str]


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` that are long enough to be noticed again."""
    return [one for one in _SENTENCE_END.split(text) if len(_WORD.findall(one)) >= LONG_SENTENCE]


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of SHINGLE_WORDS words of ``text``; of a shorter one, all its words as one run."""
    words = _WORD.findall(text.casefold())
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return frozenset(tuple(words[at : at + SHINGLE_WORDS]) for at in range(last))


def likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


class Writer:
    """Writes pieces that differ from each other. The same seed and calls give the same words."""

    def __init__(self, rng: Random, *, is_strict: bool = True) -> None:
        self._rng, self._is_strict = rng, is_strict
        self._uses: Counter[str] = Counter()  # of lines
        self._sentences: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        self._pieces_with: defaultdict[str, list[frozenset[tuple[str, ...]]]] = defaultdict(list)  # by core

    def write(self, wanted: Wanted) -> Written:
        """Return a new text. Raises ExhaustedError where the banks have no more to give."""
        shapes = SHAPES[wanted.shape]
        for attempt in range(TRIES):
            if attempt == TRIES // 3:  # more words differ more
                shapes = SHAPES["long"]
            elif attempt == TRIES // 2:  # no more to say in their own language
                wanted = wanted._replace(language="en")
            draft = self._draft(wanted, self._rng.choice(shapes))
            if not self._is_strict:
                return Written(draft.text, _spoken_of(draft.text, wanted.versions))
            if self._take(draft):
                return Written(draft.text, _spoken_of(draft.text, wanted.versions))
        raise ExhaustedError(f"Nothing new to say on {wanted}")

    def write_line(self, lines: list[Line]) -> str:
        """Return a new text of one of ``lines`` alone."""
        for _ in range(TRIES):
            line = self._choose(lines)
            draft = Draft(banks.expand(line.template, self._rng), [line], (line.id, str(len(self._pairs))))
            if self._take(draft):
                return draft.text
        raise ExhaustedError(f"Nothing new to say in {lines[0].section}")

    def _draft(self, wanted: Wanted, shape: tuple[str, ...]) -> Draft:
        core = self._choose(self._cores(wanted))
        parts, lines, circumstance = [], [core], ""
        for part in shape:
            line = core if part == "core" else self._part(part.rstrip("2"), wanted, lines)
            if line is None:
                continue
            if part == "circumstance":
                circumstance = line.id
            lines.append(line)
            parts.append(banks.expand(line.template, self._rng))
        text = " ".join(parts)
        if self._is_strict and self._rng.random() < TYPO_SHARE and wanted.language == "en":
            text = _mistype(text, self._rng)
        return Draft(text, lines, (core.id, circumstance or text))

    def _cores(self, wanted: Wanted) -> list[Line]:
        bank = banks.cores()
        unreleased = set(wanted.versions) - wanted.released
        for language in (wanted.language, "en"):
            lines = bank.get((wanted.theme, language, wanted.mood), [])
            fitting = [line for line in lines if not _mentions(line.template, unreleased)]
            if fitting:
                return fitting
        return bank[wanted.theme, "en", wanted.mood]

    def _part(self, part: str, wanted: Wanted, taken: list[Line]) -> Line | None:
        """Return a line for ``part`` that is not in the piece yet; None where this language has none."""
        language = taken[0].language
        if part == "core":
            pool = self._cores(wanted._replace(language=language))
        else:
            bank = banks.extras()
            section = f"circumstance {wanted.product}" if part == "circumstance" and language == "en" else part
            pool = bank.get((section, language, wanted.mood), [])
        pool = [line for line in pool if line not in taken and line.language == language]
        return self._choose(pool) if pool else None

    def _choose(self, lines: list[Line]) -> Line:
        """Return one of those used least."""
        if not self._is_strict:
            return self._rng.choice(lines)
        line = min(lines, key=lambda line: self._uses[line.id] + 3 * self._rng.random())
        self._uses[line.id] += 1
        return line

    def _take(self, draft: Draft) -> bool:
        """Remember ``draft`` and say yes, unless it is too much like what was written before."""
        found = sentences(draft.text)
        if draft.pair in self._pairs or any(self._sentences[one] >= SENTENCE_USES for one in found):
            return False
        runs = shingles(draft.text)
        ids = {line.id for line in draft.lines if line.is_core}
        if any(likeness(runs, other) >= LIKENESS for id_ in ids for other in self._pieces_with[id_]):
            return False
        self._pairs.add(draft.pair)
        self._sentences.update(found)
        for id_ in ids:
            self._pieces_with[id_].append(runs)
        return True


def _mentions(text: str, versions: set[str]) -> bool:
    return any(_version_pattern(version).search(text) for version in versions)


def _spoken_of(text: str, versions: tuple[str, ...]) -> str:
    return next((version for version in reversed(versions) if _version_pattern(version).search(text)), "")


@lru_cache(maxsize=64)
def _version_pattern(version: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(version)}(?!\w|\.\d)")


def _mistype(text: str, rng: Random) -> str:
    """Return ``text`` with one slip of the fingers."""
    words = text.split(" ")
    at = rng.randrange(len(words))
    word = words[at]
    if not (word.isalpha() and len(word) > 4):
        return text[0].lower() + text[1:] if text[1:2].islower() else text
    cut = rng.randrange(1, len(word) - 2)
    slips = (word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :], word[:cut] + word[cut + 1 :])
    words[at] = rng.choice(slips)
    return " ".join(words)
