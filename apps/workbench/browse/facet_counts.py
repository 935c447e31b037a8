"""Counting by facet: one query for any number of facets, over the rows that a plan leaves of a selection.

The query groups by what was said together (both of a reading, both of a person, all tags of one feedback), so that it
needs no join, whose plan could go wrong; the groups are taken apart here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, F, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, TruncMonth
from django.utils import timezone

from apps.catalog.models import Product
from apps.customers.merging import person_behind
from apps.feedback.models import Identity
from apps.insight.models import Reading
from apps.tagging.models import Tagging, TaggingState
from apps.tagging.tree import TagNode
from apps.workbench.browse.conditions import Reader, selection
from apps.workbench.browse.filters import UNTAGGED, BrowseFilter
from apps.workbench.browse.plans import choose_plan, edge, laid_over

FACET_ROWS = 10_000  # the newest, counted one by one

# What is grouped by, for each facet.
GROUP_OF = {
    "product": "product",
    "version": "version",
    "tag": "tags",
    "team": "tags",
    "channel": "channel",
    "sentiment": "reading",
    "rating": "rating",
    "segment": "person",
    "organisation": "person",
    "language": "reading",
    "context": "context",
    "month": "month",
}
FACET_KEYS = tuple(GROUP_OF)

_PLAIN = "SELECT '{group}', of_{group}::text, count(*) FROM base WHERE of_{group} IS NOT NULL GROUP BY of_{group}"
_TAGS = "SELECT 'tags', of_product || ':' || array_to_string(of_tags, ','), count(*) FROM base GROUP BY 2"
_CONTEXT = """
SELECT 'context', pair.field || ':' || pair.value, count(*)
FROM base CROSS JOIN LATERAL jsonb_each_text(base.of_context) AS pair (field, value)
GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 300
"""
_GROUP_SQL = {"tags": _TAGS, "context": _CONTEXT}


class Counted(NamedTuple):
    """What one query found: counts by facet and raw value, and whether more lies beyond what was walked."""

    counts: dict[str, Counter[str]]
    is_estimate: bool


def count_facets(reader: Reader, wanted: BrowseFilter, keys: Sequence[str], nodes: Iterable[TagNode]) -> Counted:
    """Count the facets ``keys`` (of FACET_KEYS) over ``wanted``. Two or three queries beyond those of the plan.

    Tags count what is tagged with one below them too, unless the filter says otherwise.
    """
    if not keys:
        return Counted({}, is_estimate=False)
    feedback = selection(reader, wanted)
    plan = choose_plan(wanted, feedback)
    groups = sorted({GROUP_OF[key] for key in keys})
    statement = laid_over(plan, feedback.values(**_columns(groups)), window=FACET_ROWS)
    if statement is None:
        return Counted({key: Counter() for key in keys}, is_estimate=False)
    found = _fetch(*statement, groups)
    counts = {key: found[GROUP_OF[key]] for key in keys if GROUP_OF[key] == key}
    counts |= _taken_apart(keys, found)
    counts |= _of_tags(keys, found.get("tags", Counter()), nodes, with_below=wanted.with_below)
    return Counted(counts, edge(plan, window=FACET_ROWS) is not None)


def _fetch(base: str, params: list[Any], groups: Sequence[str]) -> dict[str, Counter[str]]:
    """Return how often each value of ``groups`` occurs. One query."""
    counted = " UNION ALL ".join(f"({_GROUP_SQL.get(group, _PLAIN).format(group=group)})" for group in groups)
    found: dict[str, Counter[str]] = {group: Counter() for group in groups}
    with connection.cursor() as database:
        database.execute(f"WITH base AS MATERIALIZED ({base}) {counted}", params)
        for group, value, number in database.fetchall():
            found[group][value] = number
    return found


def _columns(groups: Iterable[str]) -> dict[str, Any]:
    """Return the expressions to group by. Any: Django takes expressions of any kind."""
    readings = Reading.objects.filter(feedback=OuterRef("pk"))
    people = person_behind("customer_id")
    said = Tagging.objects.filter(feedback=OuterRef("pk"), state=TaggingState.CONFIRMED)
    segment = Coalesce("segment_id", "organisation__segment_id")
    expressions: dict[str, dict[str, Any]] = {
        "product": {"of_product": F("product_id")},
        "version": {"of_version": F("version_id")},
        "channel": {"of_channel": F("channel")},
        "rating": {"of_rating": F("rating")},
        "context": {"of_context": F("context")},
        "month": {"of_month": TruncMonth("listed_at", tzinfo=timezone.get_default_timezone())},
        "reading": {"of_reading": Subquery(readings.values(found=_both("sentiment", "language"))[:1])},
        "person": {
            "of_person": Case(
                When(
                    identity=Identity.VERIFIED,
                    then=Subquery(people.values(found=_both(segment, "organisation_id"))[:1]),
                )
            )
        },
        "tags": {
            "of_product": F("product_id"),
            "of_tags": ArraySubquery(said.order_by("tag_id").values("tag_id")),
        },
    }
    return {name: expression for group in groups for name, expression in expressions[group].items()}


def _both(first: Any, second: Any) -> Concat:  # Any: a field's name or an expression of it
    """Return "first:second", where none is blank."""
    return Concat(Cast(first, TextField()), Value(":"), Cast(second, TextField()), output_field=TextField())


def _taken_apart(keys: Iterable[str], found: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    places = {"sentiment": 0, "language": 1, "segment": 0, "organisation": 1}
    counts: dict[str, Counter[str]] = {}
    for key in keys:
        if key not in places:
            continue
        counts[key] = Counter()
        for value, number in found[GROUP_OF[key]].items():
            part = value.split(":")[places[key]]
            if part or key == "language":  # read, but unsure of its language
                counts[key][part] += number
    return counts


def _of_tags(
    keys: Iterable[str], found: Counter[str], nodes: Iterable[TagNode], *, with_below: bool
) -> dict[str, Counter[str]]:
    """Return the counts of tags and teams from groups "product:tag,tag"."""
    asked = [key for key in ("tag", "team") if key in keys]
    if not asked:
        return {}
    stands_for = {
        node.tag.pk: {node.tag.pk, *(above.pk for above in node.ancestors)} if with_below else {node.tag.pk}
        for node in nodes
    }
    team_of_tag = {node.tag.pk: node.tag.effective_team_id for node in nodes}
    team_of_product = dict(Product.objects.order_by().values_list("pk", "team_id")) if "team" in asked else {}
    counts: dict[str, Counter[str]] = {key: Counter() for key in asked}
    for value, number in found.items():
        product, _, said = value.partition(":")
        tags = {int(tag) for tag in said.split(",") if tag}
        if "tag" in asked:
            named = {str(above) for tag in tags for above in stands_for.get(tag, ())} or {UNTAGGED}
            counts["tag"].update(dict.fromkeys(named, number))
        if "team" in asked:
            teams = {team_of_tag.get(tag) for tag in tags} | {team_of_product.get(int(product))}
            counts["team"].update({str(team): number for team in teams if team is not None})
    return counts
