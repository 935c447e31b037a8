"""Figures as a page shows them: parts that add up when rounded, the bars of the volume chart. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from django.utils.translation import gettext as _

from apps.priorities.disclosure import OTHERS, TOGETHER
from apps.priorities.scoring import NO_SEGMENT, Part

CHART_WIDTH, CHART_HEIGHT = 520, 120  # of the chart's view box
BAR_GAP = 4


@dataclass(frozen=True)
class ShownPart:
    label: str
    value: float  # rounded; the values of a partition sum to the rounded subtotal
    share: float


def in_words(parts: Sequence[Part], *, named: bool = False) -> list[Part]:
    """Return ``parts`` with their labels in the reader's language. ``named``: most of them are names, and stay."""
    ours = {NO_SEGMENT, OTHERS, TOGETHER}
    return [part if named and part.label not in ours else part._replace(label=_(part.label)) for part in parts]


def rounded_parts(parts: Sequence[tuple[str, float, float]], *, digits: int = 1) -> list[ShownPart]:
    """Round (label, value, share) so that the rounded values sum to the rounded sum (largest remainder)."""
    unit = 10**digits
    scaled = [value * unit for _, value, _ in parts]
    whole = [floor(value) for value in scaled]
    missing = round(sum(scaled)) - sum(whole)
    by_remainder = sorted(range(len(parts)), key=lambda i: (whole[i] - scaled[i], i))
    for i in by_remainder[:missing]:
        whole[i] += 1
    return [ShownPart(label, units / unit, share) for (label, _, share), units in zip(parts, whole, strict=True)]


@dataclass(frozen=True)
class Bar:
    """One week's bar within the view box, with the part of it that is unhappy."""

    x: float
    y: float
    width: float
    height: float
    unhappy_y: float
    unhappy_height: float
    is_told: bool = True  # False: so few pieces that nothing but their number may be told


@dataclass(frozen=True)
class VolumeChart:
    bars: list[Bar]
    top: int  # the value at the top of the chart
    middle: float
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT

    @property
    def has_untold(self) -> bool:
        return not all(bar.is_told for bar in self.bars)


def volume_chart(weeks: Sequence[tuple[int, int | None]]) -> VolumeChart:
    """Return the bars of (feedback, unhappy) per week, oldest first, with a round number at the top.

    Unhappy is None where it may not be told: that bar is drawn as neither one nor the other.
    """
    top = round_up(max((feedback for feedback, _ in weeks), default=0))
    step = CHART_WIDTH / max(len(weeks), 1)
    bars = []
    for index, (feedback, unhappy) in enumerate(weeks):
        height = CHART_HEIGHT * feedback / top
        unhappy_height = CHART_HEIGHT * min(unhappy or 0, feedback) / top
        bars.append(
            Bar(
                x=round(index * step + BAR_GAP / 2, 1),
                y=round(CHART_HEIGHT - height, 1),
                width=round(step - BAR_GAP, 1),
                height=round(height, 1),
                unhappy_y=round(CHART_HEIGHT - unhappy_height, 1),
                unhappy_height=round(unhappy_height, 1),
                is_told=unhappy is not None,
            )
        )
    return VolumeChart(bars, top, top / 2)


def round_up(number: int) -> int:
    """Return the smallest of 2, 4, 6, 8, 10, 20, 40, 60 … that is not below ``number``: half of it is whole."""
    unit = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if number <= step * unit:
                return step * unit
        unit *= 10
