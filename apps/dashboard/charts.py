"""A chart as a page shows it: one table of values, and which of its columns are drawn how. No data is read here.

The table is the chart: screen readers, printers, browsers without scripts and the CSV get the same values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core.spreadsheet import csv_line

Value = int | float | str | None
MINUS = "\u2212"


@dataclass(frozen=True)
class Column:
    label: str
    unit: str = "count"  # "count", "share" (0 to 1), "rating" (1 to 5), "sentiment" (-1 to 1), "text"


@dataclass(frozen=True)
class Row:
    label: str
    url: str  # the feedback behind it; "" where there is no such list
    values: Sequence[Value]  # None: no data, which is never 0
    is_marked: bool = False  # drawn in the colour of what is bad
    is_good: bool = False  # drawn in the colour of what is good
    is_neutral: bool = False  # drawn in the colour of what is no part like the others
    is_unfinished: bool = False  # a time that is not over yet: drawn hatched
    note: str = ""  # a word at the end of its bar

    def shown(self, columns: Sequence[Column]) -> list[str]:
        return [show(value, column.unit) for value, column in zip(self.values, columns, strict=True)]


@dataclass(frozen=True)
class Series:
    """One set of bars or one line, in a colour of the tokens (``chart-1``)."""

    label: str
    values: Sequence[float | int | None]
    colour: str
    kind: str = "bar"
    is_dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A line across the chart at one of its rows: a release."""

    index: int
    label: str


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    definition: str
    n: int
    summary: str
    head: str  # what the rows are
    columns: Sequence[Column]
    rows: Sequence[Row]
    series: Sequence[Series]
    unit: str = "count"
    marks: Sequence[Mark] = field(default_factory=list)
    is_stacked: bool = False
    is_wide: bool = False
    is_sideways: bool = False

    @property
    def data_id(self) -> str:
        return f"{self.key}-data"

    @property
    def row_class(self) -> int:
        """How high a chart with a bar per row is: rows in steps of four, for the style sheet."""
        return min(24, -(-len(self.rows) // 4) * 4)

    @property
    def table_rows(self) -> SafeString:
        """The rows of its HTML table; not a template, which would take longer than all queries of the page."""
        return mark_safe("".join(_table_row(row, self.columns) for row in self.rows))  # noqa: S308 escaped there

    @property
    def data(self) -> dict[str, object]:
        """What static/js/charts.js draws."""
        return {
            "labels": [row.label for row in self.rows],
            "urls": [row.url for row in self.rows],
            "unit": self.unit,
            "stacked": self.is_stacked,
            "sideways": self.is_sideways,
            "marked": [index for index, row in enumerate(self.rows) if row.is_marked],
            "good": [index for index, row in enumerate(self.rows) if row.is_good],
            "neutral": [index for index, row in enumerate(self.rows) if row.is_neutral],
            "unfinished": [index for index, row in enumerate(self.rows) if row.is_unfinished],
            "unfinished_word": _("so far"),
            "notes": [row.note for row in self.rows],
            "marks": [{"index": mark.index, "label": mark.label} for mark in self.marks],
            "series": [
                {
                    "label": one.label,
                    "values": list(one.values),
                    "colour": one.colour,
                    "kind": one.kind,
                    "dashed": one.is_dashed,
                }
                for one in self.series
            ],
        }


def _table_row(row: Row, columns: Sequence[Column]) -> str:
    """Return HTML; every text of ``row`` is escaped. By hand: format_html would take half of the page's time."""
    label = escape(row.label)
    head = f'<a href="{escape(row.url)}">{label}</a>' if row.url else label
    if row.is_unfinished:
        head += f' <span class="quiet">{escape(_("so far"))}</span>'
    cells = "".join(f'<td class="num">{escape(text)}</td>' for text in row.shown(columns))
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'


def sign(number: float) -> str:
    """Return a plus or a real minus to stand before the number without its own; "" before 0."""
    return "+" if number > 0 else MINUS if number < 0 else ""


def show(value: Value, unit: str) -> str:
    """Return ``value`` as a person reads it; a dash where there is no data."""
    return _show(value, unit, get_language() or "")


@lru_cache(maxsize=8192)  # a dashboard shows some hundred numbers, most of them small and often the same
def _show(value: Value, unit: str, language: str) -> str:
    if value is None:
        return "\u2013"
    if isinstance(value, str):
        return value
    if unit == "share":
        number = number_format(round(value * 100), 0)  # number_format cuts off, it does not round
        return _("%(number)s%%") % {"number": number}
    if unit == "rating":
        return number_format(round(value, 1), 1)
    if unit == "sentiment":
        rounded = round(value, 2)
        return f"{sign(rounded)}{number_format(abs(rounded), 2)}"
    return number_format(round(value), 0, force_grouping=True)


def as_csv(chart: Chart) -> str:
    """Return the chart's table, figures unrounded, with nothing in it that a spreadsheet takes for a formula."""
    lines: list[Sequence[Value]] = [[chart.head, *(column.label for column in chart.columns)]]
    lines += [[row.label, *row.values] for row in chart.rows]
    return "".join(map(csv_line, lines))
