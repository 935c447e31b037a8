"""Spans of days, and the steps that charts cut them into. Pure."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

DAILY_UP_TO, WEEKLY_UP_TO = 45, 400  # days; longer spans are cut into steps of four weeks
STEP_DAYS = (1, 7, 28)  # each a multiple of the one before, so that steps of one make up steps of the next
LEAST_PER_STEP = 3  # feedback, on average: of fewer a step may tell nothing but the count (disclosure)
LEAST_STEPS = 4  # whole ones: fewer make no line
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

    def steps(self, length: int | None = None) -> "list[Span]":
        """Return steps of ``length`` days (of ``step_days`` without), oldest first.

        They end with the span, so the first may be shorter.
        """
        return list(_steps(self, length or step_days(self)))


@lru_cache(maxsize=64)  # every chart of a page asks for the same
def _steps(span: Span, length: int) -> "tuple[Span, ...]":
    ends = [span.until - timedelta(days=back) for back in range(0, span.day_count, length)]
    return tuple(Span(max(span.since, end - timedelta(days=length - 1)), end) for end in reversed(ends))


def step_days(span: Span) -> int:
    """Return how many days one step over ``span`` holds at least: the finest it is read in."""
    if span.day_count <= DAILY_UP_TO:
        return 1
    return 7 if span.day_count <= WEEKLY_UP_TO else 28


def readable_step_days(span: Span, feedback_count: int) -> int:
    """Return how many days one step of a chart of ``feedback_count`` pieces over ``span`` holds.

    Those of ``step_days``, or the next coarser of ``STEP_DAYS`` while fewer than ``LEAST_PER_STEP`` fall into a step on
    average and ``LEAST_STEPS`` coarser ones go into the span: one or two pieces a day draw a zigzag that says nothing.
    """
    length = step_days(span)
    for coarser in STEP_DAYS:
        is_thin = feedback_count * length < LEAST_PER_STEP * span.day_count
        if coarser > length and is_thin and span.day_count >= LEAST_STEPS * coarser:
            length = coarser
    return length


def last_days(count: int, *, until: date) -> Span:
    """Return the ``count`` days that end with ``until``."""
    return Span(until - timedelta(days=count - 1), until)
