"""What a rule would match, tried on recent feedback before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.catalog.models import Product
from apps.feedback.models import Feedback
from apps.tagging.phrases import compile_phrases

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
    recent = Feedback.objects.visible_to(reader).live().filter(redacted_at=None)
    if product is not None:
        recent = recent.filter(product=product)
    rows = list(recent.order_by("-listed_at", "-id").values_list("id", "text")[:RECENT_ROWS])
    rule = compile_phrases(phrases, exclusions)
    ids = [feedback_id for feedback_id, text in rows if rule.matches(text)]
    shown = Feedback.objects.filter(pk__in=ids[:SHOWN_ROWS]).select_related("product", "version", "customer", "reading")
    return RulePreview(list(shown.order_by("-listed_at", "-id")), len(ids), len(rows))
