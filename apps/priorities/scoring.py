"""How loudly a tag's cells count, and why. Pure functions: no database, no clock. Source: README.md, "Score"."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import exp2
from typing import NamedTuple

from django.utils.translation import gettext_noop

EFFORT_FACTORS: Mapping[str, float] = {"": 1.0, "small": 1.2, "medium": 1.0, "large": 0.8}
RECENCY_BANDS: Sequence[tuple[str, int]] = (  # label, age in days up to and including
    (gettext_noop("This week"), 6),
    (gettext_noop("1 to 4 weeks"), 27),
    (gettext_noop("1 to 3 months"), 90),
)
OLDER = gettext_noop("Older")
NO_SEGMENT = gettext_noop("No segment")
MAX_HALF_LIVES = 500  # that decay goes on for; doubles end after 1,023


class CellFacts(NamedTuple):
    """The integers of one cell (models.Cell), with persons and organisations side by side."""

    segment_id: int
    day: date
    feedback_count: int
    anonymous_count: int
    customer_count: int
    customer_unhappy: int
    customer_importance: int
    customer_against: int
    organisation_count: int
    organisation_unhappy: int
    organisation_importance: int
    organisation_against: int


@dataclass(frozen=True)
class PolicyFacts:
    """A policy as scoring needs it; ``segment_weights`` are resolved, a segment not listed weighs 1."""

    half_life_days: int
    anonymous_weight: float
    anonymous_daily_cap: int
    unhappy_weight: float
    importance_weight: float
    against_weight: float
    repeat_weight: float
    counts_organisations: bool
    landmark_on: date
    segment_weights: Mapping[int, float] = field(default_factory=dict)


class Terms(NamedTuple):
    """The undecayed parts of one cell; their sum is what the cell adds on its own day."""

    unhappy_voices: float
    other_voices: float
    importance: float
    against: float  # 0 or less
    anonymous: float
    repeats: float


TERM_LABELS = (
    gettext_noop("Unhappy voices"),
    gettext_noop("Other voices"),
    gettext_noop("Importance"),
    gettext_noop("Voices against"),
    gettext_noop("Anonymous"),
    gettext_noop("Repeats"),
)


class Part(NamedTuple):
    label: str
    value: float
    share: float  # of the subtotal; 0 where that is 0


class Step(NamedTuple):
    """One step of the waterfall from the subtotal to the score."""

    label: str
    factor: float | None  # None: the start
    value: float  # after the step


def terms(cell: CellFacts, policy: PolicyFacts) -> Terms:
    """Return what ``cell`` adds on its own day, by part, in voices."""
    weight = policy.segment_weights.get(cell.segment_id, 1.0)
    if policy.counts_organisations:
        count, unhappy = cell.organisation_count, cell.organisation_unhappy
        importance, against = cell.organisation_importance, cell.organisation_against
    else:
        count, unhappy = cell.customer_count, cell.customer_unhappy
        importance, against = cell.customer_importance, cell.customer_against
    repeats = cell.feedback_count - cell.anonymous_count - cell.customer_count
    return Terms(
        unhappy_voices=weight * (1 + policy.unhappy_weight) * unhappy,
        other_voices=weight * (count - unhappy),
        importance=weight * policy.importance_weight * importance,
        against=-weight * policy.against_weight * against,
        anonymous=weight * policy.anonymous_weight * min(cell.anonymous_count, policy.anonymous_daily_cap),
        repeats=weight * policy.repeat_weight * repeats,
    )


def decay(day: date, policy: PolicyFacts, *, as_of: date) -> float:
    """Return how much a voice of ``day`` counts on ``as_of``: 1 on the day itself, half after each half-life.

    After ``MAX_HALF_LIVES`` it stays at next to nothing: 2 to the power of minus 500.
    """
    return exp2(max(-MAX_HALF_LIVES, (day - as_of).days / policy.half_life_days))


def subtotal(cells: Iterable[CellFacts], policy: PolicyFacts, *, as_of: date) -> float:
    """Return the decayed, weighted voices of ``cells`` on ``as_of``, in voices of that day."""
    return sum(sum(terms(cell, policy)) * decay(cell.day, policy, as_of=as_of) for cell in cells)


@dataclass(frozen=True)
class Explanation:
    """Why a score is what it is: three partitions of one subtotal, and the factors after it."""

    as_of: date
    subtotal: float
    by_segment: list[Part]
    by_recency: list[Part]
    by_sentiment: list[Part]
    waterfall: list[Step]
    score: float


def explain(
    cells: Sequence[CellFacts],
    policy: PolicyFacts,
    *,
    as_of: date,
    alignment: float = 1.0,
    effort: str = "",
    segment_names: Mapping[int, str] | None = None,
) -> Explanation:
    """Return the score of ``cells`` on ``as_of`` with its parts. Each partition sums to the subtotal."""
    names = segment_names or {}
    decayed = [(cell, [term * decay(cell.day, policy, as_of=as_of) for term in terms(cell, policy)]) for cell in cells]
    total = sum(sum(values) for _, values in decayed)
    waterfall = [Step(gettext_noop("Subtotal"), None, total)]
    for label, factor in ((gettext_noop("Alignment"), alignment), (gettext_noop("Effort"), EFFORT_FACTORS[effort])):
        waterfall.append(Step(label, factor, waterfall[-1].value * factor))
    by_segment = _partition(
        decayed, total, lambda cell: names.get(cell.segment_id, NO_SEGMENT if not cell.segment_id else "?")
    )
    return Explanation(
        as_of=as_of,
        subtotal=total,
        by_segment=sorted(by_segment, key=lambda part: -part.value),
        by_recency=_in_order(
            _partition(decayed, total, lambda cell: recency_band(cell.day, as_of=as_of)),
            [*(label for label, _ in RECENCY_BANDS), OLDER],
        ),
        by_sentiment=[
            part
            for index, label in enumerate(TERM_LABELS)
            if (part := _part(label, sum(values[index] for _, values in decayed), total)).value
        ],
        waterfall=waterfall,
        score=waterfall[-1].value,
    )


def recency_band(day: date, *, as_of: date) -> str:
    """Return the label of the band that ``day`` falls in, seen from ``as_of``."""
    age_days = (as_of - day).days
    return next((label for label, last in RECENCY_BANDS if age_days <= last), OLDER)


def _partition(
    decayed: Sequence[tuple[CellFacts, Sequence[float]]], total: float, label_of: Callable[[CellFacts], str]
) -> list[Part]:
    sums: dict[str, float] = {}
    for cell, values in decayed:
        label = label_of(cell)
        sums[label] = sums.get(label, 0.0) + sum(values)
    return [_part(label, value, total) for label, value in sums.items() if value]


def _part(label: str, value: float, total: float) -> Part:
    return Part(label, value, value / total if total else 0.0)


def _in_order(parts: Iterable[Part], labels: Sequence[str]) -> list[Part]:
    return sorted(parts, key=lambda part: labels.index(part.label))
