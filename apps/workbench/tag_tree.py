"""The taxonomy as a tree, with owners and counts."""

from dataclasses import dataclass

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.priorities.models import Cell, Standing
from apps.tagging.models import KeywordRule
from apps.tagging.tree import TagNode, taxonomy


@dataclass(frozen=True)
class CountedNode:
    node: TagNode
    direct_count: int
    with_below_count: int  # a sum: feedback with two of these tags counts twice
    rule_count: int


@require_safe
@require(Permission.READ_FEEDBACK)
def tag_tree(request: AuthedRequest) -> HttpResponse:
    """Every tag with its owner and how much feedback it has, directly and with the tags below it."""
    context = {"nodes": counted_taxonomy(), "can_manage": may(request.user, Permission.MANAGE_TAXONOMY)}
    return render(request, "tagging/tag_tree.html", context)


def counted_taxonomy() -> list[CountedNode]:
    """Return the tree with counts from standings (of labels: from cells). Four queries."""
    nodes = taxonomy()
    counts = dict(Standing.objects.values_list("tag_id", "feedback_count"))
    labels = [node.tag.pk for node in nodes if node.tag.effective_team_id is None]
    cells = Cell.objects.filter(tag_id__in=labels).values_list("tag_id").annotate(total=Sum("feedback_count"))
    counts.update(dict(cells))
    active = KeywordRule.objects.filter(is_active=True)
    rules = dict(active.values_list("tag_id").annotate(total=Count("pk")))
    return [
        CountedNode(
            node,
            counts.get(node.tag.pk, 0),
            counts.get(node.tag.pk, 0) + sum(counts.get(below, 0) for below in node.below),
            rules.get(node.tag.pk, 0),
        )
        for node in nodes
    ]
