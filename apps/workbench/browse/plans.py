"""How a selection is found without reading everything: from a few candidates, or by walking the newest feedback.

An index narrows the question where it can: a rare word, a rare tag, a customer give at most ``SEEK_IDS``
candidates, and the answer is complete. Everything else is common, so the newest ``window`` rows are walked and
nearly always fill the page; where they do not, the answer says how far it searched, and a cursor goes on from there.
What is common is estimated, what is absent never: a plan changes what an answer costs, not what it says.

Both lay the selection's own SQL over fewer rows: a WITH of the table's name hides the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from apps.catalog.models import Product
from apps.customers.merging import person_records, records_of
from apps.customers.models import Customer
from apps.feedback.models import Feedback
from apps.insight import search
from apps.insight.models import Reading
from apps.tagging.models import Tagging, TaggingState
from apps.workbench.browse.conditions import start_of, tag_groups
from apps.workbench.browse.filters import UNSURE, BrowseFilter
from apps.workbench.browse.keyset import Cursor

SEEK_IDS = 5_000
WALK_ROWS = 20_000  # looked at for one page, where each row wants its reading, its tags or its customer looked up
COLUMN_WALK_ROWS = 100_000  # where an index alone tells
NEWEST, OLDEST = ("-listed_at", "-id"), ("listed_at", "id")

_SEEK = """
WITH "feedback_feedback" AS (
    SELECT found.* FROM unnest(%s::bigint[]) AS hit (id)
    CROSS JOIN LATERAL (SELECT * FROM "feedback_feedback" WHERE "feedback_feedback".id = hit.id OFFSET 0) AS found
)
"""


@dataclass(frozen=True)
class Seek:
    """All that can match is among ``ids``."""

    ids: Sequence[int]


@dataclass(frozen=True)
class Walk:
    """Go through what ``rows`` leaves of all feedback, in order, a window at a time."""

    rows: Q


Plan = Seek | Walk


class Place(NamedTuple):
    """A row found, as the keyset needs it."""

    feedback_id: int
    listed_at: datetime

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.listed_at, self.feedback_id)


def rows_to_walk(wanted: BrowseFilter) -> int:
    """Return how many rows may be looked at for one page of ``wanted``: what takes some 50 ms."""
    looked_up = (
        "q", "tag", "team", "sentiment", "unhappy", "language", "segment", "organisation", "context", "form", "import",
    )  # fmt: skip
    return WALK_ROWS if any(wanted.values_of(name) for name in looked_up) else COLUMN_WALK_ROWS


def choose_plan(wanted: BrowseFilter, selection: QuerySet[Feedback]) -> Plan:
    """Return how to find ``wanted``. Up to eight small queries, none longer than ``SEEK_IDS`` index entries."""
    if selection.query.is_empty():  # known beforehand, so that nobody is told of a search
        return Seek([])
    for candidates in (_of_customers, _of_imports, _of_organisations, _of_languages, _of_tags, _of_words):
        ids = candidates(wanted)
        if ids is not None and len(ids) <= SEEK_IDS:
            return Seek(ids)
    return Walk(_walked(wanted))


def run(
    plan: Plan,
    selection: QuerySet[Feedback, Any],
    *,
    window: int,
    cursor: Cursor | None = None,
    limit: int | None = None,
    is_oldest: bool = False,
) -> list[tuple[Any, ...]]:
    """Return the first ``limit`` rows of ``selection`` (a values_list) beyond ``cursor``, over what ``plan`` leaves.

    In the order of lists. Any: the columns are the caller's. ``window`` counts the rows walked. One query.
    """
    selection = _beyond(selection, cursor, is_oldest=is_oldest)
    selection = selection.order_by(*(OLDEST if is_oldest else NEWEST))[:limit]
    statement = laid_over(plan, selection, window=window, cursor=cursor, is_oldest=is_oldest)
    if statement is None:
        return []
    with connection.cursor() as database:
        database.execute(*statement)
        rows: list[tuple[Any, ...]] = database.fetchall()
    return rows


def laid_over(
    plan: Plan,
    selection: QuerySet[Feedback, Any],
    *,
    window: int,
    cursor: Cursor | None = None,
    is_oldest: bool = False,
) -> tuple[str, list[Any]] | None:
    """Return SQL and parameters of ``selection`` over what ``plan`` leaves; None where it cannot match anything."""
    try:
        sql, params = selection.query.sql_with_params()
        if isinstance(plan, Seek):
            return f"{_SEEK}{sql}", [list(plan.ids), *params]
        walked, before = _window(plan, cursor, window, is_oldest=is_oldest).query.sql_with_params()
    except EmptyResultSet:
        return None
    return f'WITH "feedback_feedback" AS ({walked}) {sql}', [*before, *params]


def edge(plan: Plan, *, window: int, cursor: Cursor | None = None, is_oldest: bool = False) -> Cursor | None:
    """Return the last row of the window, None where nothing lies beyond it. One query, over an index alone."""
    if isinstance(plan, Seek):
        return None
    rows = _window(plan, cursor, window + 1, is_oldest=is_oldest)
    last = list(rows.values_list("listed_at", "id")[window - 1 :])
    return Cursor(*last[0]) if len(last) > 1 else None


def estimated_rows(plan: Walk) -> int:
    """Return how many rows the planner expects the whole walk to have."""
    with connection.cursor() as database:
        sql, params = Feedback.objects.filter(plan.rows).values_list("id").query.sql_with_params()
        database.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        rows: int = search.planned_rows(database.fetchone()[0])
    return rows


def _window(plan: Walk, cursor: Cursor | None, rows: int, *, is_oldest: bool) -> QuerySet[Feedback]:
    walked = _beyond(Feedback.objects.filter(plan.rows), cursor, is_oldest=is_oldest)
    return walked.order_by(*(OLDEST if is_oldest else NEWEST))[:rows]


def _beyond(feedback: QuerySet[Feedback, Any], cursor: Cursor | None, *, is_oldest: bool) -> QuerySet[Feedback, Any]:
    if cursor is None:
        return feedback
    return feedback.filter(cursor.newer if is_oldest else cursor.older)


def _walked(wanted: BrowseFilter) -> Q:
    """Return what an index narrows in the order of lists: days, and one version or one product."""
    rows = Q()
    if wanted.since:
        rows &= Q(listed_at__gte=start_of(wanted.since))
    if wanted.until:
        rows &= Q(listed_at__lt=start_of(wanted.until + timedelta(days=1)))
    if len(wanted.versions) == 1:
        return rows & Q(version=wanted.versions[0])
    if len(wanted.products) == 1:
        return rows & Q(product__in=list(Product.objects.filter(slug=wanted.products[0]).values_list("pk", flat=True)))
    return rows


def _of_customers(wanted: BrowseFilter) -> list[int] | None:
    return _capped(Q(customer__in=person_records(wanted.customers))) if wanted.customers else None


def _of_imports(wanted: BrowseFilter) -> list[int] | None:
    return _capped(Q(source_import__in=wanted.imports)) if wanted.imports else None


def _of_organisations(wanted: BrowseFilter) -> list[int] | None:
    if not wanted.organisations:
        return None
    people = records_of(Customer.objects.filter(organisation__in=wanted.organisations))
    return _capped(Q(customer__in=people.values("pk")))


def _of_languages(wanted: BrowseFilter) -> list[int] | None:
    if not wanted.languages:
        return None
    read = Reading.objects.filter(language__in=["" if code == UNSURE else code for code in wanted.languages])
    return list(read.order_by().values_list("feedback_id", flat=True)[: SEEK_IDS + 1])


def _capped(rows: Q) -> list[int]:
    return list(Feedback.objects.filter(rows).order_by().values_list("id", flat=True)[: SEEK_IDS + 1])


def _of_tags(wanted: BrowseFilter) -> list[int] | None:
    """Return what carries any of the tags, or, where all are wanted, the rarest of them."""
    groups = tag_groups(wanted)
    if not groups or wanted.is_untagged:
        return None
    if wanted.tags_mode == "any":
        groups = [[tag_id for group in groups for tag_id in group]]
    return min((_tagged(group) for group in groups), key=len)


def _tagged(tag_ids: Sequence[int]) -> list[int]:
    said = Tagging.objects.filter(tag_id__in=tag_ids, state=TaggingState.CONFIRMED)
    ids = said.order_by().values_list("feedback_id", flat=True)[: SEEK_IDS + 1]
    distinct = set(ids)
    return list(distinct) if len(ids) <= SEEK_IDS else list(ids)


def _of_words(wanted: BrowseFilter) -> list[int] | None:
    parsed = search.parse(wanted.q)
    if parsed is None or parsed.is_negative:
        return None
    if not parsed.tsquery:
        return []
    if search.estimated_hits(parsed) > SEEK_IDS:
        return None
    return search.hits(parsed, limit=SEEK_IDS + 1)
