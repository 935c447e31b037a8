"""What a usability test's figures say, each with its interval. Pure functions: no database, no clock.

Samples are small, so every mean comes with an interval, and of none or of one there is none: no data is never 0.

- Success: adjusted Wald interval of a proportion. Agresti, Coull, "Approximate is better than 'exact' for interval
  estimation of binomial proportions", The American Statistician 52 (1998); Sauro, Lewis, "Estimating completion rates
  from small samples using binomial confidence intervals", Proc. HFES 49 (2005).
- Time: geometric mean, with a t interval of the logarithms. Sauro, Lewis, "Average task times in usability tests: what
  to report?", CHI 2010.
- SEQ and SUS: arithmetic mean with a t interval. Sauro, Lewis, "Quantifying the User Experience" (2012), chapter 3.
- SUS: Brooke, "SUS: a 'quick and dirty' usability scale", in Usability Evaluation in Industry (1996).
- Discovery: Nielsen, Landauer, "A mathematical model of the finding of usability problems", INTERCHI 1993. A small
  sample overestimates p (Lewis, "Evaluation of procedures for adjusting problem-discovery rates estimated from small
  samples", IJHCI 13 (2001)), so what it gives is "at most".
- Quantiles of Student's t: its distribution function for whole degrees of freedom in closed form (Abramowitz, Stegun,
  "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4), halved down to the quantile.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import atan, cos, exp, fsum, log, pi, sin, sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

CONFIDENCE = 0.95
SUS_ITEMS = 10


class Estimate(NamedTuple):
    """A figure from ``n`` participants. ``value`` None: no data; ``low`` and ``high`` None: no interval."""

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        return self.low is not None


NOTHING = Estimate(0, None)


def success_rate(successes: int, n: int, *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the share of ``n`` that succeeded, 0 to 1, with its adjusted Wald interval cut to 0 to 1."""
    if n < 1:
        return NOTHING
    if n == 1:
        return Estimate(1, float(successes))
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    adjusted_n = n + z * z
    middle = (successes + z * z / 2) / adjusted_n
    margin = z * sqrt(middle * (1 - middle) / adjusted_n)
    return Estimate(n, successes / n, max(0.0, middle - margin), min(1.0, middle + margin))


def mean(values: Iterable[float], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the arithmetic mean with its t interval."""
    found = list(values)
    if not found:
        return NOTHING
    if len(found) == 1:
        return Estimate(1, float(found[0]))
    return t_interval(len(found), fmean(found), stdev(found), confidence=confidence)


def t_interval(n: int, middle: float, deviation: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the t interval of a mean of ``n`` values, two or more, of the sample's standard ``deviation``."""
    margin = t_quantile(0.5 + confidence / 2, n - 1) * deviation / sqrt(n)
    return Estimate(n, middle, middle - margin, middle + margin)


def bounded(estimate: Estimate, least: float, most: float) -> Estimate:
    """Return ``estimate`` with its interval cut to what the scale has."""
    if estimate.low is None or estimate.high is None:
        return estimate
    return estimate._replace(low=max(least, estimate.low), high=min(most, estimate.high))


def task_time(seconds: Iterable[float], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the geometric mean of times above 0, in seconds, with the t interval of their logarithms."""
    of_logs = mean((log(one) for one in seconds if one > 0), confidence=confidence)
    n, value, low, high = of_logs
    return Estimate(n, *(None if one is None else exp(one) for one in (value, low, high)))


def sus_score(answers: Sequence[int]) -> float:
    """Return the score, 0 to 100, of ten answers of 1 to 5: odd items count from 1 up, even ones from 5 down."""
    if len(answers) != SUS_ITEMS or not all(1 <= answer <= 5 for answer in answers):
        raise ValueError("ten answers of 1 to 5")
    return 2.5 * sum(answer - 1 if index % 2 == 0 else 5 - answer for index, answer in enumerate(answers))


def discovery(frequencies: Sequence[int], n: int) -> Estimate:
    """Return the share of the problems that ``n`` participants find at most: 1 - (1 - p)^n.

    ``frequencies``: how many participants met each problem that was found; p is the mean of their shares.
    """
    if n < 1 or not frequencies:
        return Estimate(n, None)
    p = fmean(frequencies) / n
    return Estimate(n, found_share(p, n))


def found_share(p: float, n: int) -> float:
    """Return how likely a problem that one participant meets with probability ``p`` is met by one of ``n``."""
    return 1 - (1 - p) ** n


# --- Student's t --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def t_quantile(probability: float, freedom: int) -> float:
    """Return the t below which a share of ``probability`` (0.5 or more, below 1) lies, to 12 digits or so."""
    if freedom < 1 or not 0.5 <= probability < 1:
        raise ValueError("one degree of freedom or more, and a probability of 0.5 to 1")
    low, high = 0.0, 2.0
    while t_below(high, freedom) < probability:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_below(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def t_below(t: float, freedom: int) -> float:
    """Return the share of Student's distribution below ``t``, 0 or more (Abramowitz, Stegun 26.7.3, 26.7.4)."""
    angle = atan(t / sqrt(freedom))
    square = cos(angle) ** 2
    is_odd = freedom % 2 == 1
    term, terms = (cos(angle), [cos(angle)]) if is_odd else (1.0, [1.0])
    first = 2 if is_odd else 1
    for k in range(first, freedom - 2, 2):
        term *= square * k / (k + 1)
        terms.append(term)
    if is_odd:
        inner = fsum(terms) if freedom > 1 else 0.0
        between = 2 / pi * (angle + sin(angle) * inner)
    else:
        between = sin(angle) * fsum(terms)
    return 0.5 + between / 2
