"""The reading room's reads: a page of a selection, its neighbours, and what lies around one feedback.

The one address for the room: filter, facets, counts and cursors are to be had from here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.feedback.models import Feedback, FeedbackState
from apps.workbench.conditions import Reader, selection
from apps.workbench.counts import Count, count
from apps.workbench.facets import Facet, FacetOption, facets
from apps.workbench.filters import PARAMETERS, UNSURE, UNTAGGED, BrowseFilter, ContextPair, ParsedQuery
from apps.workbench.keyset import Cursor, parse_cursor
from apps.workbench.plans import NEWEST, Place, Plan, choose_plan, edge, run
from apps.workbench.selectors import PAGE_ROWS, distinct_tags, readable_feedback, with_everything

__all__ = [
    "PARAMETERS", "UNSURE", "UNTAGGED", "BrowseFilter", "BrowsePage", "ContextPair", "Count", "Cursor", "Facet",
    "FacetOption", "ParsedQuery", "Searched", "around", "browse_page", "count", "distinct_tags", "facets",
    "neighbours", "parse_cursor", "timeline_of",
]  # fmt: skip

WALK_ROWS = 20_000  # looked at for one page, at most
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
    is_oldest = wanted.order == "oldest"
    plan = choose_plan(wanted)
    places = _places(reader, wanted, plan, cursor, limit=limit + 1, is_oldest=is_oldest)
    entries = _load(reader, [place.feedback_id for place in places[:limit]])
    if len(places) > limit:
        last = places[limit - 1]
        return BrowsePage(entries, Cursor(last.listed_at, last.feedback_id), Searched())
    end = edge(plan, window=WALK_ROWS, cursor=cursor, is_oldest=is_oldest)
    if end is None:
        return BrowsePage(entries, None, Searched())
    return BrowsePage(entries, end, Searched(is_everything=False, rows=WALK_ROWS, back_to=end.listed_at))


def neighbours(reader: Reader, wanted: BrowseFilter, feedback: Feedback) -> tuple[Feedback | None, Feedback | None]:
    """Return what stands before and after ``feedback`` in the list of ``wanted``, whether or not it is in it itself.

    None at an end of the list, and where none is found among ``WALK_ROWS``.
    """
    plan = choose_plan(wanted)
    here = Cursor(feedback.listed_at, feedback.pk)
    is_oldest = wanted.order == "oldest"
    before = _places(reader, wanted, plan, here, limit=1, is_oldest=not is_oldest)
    after = _places(reader, wanted, plan, here, limit=1, is_oldest=is_oldest)
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
    theirs = readable_feedback(reader).filter(state=FeedbackState.LIVE, customer_id=customer_id)
    return list(with_everything(theirs).order_by(*NEWEST)[:limit])


def _places(
    reader: Reader, wanted: BrowseFilter, plan: Plan, cursor: Cursor | None, *, limit: int, is_oldest: bool
) -> list[Place]:
    rows = selection(reader, wanted).values_list("id", "listed_at")
    found = run(plan, rows, window=WALK_ROWS, cursor=cursor, limit=limit, is_oldest=is_oldest)
    return [Place(*row) for row in found]


def _load(reader: Reader, ids: Sequence[int]) -> list[Feedback]:
    """Return the feedback of ``ids``, in their order, with all that a row shows. Two queries."""
    found = {entry.pk: entry for entry in with_everything(readable_feedback(reader).filter(pk__in=list(ids)))}
    return [found[feedback_id] for feedback_id in ids if feedback_id in found]
