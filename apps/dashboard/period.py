"""The days a dashboard looks at, and the days it compares them with. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

from apps.priorities.spans import Span, last_days

PERIOD_DAYS = (7, 28, 90, 365)
DEFAULT_DAYS = 28
LONGEST_DAYS = 5 * 366


class Comparison(StrEnum):
    PREVIOUS = "previous"
    YEAR = "year"
    NONE = "none"


@dataclass(frozen=True)
class Period:
    """``days`` is None where the person chose the first and last day themselves."""

    span: Span
    comparison: Comparison
    days: int | None

    @property
    def before(self) -> Span | None:
        """The span that figures are compared with, as long as the period."""
        if self.comparison == Comparison.NONE:
            return None
        return self.span.year_before() if self.comparison == Comparison.YEAR else self.span.before()

    @property
    def spans(self) -> list[Span]:
        return [self.span, *([self.before] if self.before else [])]

    @property
    def query(self) -> str:
        """The query that asks for it again; "" for the default."""
        return self.query_with()

    def query_with(self, *, days: int | None = None, comparison: Comparison | None = None) -> str:
        """Return the query of this period with other ``days``, or with another comparison."""
        wanted: dict[str, str] = {}
        shown_days = days or self.days
        if shown_days is None:
            wanted = {"since": self.span.since.isoformat(), "until": self.span.until.isoformat()}
        elif shown_days != DEFAULT_DAYS:
            wanted = {"period": str(shown_days)}
        if (comparison or self.comparison) != Comparison.PREVIOUS:
            wanted["compare"] = comparison or self.comparison
        return urlencode(wanted)


def default_period(today: date) -> Period:
    return Period(last_days(DEFAULT_DAYS, until=today), Comparison.PREVIOUS, DEFAULT_DAYS)
