"""What a rule would match, tried on recent feedback before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.catalog.models import Product
from apps.feedback.models import Feedback

RECENT_ROWS = 2000  # the newest, looked at
SHOWN_ROWS = 10


@dataclass(frozen=True)
class RulePreview:
    matched: list[Feedback]  # the newest SHOWN_ROWS
    matched_count: int
    looked_at_count: int


def preview_rule(
    reader: User, *, phrases: Sequence[str], exclusions: Sequence[str], product: Product | None
) -> RulePreview:
    """Try a rule on the newest live feedback that ``reader`` may open. Two queries, nothing written."""
    from apps.tagging import phrases as matcher

    recent = Feedback.objects.visible_to(reader).live().filter(redacted_at=None)
    if product is not None:
        recent = recent.filter(product=product)
    rows = list(recent.order_by("-captured_at", "-id").values_list("id", "product_id", "text")[:RECENT_ROWS])
    rule = matcher.compile_rule(1, phrases, exclusions, product_id=product.pk if product else None)
    fitting = matcher.match_texts([rule], [(product_id, text) for _, product_id, text in rows])
    ids = [row[0] for row, rule_ids in zip(rows, fitting, strict=True) if rule_ids]
    shown = Feedback.objects.filter(pk__in=ids[:SHOWN_ROWS]).select_related(
        "product", "version", "customer", "reading"
    )
    return RulePreview(list(shown.order_by("-captured_at", "-id")), len(ids), len(rows))
