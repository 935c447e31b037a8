"""Sentiment of one text: lexicon, service phrases and a small linear model. Pure functions, no database.

English is read by VADER, phrases and a linear model over words and pairs of words (README.md says how it was
trained); German by its own small lexicon; any other language by its emoji alone. Source of the emoji and word
lexicon: Hutto and Gilbert, "VADER", ICWSM 2014.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from typing import NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from apps.insight import lexicon

TEXT_CHARS = 5_000  # of a text that are read for its sentiment; keeps the time of one text bounded
WEIGHTS_FILE = Path(__file__).parent / "weights" / "sentiment_en.json"
CLASSES = ("negative", "neutral", "positive")
DENSE = (
    "compound",
    "negative",
    "positive",
    "complaints",
    "praises",
    "has_complaint",
    "has_praise",
    "flat",
    "asks",
)

_LINK = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<![\w.+-])[\w.+-]*@[\w.-]+")  # handles and addresses
_TERM = re.compile(r"[a-z]+(?:'[a-z]+)?|[!?]")
_WORD = re.compile(r"\w+")
_NEGATED_DE = re.compile(r"\b(?:nicht|kein|keine|keinen|keiner|nie|kaum|weder)\W+(?:\w+\W+)?$")
_PLAIN_SIGNS = str.maketrans(
    dict.fromkeys("\u2019\u2018\u00b4\u02bc", "'")
    | dict.fromkeys(lexicon.GOOD_EMOJI, " :) ")  # VADER has few emoji, but these two
    | dict.fromkeys(lexicon.BAD_EMOJI, " :( ")
)


class Score(NamedTuple):
    """``milli`` from -1000 (bad) to 1000 (good); ``label`` one of CLASSES."""

    label: str
    milli: int


NEUTRAL = Score("neutral", 0)


class Weights(NamedTuple):
    """Of the linear model; each triple is (negative, neutral, positive)."""

    intercept: tuple[float, float, float]
    dense: tuple[tuple[float, float, float], ...]  # one per name in DENSE
    terms: dict[str, tuple[float, float, float]]


def mask(text: str, names: Sequence[str]) -> str:
    """Return the first TEXT_CHARS of ``text`` without links, addresses, handles and ``names``.

    Names are taken out because a lexicon reads some as praise or blame ("united").
    """
    masked = _LINK.sub(" ", text[:TEXT_CHARS].translate(_PLAIN_SIGNS)[:TEXT_CHARS])
    if "@" in masked:
        masked = _HANDLE.sub(" ", masked)
    pattern = _name_pattern(tuple(names))
    return pattern.sub(" ", masked) if pattern else masked


def score_english(text: str) -> Score:
    """Score masked English text by the linear model."""
    weights = _weights()
    terms = [weights.terms[term] for term in term_set(text) if term in weights.terms]
    scale = 1 / sqrt(len(terms) or 1)
    logits = list(weights.intercept)
    for triple in terms:
        for column, weight in enumerate(triple):
            logits[column] += weight * scale
    for value, triple in zip(dense_features(text), weights.dense, strict=True):
        if value:
            for column, weight in enumerate(triple):
                logits[column] += weight * value
    return _from_logits(logits)


def score_german(text: str) -> Score:
    """Score masked German text by counting phrases of the German lexicon, and its emoji."""
    lower = text.lower()
    good = bad = 0
    for match in _phrases(lexicon.PRAISE_DE).finditer(lower):
        if _NEGATED_DE.search(lower[max(0, match.start() - 40) : match.start()]):
            bad += 1
        else:
            good += 1
    bad += len(set(_phrases(lexicon.COMPLAINTS_DE).findall(lower)))
    balance = (good - bad) / sqrt((good - bad) ** 2 + 4)
    return _from_valence(balance * 0.9 + _emoji_compound(text) * 0.5)


def score_by_emoji(text: str) -> Score:
    """Score text of a language without a lexicon here: emoji and emoticons only, else neutral."""
    return _from_valence(_emoji_compound(text))


def term_set(text: str) -> set[str]:
    """Return the words of ``text`` and its pairs of neighbouring words: the terms of the linear model."""
    words = _TERM.findall(text.lower())
    return {*words, *map(" ".join, pairwise(words))}


def dense_features(text: str) -> tuple[float, ...]:
    """Return one number for each name in DENSE."""
    vader = _vader().polarity_scores(text)
    lower = text.lower()
    complaints = len(set(_phrases(lexicon.COMPLAINTS_EN).findall(lower)))
    praises = len(set(_phrases(lexicon.PRAISE_EN).findall(lower)))
    return (
        vader["compound"],
        vader["neg"],
        vader["pos"],
        min(complaints, 3),
        min(praises, 3),
        float(complaints > 0),
        float(praises > 0),
        float(abs(vader["compound"]) < 0.05),
        float("?" in text),
    )


def _emoji_compound(text: str) -> float:
    signs = _WORD.sub(" ", text)
    return 0.0 if signs.isspace() or not signs else float(_vader().polarity_scores(signs)["compound"])


def _from_valence(valence: float) -> Score:
    label = "negative" if valence < -0.2 else "positive" if valence > 0.2 else "neutral"
    return Score(label, _milli(valence))


def _from_logits(logits: Sequence[float]) -> Score:
    top = max(logits)
    odds = [exp(logit - top) for logit in logits]
    total = sum(odds)
    return Score(CLASSES[odds.index(max(odds))], _milli((odds[2] - odds[0]) / total))


def _milli(valence: float) -> int:
    return max(-1000, min(1000, round(valence * 1000)))


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@lru_cache(maxsize=1)
def _weights() -> Weights:
    """Read the model's weights; the file holds thousandths, to be small."""
    raw = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Weights(
        intercept=_triple(raw["intercept"]),
        dense=tuple(_triple(raw["dense"][name]) for name in DENSE),
        terms={sys.intern(term): _triple(milli) for term, milli in raw["terms"].items()},
    )


def _triple(milli: Sequence[int]) -> tuple[float, float, float]:
    return milli[0] / 1000, milli[1] / 1000, milli[2] / 1000


@lru_cache(maxsize=256)
def _name_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    escaped = [re.escape(name.strip()) for name in sorted(names, key=len, reverse=True) if name.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)", re.IGNORECASE) if escaped else None


@lru_cache(maxsize=8)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Compile phrases to one alternation, grouped by first letter so that most positions fail at once."""
    by_initial: defaultdict[str, list[str]] = defaultdict(list)
    for phrase in sorted(set(phrases), key=len, reverse=True):
        by_initial[phrase[0]].append(phrase[1:])
    groups = (f"{re.escape(initial)}(?:{_alternatives(rests)})" for initial, rests in by_initial.items())
    return re.compile(rf"(?<!\w)(?:{'|'.join(groups)})(?!\w)")


def _alternatives(rests: Iterable[str]) -> str:
    return "|".join(re.escape(rest[:-1]) + r"\w*" if rest.endswith("*") else re.escape(rest) for rest in rests)
