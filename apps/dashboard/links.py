"""Where a figure leads: the list of the feedback behind it."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from urllib.parse import urlencode

from django.urls import reverse

from apps.priorities.spans import Span

UNTAGGED = "untagged"


def feedback_url(
    *,
    products: Sequence[str] = (),
    span: Span | None = None,
    until: date | None = None,
    tag: str = "",
    version: int | None = None,
    segment: str = "",
    team: str = "",
    state: str = "",
) -> str:
    """Return the address of the list narrowed so; values are slugs, a version is its id."""
    wanted: list[tuple[str, str]] = [("product", slug) for slug in products]
    pairs = {
        "team": team,
        "state": state,
        "version": str(version or ""),
        "tag": tag,
        "segment": segment,
        "since": span.since.isoformat() if span else "",
        "until": span.until.isoformat() if span else until.isoformat() if until else "",
    }
    wanted += [(key, value) for key, value in pairs.items() if value]
    return f"{_list_url()}?{urlencode(wanted)}"


@cache  # a dashboard asks it some hundred times, and an address does not change while the process lives
def _list_url() -> str:
    return reverse("workbench:feedback-list")


def unhappy_of(url: str) -> str:
    """Return the address of the unhappy ones in the list at ``url``, of ``feedback_url`` with anything narrowed."""
    return f"{url}&unhappy=yes"
