"""What happened when: how much is said of each theme on each day, and in which mood. Pure, in days before loading.

The story lines: volume rises after every release; Lumen Acquire 4.2 hangs on stage moves until 4.2.1; searching in
Tracewell grows slower month by month; tip pick-up of the Halcyon was mended by 3.0.
"""

from itertools import accumulate
from math import exp
from random import Random
from typing import NamedTuple

from apps.dashboard.demo import banks, company

DAYS = 365
PIECES = {"aurora": 950, "lumen": 1230, "fathom": 520, "tracewell": 900, "halcyon": 660, "shop": 580}  # regular ones
REGRESSION, BROKEN, FIXED = "hangs-on-stage-moves", "4.2", "4.2.1"
RISING, FADING, NOISY_THEME = "search-and-filters", "tip-pick-up", "fan-noise"
LAUNCH_DAYS = 8.0  # after which the talk of a release is down to a third
LAUNCH_HEIGHT = 1.7  # times as much on top
ADOPTION_DAYS = 16.0  # until two thirds work with the new version
QUIET = {
    "laser-warm-up": 0.3,
    "sample-holders": 0.45,
    "spectral-unmixing": 0.4,
    "fan-noise": 0.12,
    "microscope-training": 0.5,
}
LOUD = {
    "stage-drift": 1.6,
    "autofocus": 1.3,
    "python-api": 1.5,
    "delivery-times": 1.4,
    "audit-trail": 1.2,
    "crashes": 1.2,
}
MOODS = {"-": 1.0, "?": 1.1, "+": 1.4}  # times the statements that the bank holds of it

_PRODUCTS = {plan.key: plan for plan in company.PRODUCTS}


class Moment(NamedTuple):
    days_ago: int
    theme: str


def moments(product: str, count: int, rng: Random) -> list[Moment]:
    """Return when what is said of ``product``, oldest first: ``count`` draws, spread evenly over its weights."""
    themes = [theme for theme, of in banks.themes().items() if of == product]
    slots = [Moment(day, theme) for day in range(DAYS - 1, -1, -1) for theme in rng.sample(themes, len(themes))]
    sums = list(accumulate(theme_weight(slot.theme, slot.days_ago) * launch(product, slot.days_ago) for slot in slots))
    found, at = [], 0
    for number in range(count):
        target = (number + rng.random()) / count * sums[-1]
        while sums[at] < target:
            at += 1
        found.append(slots[at])
    return found


def launch(product: str, days_ago: int) -> float:
    """Return by how much everything of ``product`` is talked of more on that day: 1.0 or more."""
    since = [released - days_ago for released in _PRODUCTS[product].versions.values() if released >= days_ago]
    growth = 1.15 - 0.3 * days_ago / DAYS  # the company grows
    return growth * (1.0 + sum(LAUNCH_HEIGHT * exp(-days / LAUNCH_DAYS) for days in since))


def theme_weight(theme: str, days_ago: int) -> float:
    """Return how much ``theme`` is spoken of on that day; an ordinary one has about 1."""
    if theme == REGRESSION:
        return _regression_weight(days_ago)
    if theme == RISING:
        return 0.35 + 7.0 * max(0.0, 1 - days_ago / 240) ** 2
    if theme == FADING:
        mended = _PRODUCTS["halcyon"].versions["3.0"]
        return 2.6 if days_ago > mended else 0.25 + 2.35 * exp(-(mended - days_ago) / 14)
    if theme == "laser-warm-up":
        return QUIET[theme] * (0.3 + 1.4 * days_ago / DAYS)
    return QUIET.get(theme, 1.0) * LOUD.get(theme, 1.0)


def _regression_weight(days_ago: int) -> float:
    versions = _PRODUCTS["lumen"].versions
    broken, fixed = versions[BROKEN], versions[FIXED]
    if days_ago >= broken:
        return 0.0
    if days_ago >= fixed:
        return 20.0 * (1 - exp(-(broken - days_ago) / 3))
    return 0.25 + 7.0 * exp(-(fixed - days_ago) / 4)


def mood(moment: Moment, rng: Random) -> str:
    """Return "-", "?" or "+"."""
    bank = banks.cores()
    shares = {name: times * len(bank[moment.theme, "en", name]) for name, times in MOODS.items()}
    if moment.theme == REGRESSION:
        is_fixed = moment.days_ago < _PRODUCTS["lumen"].versions[FIXED]
        shares = {"-": 0.34, "?": 0.02, "+": 0.64} if is_fixed else {"-": 0.94, "?": 0.06}
    elif moment.theme == RISING:
        shares = {"-": 0.72, "?": 0.14, "+": 0.14}
    elif moment.theme == FADING:
        is_fixed = moment.days_ago < _PRODUCTS["halcyon"].versions["3.0"]
        shares = {"-": 0.3, "?": 0.1, "+": 0.6} if is_fixed else {"-": 0.82, "?": 0.18}
    return rng.choices(list(shares), list(shares.values()))[0]


def released(product: str, days_ago: int) -> list[str]:
    """Return the versions that were out that day, oldest first."""
    return [name for name, released_ago in _PRODUCTS[product].versions.items() if released_ago > days_ago]


def version_used(product: str, days_ago: int, rng: Random) -> str:
    """Return what a customer works with that day: the newest more and more, never one not out yet."""
    versions = _PRODUCTS[product].versions
    newest, *older = reversed(released(product, days_ago))
    share = 1 - exp(-(versions[newest] - days_ago) / ADOPTION_DAYS)
    return newest if not older or rng.random() < share else older[0]
