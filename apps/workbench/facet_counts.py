"""Counting by facet: one query for any number of facets, over the rows that a plan leaves of a selection."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from apps.customers.models import Customer
from apps.feedback.models import Identity
from apps.insight.models import Reading
from apps.tagging.tree import TagNode
from apps.workbench.conditions import Reader, selection
from apps.workbench.filters import BrowseFilter
from apps.workbench.plans import choose_plan, edge, laid_over

FACET_ROWS = 10_000  # the newest, counted one by one


class Counted(NamedTuple):
    """What one query found: counts by facet and raw value, and whether more lies beyond what was walked."""

    counts: dict[str, dict[str, int]]
    is_estimate: bool


_PLAIN = "SELECT '{key}', of_{key}::text, count(*) FROM base WHERE of_{key} IS NOT NULL GROUP BY of_{key}"
_PLAIN_KEYS = ("product", "version", "channel", "sentiment", "rating", "segment", "organisation", "language", "month")
FACET_SQL = {
    **{key: _PLAIN.format(key=key) for key in _PLAIN_KEYS},
    "tag": (
        "SELECT 'tag', tree.above::text, count(DISTINCT said.id) FROM said JOIN tree ON tree.tag = said.tag_id"
        " GROUP BY tree.above UNION ALL SELECT 'tag', 'untagged', count(*) FROM base"
        " WHERE NOT EXISTS (SELECT FROM said WHERE said.id = base.of_id)"
    ),
    "team": (
        "SELECT 'team', owned.team_id::text, count(DISTINCT owned.id) FROM ("
        " SELECT base.of_id AS id, p.team_id FROM base JOIN catalog_product p ON p.id = base.of_product"
        " UNION ALL SELECT said.id, t.effective_team_id FROM said JOIN tagging_tag t ON t.id = said.tag_id"
        " ) AS owned WHERE owned.team_id IS NOT NULL GROUP BY owned.team_id"
    ),
    "context": (
        "SELECT 'context', pair.field || ':' || pair.value, count(*) FROM base"
        " CROSS JOIN LATERAL jsonb_each_text(base.of_context) AS pair (field, value)"
        " GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 300"
    ),
}
_NEEDED = {"team": ("product",)}  # columns besides a facet's own
_ALL_SQL = """
WITH base AS MATERIALIZED ({base}),
tree AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS t (tag, above)),
said AS MATERIALIZED (
    SELECT base.of_id AS id, stated.tag_id FROM base CROSS JOIN LATERAL (
        SELECT tag_id FROM tagging_tagging WHERE feedback_id = base.of_id AND state = 'confirmed' OFFSET 0
    ) AS stated
)
{facets}
"""


def count_facets(reader: Reader, wanted: BrowseFilter, keys: Sequence[str], nodes: Iterable[TagNode]) -> Counted:
    """Count the facets ``keys`` (of FACET_SQL) over ``wanted``. Two queries beyond those of the plan.

    Tags count what is tagged with one below them too, unless the filter says otherwise.
    """
    counts: dict[str, dict[str, int]] = {key: {} for key in keys}
    if not keys:
        return Counted(counts, is_estimate=False)
    plan = choose_plan(wanted)
    rows = selection(reader, wanted).values(**_columns(keys))
    statement = laid_over(plan, rows, window=FACET_ROWS)
    if statement is None:
        return Counted(counts, is_estimate=False)
    base, params = statement
    sql = _ALL_SQL.format(base=base, facets=" UNION ALL ".join(f"({FACET_SQL[key]})" for key in keys))
    with connection.cursor() as database:
        database.execute(sql, [*params, *_tree(nodes, with_below=wanted.with_below)])
        for key, value, number in database.fetchall():
            counts[key][value] = number
    return Counted(counts, edge(plan, window=FACET_ROWS) is not None)


def _columns(keys: Sequence[str]) -> dict[str, Any]:
    """Return the expressions that ``keys`` count by. Any: Django takes expressions of any kind."""
    readings = Reading.objects.filter(feedback=OuterRef("pk"))
    people = Customer.objects.filter(pk=OuterRef("customer_id"))
    segment = people.values(found=Coalesce("segment_id", "organisation__segment_id"))[:1]
    columns = {
        "product": F("product_id"),
        "version": F("version_id"),
        "channel": F("channel"),
        "rating": F("rating"),
        "context": F("context"),
        "month": TruncMonth("listed_at", tzinfo=timezone.get_default_timezone()),
        "sentiment": Subquery(readings.values("sentiment")[:1]),
        "language": Subquery(readings.values("language")[:1]),
        "segment": Case(When(identity=Identity.VERIFIED, then=Subquery(segment))),
        "organisation": Case(When(identity=Identity.VERIFIED, then=Subquery(people.values("organisation_id")[:1]))),
    }
    wanted = {one for key in keys for one in (key, *_NEEDED.get(key, ()))}
    return {"of_id": F("id"), **{f"of_{key}": value for key, value in columns.items() if key in wanted}}


def _tree(nodes: Iterable[TagNode], *, with_below: bool) -> tuple[list[int], list[int]]:
    """Return two columns: each tag, and each tag that it counts for."""
    pairs = [(node.tag.pk, node.tag.pk) for node in nodes]
    if with_below:
        pairs += [(below, node.tag.pk) for node in nodes for below in node.below]
    return [tag for tag, _ in pairs], [above for _, above in pairs]
