"""The days and names of a team's cycles. Pure: no database, no clock."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

NUMBER = "{n}"  # in a pattern of names, where the number goes
NAME_CHARACTERS = 120
STRIP_WIDTH = 1000  # of the time line's view box


class Span(NamedTuple):
    """The first and the last day of a cycle, both included."""

    name: str
    starts_on: date
    ends_on: date


class Bar(NamedTuple):
    """One cycle on the time line, within its view box."""

    x: float
    width: float


def series(*, pattern: str, first_number: int, starts_on: date, weeks: int, count: int) -> list[Span]:
    """Return ``count`` cycles of ``weeks`` weeks, one after the other, named by ``pattern``."""
    length = timedelta(weeks=weeks)
    return [
        Span(
            pattern.replace(NUMBER, str(first_number + place)),
            starts_on + place * length,
            starts_on + (place + 1) * length - timedelta(days=1),
        )
        for place in range(count)
    ]


def strip(spans: Sequence[tuple[date, date]], *, since: date, until: date) -> list[Bar]:
    """Return where each of ``spans`` lies on a line from ``since`` to ``until``, all days included."""
    day = STRIP_WIDTH / ((until - since).days + 1)
    return [
        Bar(round((start - since).days * day, 1), round(((end - start).days + 1) * day - 2, 1)) for start, end in spans
    ]
