"""How much a selection holds: exactly where that is cheap, else as an estimate that says so."""

from dataclasses import dataclass
from typing import Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.workbench.browse.conditions import Reader, selection
from apps.workbench.browse.filters import BrowseFilter
from apps.workbench.browse.plans import Walk, choose_plan, edge, estimated_rows, run

COUNT_ROWS = 10_000  # of the newest, counted one by one
HITS_TO_EXTRAPOLATE = 50  # fewer among the newest say nothing of the rest


@dataclass(frozen=True)
class Count:
    number: int
    kind: Literal["exact", "at_least", "about"] = "exact"

    @property
    def is_estimate(self) -> bool:
        return self.kind != "exact"

    def __str__(self) -> str:
        number = number_format(self.number, force_grouping=True)
        if self.kind == "about":
            return _("about %(number)s") % {"number": number}
        return _("%(number)s or more") % {"number": number} if self.kind == "at_least" else number


def count(reader: Reader, wanted: BrowseFilter) -> Count:
    """Count what ``reader`` may open of ``wanted``.

    Exact for what an index narrows and for up to COUNT_ROWS walked. Beyond, what was found among the newest is
    extrapolated, or, where that is too little to go by, a lower bound. Two queries beyond those of the plan.
    """
    feedback = selection(reader, wanted)
    plan = choose_plan(wanted, feedback)
    found = len(run(plan, feedback.values_list("id"), window=COUNT_ROWS))
    if not isinstance(plan, Walk) or edge(plan, window=COUNT_ROWS) is None:
        return Count(found)
    if found < HITS_TO_EXTRAPOLATE:
        return Count(found, "at_least")
    return Count(_two_digits(found * max(estimated_rows(plan), COUNT_ROWS) // COUNT_ROWS), "about")


def _two_digits(number: int) -> int:
    """Return ``number`` rounded to two digits: nobody should take an estimate for more."""
    unit: int = 10 ** max(0, len(str(number)) - 2)
    return (number + unit // 2) // unit * unit
