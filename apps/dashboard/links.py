"""Where a figure leads: the list of the feedback behind it."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from apps.priorities.spans import Span

NEGATIVE = "negative"
UNTAGGED = "untagged"


def feedback_url(
    *,
    products: Sequence[str] = (),
    span: Span | None = None,
    until: date | None = None,
    tag: str = "",
    sentiment: str = "",
    version: int | None = None,
    segment: str = "",
    team: str = "",
) -> str:
    """Return the address of the list narrowed so; values are slugs, a version is its id."""
    wanted: list[tuple[str, str]] = [("product", slug) for slug in products]
    pairs = {
        "team": team,
        "version": str(version or ""),
        "tag": tag,
        "segment": segment,
        "sentiment": sentiment,
        "since": span.since.isoformat() if span else "",
        "until": span.until.isoformat() if span else until.isoformat() if until else "",
    }
    wanted += [(key, value) for key, value in pairs.items() if value]
    return f"{reverse('workbench:feedback-list')}?{urlencode(wanted)}"
