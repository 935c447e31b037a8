"""Spans of days, and the steps that charts cut them into. Pure."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

DAILY_UP_TO, WEEKLY_UP_TO = 45, 400  # days; longer spans are cut into steps of four weeks
WEEKS_OF_A_YEAR = 52


class Span(NamedTuple):
    since: date
    until: date  # included

    @property
    def day_count(self) -> int:
        return (self.until - self.since).days + 1

    def before(self) -> "Span":
        """Return the span of the same length that ends the day before this one begins."""
        return self.earlier_by(self.day_count)

    def year_before(self) -> "Span":
        """Return the span 52 weeks earlier: as long, and with the same days of the week."""
        return self.earlier_by(7 * WEEKS_OF_A_YEAR)

    def earlier_by(self, days: int) -> "Span":
        return Span(self.since - timedelta(days=days), self.until - timedelta(days=days))

    def steps(self) -> "list[Span]":
        """Return the steps of ``step_days``, oldest first; they end with the span, so the first may be shorter."""
        return list(_steps(self))


@lru_cache(maxsize=64)  # every chart of a page asks for the same
def _steps(span: Span) -> "tuple[Span, ...]":
    length = step_days(span)
    ends = [span.until - timedelta(days=back) for back in range(0, span.day_count, length)]
    return tuple(Span(max(span.since, end - timedelta(days=length - 1)), end) for end in reversed(ends))


def step_days(span: Span) -> int:
    """Return how many days one step of a chart over ``span`` holds."""
    if span.day_count <= DAILY_UP_TO:
        return 1
    return 7 if span.day_count <= WEEKLY_UP_TO else 28


def last_days(count: int, *, until: date) -> Span:
    """Return the ``count`` days that end with ``until``."""
    return Span(until - timedelta(days=count - 1), until)
