"""Measures of scales with their 95 % intervals. Pure; every function says whose formula it is.

A measure of nothing is None, never 0.
"""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054
LEAST_FOR_INTERVAL = 2

Counts = Mapping[int, int]  # answers by the number chosen


class Measure(NamedTuple):
    """A figure with the ends of its 95 % interval (None: too few answers for one) and how many answers it is of."""

    value: float
    low: float | None
    high: float | None
    n: int


def nps(counts: Counts) -> Measure | None:
    """Return promoters (9, 10) less detractors (0 to 6), in points from -100 to 100.

    Interval: adjusted Wald, three answers added in the proportions 3/4, 3/2, 3/4 (Rocks, "Interval estimation for the
    Net Promoter Score", The American Statistician 70 (4), 2016).
    """
    detractors = sum(count for number, count in counts.items() if number <= 6)
    promoters = sum(count for number, count in counts.items() if number >= 9)
    n = sum(counts.values())
    if not n:
        return None
    value = (promoters - detractors) / n
    total, up, down = n + 3, promoters + 0.75, detractors + 0.75
    mean = (up - down) / total
    margin = Z95 * sqrt(max(0.0, (up + down) / total - mean * mean) / total)
    return Measure(100 * value, 100 * max(-1.0, mean - margin), 100 * min(1.0, mean + margin), n)


def share(part: int, n: int) -> Measure | None:
    """Return a share from 0 to 1 with Wilson's score interval (Wilson, JASA 22, 1927)."""
    if not n:
        return None
    p, z2 = part / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    margin = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Measure(p, max(0.0, centre - margin), min(1.0, centre + margin), n)


def top_share(counts: Counts, *, at_least: int) -> Measure | None:
    """Return the share of answers of ``at_least`` and above: CSAT with 4 of 5, CES with 5 of 7."""
    return share(sum(count for number, count in counts.items() if number >= at_least), sum(counts.values()))


def mean(counts: Mapping[float, int]) -> Measure | None:
    """Return the mean with Student's interval."""
    n = sum(counts.values())
    if not n:
        return None
    value = sum(number * count for number, count in counts.items()) / n
    if n < LEAST_FOR_INTERVAL:
        return Measure(value, None, None, n)
    squares = sum(count * (number - value) ** 2 for number, count in counts.items())
    margin = t95(n - 1) * sqrt(squares / (n - 1) / n)
    return Measure(value, value - margin, value + margin, n)


def t95(degrees: int) -> float:
    """Return Student's two-sided 95 % quantile (exact for 1 to 4, then Abramowitz and Stegun 26.7.5, error < 0.002)."""
    exact = {1: 12.706205, 2: 4.302653, 3: 3.182446, 4: 2.776445}
    if degrees in exact:
        return exact[degrees]
    z, v = Z95, float(degrees)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def sus_score(answers: Mapping[int, int]) -> float | None:
    """Return one person's System Usability Scale score, 0 to 100, of items 1 to 10 answered 1 to 5.

    Odd items count answer - 1, even ones 5 - answer, times 2.5 (Brooke 1996). None where an item is missing.
    """
    if set(answers) != set(range(1, 11)):
        return None
    return 2.5 * sum(answer - 1 if item % 2 else 5 - answer for item, answer in answers.items())
