"""Dates that people gave, as bars: by day, week, month or years, whichever makes few enough. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

MOST_BARS = 24
YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
DASH = "\u2013"


@dataclass(frozen=True)
class DayBars:
    """``bars``: a label and how often, the earliest first, those of nobody between them there with 0."""

    head: str  # what a bar is
    definition: str
    bars: list[tuple[str, int]]


@dataclass(frozen=True)
class _Step:
    """A way to cut time: the number of the step a day is in, the first day of a step, and its name."""

    number_of: Callable[[date], int]
    label_of: Callable[[int, bool], str]  # number, whether the year must be said
    head: str
    definition: str


def day_bars(counts: Mapping[date, int]) -> DayBars:
    """Return bars of ``counts``, which is not empty, in the finest steps that make at most ``MOST_BARS``."""
    low, high = min(counts), max(counts)
    step = next(one for one in _steps() if one.number_of(high) - one.number_of(low) < MOST_BARS)
    heights = dict.fromkeys(range(step.number_of(low), step.number_of(high) + 1), 0)
    for day, times in counts.items():
        heights[step.number_of(day)] += times
    has_years = low.year != high.year
    bars = [(step.label_of(number, has_years), height) for number, height in heights.items()]
    return DayBars(step.head, step.definition, bars)


def middle_day(counts: Mapping[date, int]) -> date:
    """Return the median day, of an even number the earlier of the two in the middle."""
    place = (sum(counts.values()) - 1) // 2
    for day in sorted(counts):
        if place < counts[day]:
            return day
        place -= counts[day]
    raise ValueError("No day is the middle of none.")


def _steps() -> list[_Step]:
    """Return the steps, the finest first. Weeks begin on Monday, as the first day of all did."""
    return [
        _Step(date.toordinal, lambda n, y: _day(date.fromordinal(n), y), _("Day"), _("Each bar is a day.")),
        _Step(
            lambda day: (day.toordinal() - 1) // 7,
            lambda n, y: _day(date.fromordinal(7 * n + 1), y),
            _("Week from"),
            _("Each bar is a week, from Monday."),
        ),
        _Step(
            lambda day: 12 * day.year + day.month - 1,
            lambda n, _y: date_format(date(n // 12, n % 12 + 1, 1), _("M Y")),
            _("Month"),
            _("Each bar is a month."),
        ),
        *map(_years, YEARS),
    ]


def _years(length: int) -> _Step:
    if length == 1:
        return _Step(lambda day: day.year, lambda n, _y: str(n), _("Year"), _("Each bar is a year."))
    return _Step(
        lambda day: day.year // length,
        lambda n, _y: f"{n * length}{DASH}{(n + 1) * length - 1}",
        _("Years"),
        _("Each bar is %(count)d years.") % {"count": length},
    )


def _day(day: date, has_year: bool) -> str:
    return date_format(day, "SHORT_DATE_FORMAT" if has_year else _("j M"))
