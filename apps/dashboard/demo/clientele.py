"""Who the demo's customers are: 150 organisations and 800 people, most of them known. No database."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from apps.dashboard.demo import banks

PEOPLE = 800
BY_CLAIM_ONLY = 50  # of them: whoever filled in a name or address that nobody proved
LONERS = 30  # known, but of no organisation
NOISY = "Walter Brandt"

# By how much people like to write: shares of the shapes of writing.SHAPES.
PERSONAS = {
    "scientist": (0.25, 0.47, 0.22, 0.06),
    "facility head": (0.10, 0.42, 0.36, 0.12),
    "facility user": (0.45, 0.42, 0.11, 0.02),
    "lab manager": (0.20, 0.50, 0.25, 0.05),
    "technician": (0.50, 0.40, 0.10, 0.00),
    "purchasing": (0.25, 0.55, 0.20, 0.00),
    "developer": (0.30, 0.45, 0.20, 0.05),
}
PRODUCTS_OF = {  # what each persona speaks of, most first
    "scientist": ("aurora", "lumen", "fathom", "tracewell", "halcyon"),
    "facility head": ("aurora", "lumen", "tracewell"),
    "facility user": ("lumen", "aurora", "halcyon"),
    "lab manager": ("tracewell", "shop", "halcyon"),
    "technician": ("halcyon", "tracewell", "shop"),
    "purchasing": ("shop",),
    "developer": ("fathom", "lumen", "tracewell"),
}


class Organisation(NamedTuple):
    name: str
    segment: str
    language: str


class Customer(NamedTuple):
    name: str
    email: str  # "": never given
    organisation: str  # "": none that we know
    language: str
    persona: str
    weight: float  # how much of what is said comes from them
    is_known: bool = True  # False: only by what they claim

    @property
    def site(self) -> str:
        return SITES[len(self.name) % len(SITES)]


SITES = ("Main building", "North campus", "Annex", "Clinic", "Science park")


@lru_cache(maxsize=1)
def organisations() -> tuple[Organisation, ...]:
    """Return all organisations, the largest first within their segment."""
    found = []
    for segment, lines in banks.lists("organisations").items():
        for line in lines:
            name, _, language = line.partition(" (")
            found.append(Organisation(name, segment, language.rstrip(")") or "en"))
    return tuple(found)


@lru_cache(maxsize=1)
def customers() -> tuple[Customer, ...]:
    """Return all people: the same ones every time."""
    rng = Random("demo clientele")  # noqa: S311 no secret
    names = _names(rng)
    known = PEOPLE - BY_CLAIM_ONLY
    people = [_noisy()]
    for number in range(1, PEOPLE):
        home = _home(number, rng) if number < known - LONERS else None
        people.append(_person(next(names[home.language if home else "en"]), home, rng, is_known=number < known))
    return tuple(people)


def _home(number: int, rng: Random) -> Organisation:
    """Return an organisation: each has somebody, large ones have more."""
    found = organisations()
    if number <= len(found):
        return found[number - 1]
    weights = [
        4 if one.segment == "Core facilities" else 3 if one.segment == "Strategic accounts" else 2 for one in found
    ]
    return rng.choices(found, weights)[0]


def _person(name: str, home: Organisation | None, rng: Random, *, is_known: bool) -> Customer:
    local = slug(name).replace("-", ".")
    domain = slug(home.name) if home else rng.choice(("mail", "post", "inbox"))
    return Customer(
        name=name,
        email=f"{local}@{domain}.example" if is_known else "",
        organisation=home.name if home else "",
        language=home.language if home else "en",
        persona=rng.choices(list(PERSONAS), (30, 12, 20, 14, 10, 5, 9))[0],
        weight=rng.paretovariate(1.6),
        is_known=is_known,
    )


def _noisy() -> Customer:
    home = organisations()[20]
    return Customer(NOISY, f"walter.brandt@{slug(home.name)}.example", home.name, "en", "facility user", 0.0)


def _names(rng: Random) -> dict[str, Iterator[str]]:
    parts = banks.lists("people")
    shuffled = {}
    for language in ("en", "de", "fr", "es"):
        pairs = [f"{first} {last}" for first in parts[f"first {language}"] for last in parts[f"last {language}"]]
        rng.shuffle(pairs)
        shuffled[language] = iter(pairs)
    return shuffled


def slug(name: str) -> str:
    """Return ``name`` as part of an address: ASCII letters and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
