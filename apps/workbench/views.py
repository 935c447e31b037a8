"""The feedback list and one feedback, as staff read them."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, require
from apps.catalog.models import Product
from apps.core.http import AuthedRequest, wants_fragment
from apps.feedback.models import Feedback, FeedbackState
from apps.insight import search
from apps.tagging.tree import TagNode, taxonomy
from apps.workbench import selectors
from apps.workbench.forms import UNTAGGED, FilterForm, TagForm
from apps.workbench.keyset import Cursor, parse_cursor
from apps.workbench.selectors import FeedbackFilter

EXCERPT_CHARACTERS = 600


@require_safe
@require(Permission.READ_FEEDBACK)
def feedback_list(request: AuthedRequest) -> HttpResponse:
    """Search and filter feedback, newest first: the page, or its results when htmx filters."""
    form = FilterForm(request.GET)
    form.is_valid()  # what is not understood is told and left out
    nodes = taxonomy()
    products = list(Product.objects.all())
    can_moderate = may(request.user, Permission.MODERATE_FEEDBACK)
    wanted = _wanted(form, nodes, products, can_moderate=can_moderate)
    feedback = selectors.matching_feedback(selectors.readable_feedback(request.user), wanted)
    context = {
        "form": form,
        "wanted": wanted,
        "nodes": nodes,
        "products": products,
        "can_moderate": can_moderate,
        "has_filters": any(form.cleaned_data.values()),
        **_results(feedback, wanted, _cursor(form)),
    }
    name = "_feedback_results.html" if wants_fragment(request) else "feedback_list.html"
    response = render(request, f"workbench/{name}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _results(feedback: "QuerySet[Feedback]", wanted: FeedbackFilter, cursor: Cursor | None) -> dict[str, object]:
    page = selectors.feedback_page(feedback, cursor=cursor)
    rows = [
        {
            "feedback": entry,
            "tags": selectors.distinct_tags(entry),
            "segments": search.highlight(entry.text[:EXCERPT_CHARACTERS], wanted.q),
            "is_cut": len(entry.text) > EXCERPT_CHARACTERS,
        }
        for entry in page.entries
    ]
    return {
        "rows": rows,
        "count": selectors.capped_count(feedback),
        "next_cursor": page.next_cursor,
        "is_first_page": cursor is None,
    }


def _wanted(form: FilterForm, nodes: list[TagNode], products: list[Product], *, can_moderate: bool) -> FeedbackFilter:
    """Return the filter that the form asks for. A tag stands for itself and all below it."""
    asked = form.cleaned_data
    product = next((one for one in products if one.slug == asked.get("product")), None)
    node = next((one for one in nodes if one.tag.slug == asked.get("tag")), None)
    return FeedbackFilter(
        q=asked.get("q", ""),
        product=product,
        tag_ids=[node.tag.pk, *node.below] if node else [],
        is_untagged=asked.get("tag") == UNTAGGED and node is None,
        sentiment=asked.get("sentiment", ""),
        rating=int(asked["rating"]) if asked.get("rating") else None,
        channel=asked.get("channel", ""),
        state=(can_moderate and asked.get("state")) or FeedbackState.LIVE,
        since=asked.get("since"),
        until=asked.get("until"),
    )


def _cursor(form: FilterForm) -> Cursor | None:
    try:
        return parse_cursor(form.cleaned_data.get("cursor", ""))
    except ValueError:
        return None


@require_safe
@require(Permission.READ_FEEDBACK)
def feedback_detail(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """One feedback: its words, who said them, what was read in them, its tags, and what may be done."""
    feedback = readable_or_404(request.user, feedback_id)
    context = {
        **tags_context(request, feedback),
        "others": selectors.others_of_customer(feedback, request.user),
        "can_moderate": may_moderate(request.user, feedback),
        "can_erase": _has_person(feedback) and may(request.user, Permission.ERASE_CUSTOMER),
    }
    return render(request, "workbench/feedback_detail.html", context)


def _has_person(feedback: Feedback) -> bool:
    return feedback.customer is not None and feedback.customer.erased_at is None


def readable_or_404(user: User, feedback_id: int) -> Feedback:
    """Return feedback that ``user`` may open, with all that its page shows."""
    return get_object_or_404(
        selectors.readable_feedback(user).select_related(
            "product__team",
            "version",
            "customer__organisation",
            "customer__segment",
            "customer__organisation__segment",
            "reading",
            "form",
            "source_import",
        ),
        pk=feedback_id,
    )


def may_moderate(user: User, feedback: Feedback) -> bool:
    """Return whether ``user`` may hold or withdraw ``feedback``: a role in the team that owns its product."""
    return may(user, Permission.MODERATE_FEEDBACK, team=feedback.product.team)


def tags_context(request: HttpRequest, feedback: Feedback, form: TagForm | None = None) -> dict[str, object]:
    """Return the context of ``_tags.html``, alone or within the page."""
    stated = selectors.stated_tags(feedback.pk)
    return {
        "feedback": feedback,
        "tags": [one for one in stated if not one.is_rejected],
        "rejected_tags": [one for one in stated if one.is_rejected],
        "nodes": taxonomy(),
        "tag_form": form or TagForm(),
        "can_tag": may(request.user, Permission.TAG_FEEDBACK),
    }
