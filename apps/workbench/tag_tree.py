"""The taxonomy as a tree, with owners and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.priorities.models import Cell, Standing
from apps.tagging.models import KeywordRule
from apps.tagging.tree import TagNode, taxonomy

DISTINCT_PAIRS_LIMIT = 1_000_000  # read for one page: about a second; beyond, sums say "at most"


@dataclass(frozen=True)
class CountedNode:
    node: TagNode
    direct_count: int
    with_below_count: int  # each piece once, whatever number of these tags it has
    is_at_most: bool  # a sum all the same: there are too many pieces to look which of them are the same
    rule_count: int


@require_safe
@require(Permission.READ_FEEDBACK)
def tag_tree(request: AuthedRequest) -> HttpResponse:
    """Every tag with its owner and how much feedback it has, directly and with the tags below it."""
    context = {"nodes": counted_taxonomy(), "can_manage": may(request.user, Permission.MANAGE_TAXONOMY)}
    return render(request, "tagging/tag_tree.html", context)


def counted_taxonomy() -> list[CountedNode]:
    """Return the tree with counts from standings (of labels: from cells); with those below from pairs. Five queries.

    All count the same: live feedback that is not restricted, whoever looks.
    """
    nodes = taxonomy()
    counts = dict(Standing.objects.values_list("tag_id", "feedback_count"))
    labels = [node.tag.pk for node in nodes if node.tag.effective_team_id is None]
    cells = Cell.objects.filter(tag_id__in=labels).values_list("tag_id").annotate(total=Sum("feedback_count"))
    counts.update(dict(cells))
    active = KeywordRule.objects.filter(is_active=True)
    rules = dict(active.values_list("tag_id").annotate(total=Count("pk")))
    distinct = _distinct_counts(nodes, counts)
    return [
        CountedNode(
            node,
            counts.get(node.tag.pk, 0),
            distinct.get(node.tag.pk, _sum_of(node, counts)),
            bool(node.below) and node.tag.pk not in distinct,
            rules.get(node.tag.pk, 0),
        )
        for node in nodes
    ]


def _sum_of(node: TagNode, counts: Mapping[int, int]) -> int:
    return sum(counts.get(tag_id, 0) for tag_id in (node.tag.pk, *node.below))


_DISTINCT_SQL = """
    SELECT b.root, count(DISTINCT p.feedback_id)
      FROM unnest(%(roots)s::bigint[], %(tags)s::bigint[]) AS b (root, tag_id)
      JOIN tagging_pair p ON p.tag_id = b.tag_id AND p.is_counted
     GROUP BY 1
"""


def _distinct_counts(nodes: Sequence[TagNode], counts: Mapping[int, int]) -> dict[int, int]:
    """Return how much feedback each tag has together with all below it; {} where that is too much to read."""
    branches = [(node.tag.pk, tag_id) for node in nodes if node.below for tag_id in (node.tag.pk, *node.below)]
    if not branches or sum(counts.get(tag_id, 0) for _, tag_id in branches) > DISTINCT_PAIRS_LIMIT:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT_SQL, {"roots": [root for root, _ in branches], "tags": [tag for _, tag in branches]})
        return {root: 0 for root, _ in branches} | dict(cursor.fetchall())
