"""Whether two means differ by more than chance. Pure."""

from math import sqrt
from typing import NamedTuple

from apps.priorities.movement import LEAST_Z


class Mean(NamedTuple):
    """The mean of ``n`` values; a share is the mean of noughts and ones."""

    value: float
    n: int


def z_of(now: Mean, old: Mean, *, low: float, high: float) -> float:
    """Return how far two means of values from ``low`` to ``high`` lie apart, in standard errors of one pooled mean.

    The variance is the largest such values can have (Bhatia and Davis, 2000), and exact for a share: never less
    certain than it says. 0.0 where nothing can be said.
    """
    if not now.n or not old.n:
        return 0.0
    pooled = (now.value * now.n + old.value * old.n) / (now.n + old.n)
    variance = max(0.0, (high - pooled) * (pooled - low))
    error = sqrt(variance * (1 / now.n + 1 / old.n))
    return (now.value - old.value) / error if error else 0.0


def tone_of(z: float, *, is_more_good: bool) -> str:
    """Return "good" or "bad" for a change beyond what movers are held to, else ""."""
    if abs(z) < LEAST_Z:
        return ""
    return "good" if (z > 0) == is_more_good else "bad"
