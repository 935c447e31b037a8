"""The demo's words: text files read into banks, and how a line of them becomes a sentence.

A line starts with its language (blank: English) and mood: ``-`` unhappy, ``?`` asks, ``+`` happy, ``=`` any. In it
``[a|b]`` chooses, ``{3..9}`` is a number, ``{name}`` a word of the slot of that name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

FOLDER = Path(__file__).parent / "texts"
ANY_MOOD = "="
EXTRAS = "extras"
ORDINALS = {"1": "st", "2": "nd", "3": "rd"}
PRODUCT_FILES = ("aurora", "lumen", "fathom", "tracewell", "halcyon", "shop")

_LINE = re.compile(r"(?P<language>[a-z]{2})?(?P<mood>[-?+=]) (?P<text>.+)")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([^{}]*)\}")
_ORDINAL = re.compile(r"\b((?:\d*[02-9])?[123])th\b")  # 3th, 22th; not 13th

_ARTICLE = re.compile(r"\b([Aa]) (?=8\b|8-|11|18|80|8\d\b)")


class Line(NamedTuple):
    id: str  # "<file>:<line>"
    section: str
    language: str
    mood: str
    template: str

    @property
    def is_core(self) -> bool:
        """Whether it says something by itself: extras stand around it."""
        return not self.id.startswith(EXTRAS)


Bank = dict[tuple[str, str, str], list[Line]]  # by section, language and mood


@lru_cache(maxsize=1)
def themes() -> dict[str, str]:
    """Return the product of each theme, in the order of the files: sections are slugs of tags."""
    return {line.section: product for product in PRODUCT_FILES for line in _lines(product)}


@lru_cache(maxsize=1)
def cores() -> Bank:
    """Return the statements of all themes; lines of one theme in one language and mood together."""
    return _bank(line for product in PRODUCT_FILES for line in _lines(product))


@lru_cache(maxsize=1)
def extras() -> Bank:
    """Return what stands around a statement; sections are "opening", "circumstance <product>" and so on."""
    bank: Bank = defaultdict(list)
    for line in _lines(EXTRAS):
        name, language, *rest = line.section.split()
        section = " ".join([name, *rest])
        for mood in "-?+" if line.mood == ANY_MOOD else line.mood:
            bank[section, language, mood].append(line)
    return dict(bank)


@lru_cache(maxsize=4)
def single(name: str) -> list[Line]:
    """Return the lines of a file without sections."""
    return list(_lines(name))


@lru_cache(maxsize=1)
def slots() -> dict[str, list[str]]:
    """Return the words of each slot."""
    text = (FOLDER / "extras.txt").read_text(encoding="utf-8").partition("[slots]\n")[2]
    pairs = (line.partition(": ") for line in text.splitlines() if line)
    return {name: [word.strip() for word in words.split(" | ")] for name, _, words in pairs}


@lru_cache(maxsize=4)
def lists(name: str) -> dict[str, list[str]]:
    """Return a file's sections as lists, of lines or of words parted by ``|``."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), [])
        elif line:
            section.extend(word.strip() for word in line.split(" | "))
    return found


def expand(template: str, rng: Random) -> str:
    """Return one sentence of ``template``."""
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)
    while "{" in text:
        text = _SLOT.sub(lambda found: _fill(found[1], rng), text)
    text = _ORDINAL.sub(lambda found: found[1] + ORDINALS[found[1][-1]], _ARTICLE.sub(r"\1n ", text))
    return text[0].upper() + text[1:]


def _fill(slot: str, rng: Random) -> str:
    if ".." in slot:
        low, high = map(int, slot.split(".."))
        return str(rng.randint(low, high))
    if "," in slot:
        return rng.choice(slot.split(","))
    words = slots().get(slot) or slots()[slot.rstrip("2")]
    return rng.choice(words) if slot != "n" else _fill(words[0], rng)


def _bank(lines: Iterable[Line]) -> Bank:
    bank: Bank = defaultdict(list)
    for line in lines:
        bank[line.section, line.language, line.mood].append(line)
    return dict(bank)


def _lines(name: str) -> Iterator[Line]:
    section = name
    for number, raw in enumerate((FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()):
        if raw == "[slots]":
            return
        if raw.startswith("["):
            section = raw.strip("[]")
        elif found := _LINE.fullmatch(raw):
            yield Line(f"{name}:{number}", section, found["language"] or "en", found["mood"], found["text"])
