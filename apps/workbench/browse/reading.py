"""The reading room's reads: a page of a selection, its neighbours, and what lies around one feedback.

The one address for the room: filter, facets, counts and cursors are to be had from here too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.customers.merging import records_with
from apps.feedback.models import Feedback, FeedbackState
from apps.workbench.browse.conditions import Reader, selection
from apps.workbench.browse.counts import Count, count
from apps.workbench.browse.facets import Facet, FacetOption, facets
from apps.workbench.browse.filters import PARAMETERS, UNSURE, UNTAGGED, BrowseFilter, ContextPair, ParsedQuery
from apps.workbench.browse.keyset import Cursor, parse_cursor
from apps.workbench.browse.plans import NEWEST, Place, choose_plan, edge, rows_to_walk, run
from apps.workbench.selectors import PAGE_ROWS, distinct_tags, readable_feedback, with_everything

__all__ = [
    "PARAMETERS", "UNSURE", "UNTAGGED", "BrowseFilter", "BrowsePage", "ContextPair", "Count", "Cursor", "Facet",
    "FacetOption", "ParsedQuery", "Searched", "around", "browse_all", "browse_page", "count", "distinct_tags", "facets",
    "neighbours", "parse_cursor", "timeline_of",
]  # fmt: skip

BATCH_ROWS = 500  # of a selection taken whole
AROUND = timedelta(days=3)  # either side
AROUND_ROWS = 10
TIMELINE_ROWS = 50


@dataclass(frozen=True)
class Searched:
    """How far was searched for a page. Where it is not everything, the page is short and its cursor goes on."""

    is_everything: bool = True
    rows: int | None = None  # so many were looked at
    back_to: datetime | None = None  # the last of them (the newest, where the oldest come first)


@dataclass(frozen=True)
class BrowsePage:
    entries: list[Feedback]
    next_cursor: Cursor | None
    searched: Searched


def browse_page(
    reader: Reader, wanted: BrowseFilter, cursor: Cursor | None = None, limit: int = PAGE_ROWS
) -> BrowsePage:
    """Return a page of ``wanted`` after ``cursor``, with all that a row shows. Three queries beyond those of the plan.

    A page that is full has its cursor at its last row. One that is not, although more lies beyond the rows
    walked, has it at the last of those: ``searched`` says so.
    """
    walk = _Walker(reader, wanted)
    places = walk.places(cursor, limit=limit + 1)
    entries = _load(reader, [place.feedback_id for place in places[:limit]])
    if len(places) > limit:
        return BrowsePage(entries, places[limit - 1].cursor, Searched())
    end = walk.edge(cursor)
    if end is None:
        return BrowsePage(entries, None, Searched())
    return BrowsePage(entries, end, Searched(is_everything=False, rows=walk.window, back_to=end.listed_at))


def browse_all(reader: Reader, wanted: BrowseFilter, *, limit: int) -> Iterator[list[Feedback]]:
    """Yield the first ``limit`` of ``wanted`` in batches, in order, to the end whatever has to be walked.

    The plan is chosen once; nothing is held open in between, so to stop taking batches stops the work.
    """
    walk, cursor = _Walker(reader, wanted), None
    while limit > 0:
        size = min(limit, BATCH_ROWS)
        places = walk.places(cursor, limit=size)
        entries = _load(reader, [place.feedback_id for place in places])
        if entries:
            yield entries
        limit -= len(places)
        cursor = places[-1].cursor if len(places) == size else walk.edge(cursor)
        if cursor is None:
            return


def neighbours(reader: Reader, wanted: BrowseFilter, feedback: Feedback) -> tuple[Feedback | None, Feedback | None]:
    """Return what stands before and after ``feedback`` in the list of ``wanted``, whether or not it is in it itself.

    None at an end of the list, and where none is found among the rows that a page may walk.
    """
    walk = _Walker(reader, wanted)
    here = Cursor(feedback.listed_at, feedback.pk)
    before, after = walk.places(here, limit=1, backwards=True), walk.places(here, limit=1)
    found = {entry.pk: entry for entry in _load(reader, [place.feedback_id for place in before + after])}
    return (
        found.get(before[0].feedback_id) if before else None,
        found.get(after[0].feedback_id) if after else None,
    )


def around(reader: Reader, feedback: Feedback, limit: int = AROUND_ROWS) -> list[Feedback]:
    """Return live feedback on the same product of the days around ``feedback``, newest first, without itself."""
    near = readable_feedback(reader).filter(
        state=FeedbackState.LIVE,
        product_id=feedback.product_id,
        listed_at__gte=feedback.listed_at - AROUND,
        listed_at__lte=feedback.listed_at + AROUND,
    )
    return list(with_everything(near.exclude(pk=feedback.pk)).order_by(*NEWEST)[:limit])


def timeline_of(reader: Reader, customer_id: int, limit: int = TIMELINE_ROWS) -> list[Feedback]:
    """Return the newest live feedback of a customer that ``reader`` may open, claimed or proven."""
    people = records_with(customer_id).values("pk")
    theirs = readable_feedback(reader).filter(state=FeedbackState.LIVE, customer__in=people)
    return list(with_everything(theirs).order_by(*NEWEST)[:limit])


class _Walker:
    """A selection with the plan to find it."""

    def __init__(self, reader: Reader, wanted: BrowseFilter) -> None:
        self.feedback = selection(reader, wanted)
        self.plan = choose_plan(wanted, self.feedback)
        self.window = rows_to_walk(wanted)
        self.is_oldest = wanted.order == "oldest"

    def places(self, cursor: Cursor | None, *, limit: int, backwards: bool = False) -> list[Place]:
        """Return the first ``limit`` beyond ``cursor``; going backwards, the nearest first. One query."""
        rows = self.feedback.values_list("id", "listed_at")
        is_oldest = self.is_oldest is not backwards
        found = run(self.plan, rows, window=self.window, cursor=cursor, limit=limit, is_oldest=is_oldest)
        return [Place(*row) for row in found]

    def edge(self, cursor: Cursor | None) -> Cursor | None:
        """Return where the rows walked beyond ``cursor`` end, None where nothing lies beyond them."""
        return edge(self.plan, window=self.window, cursor=cursor, is_oldest=self.is_oldest)


def _load(reader: Reader, ids: Sequence[int]) -> list[Feedback]:
    """Return the feedback of ``ids``, in their order, with all that a row shows. Two queries."""
    found = {entry.pk: entry for entry in with_everything(readable_feedback(reader).filter(pk__in=list(ids)))}
    return [found[feedback_id] for feedback_id in ids if feedback_id in found]
