"""The feedback behind a tag, newest first: what of it a reader may open, and how much more there is."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from apps.accounts.models import User
from apps.core.keyset import read_numbers
from apps.feedback.models import Feedback
from apps.tagging.models import Pair, Tag

PAGE_ROWS = 10
HIDDEN_CAP = 1000


class EvidenceCursor(NamedTuple):
    """The last pair of a page: the next one begins after it."""

    day: date
    feedback_id: int

    def __str__(self) -> str:
        return f"{self.day.toordinal()}-{self.feedback_id}"


@dataclass(frozen=True)
class Evidence:
    pairs: list[Pair]
    next_cursor: EvidenceCursor | None
    # Counted here, but not the reader's to open; HIDDEN_CAP + 1 means more than the cap. Of the first page only.
    hidden_count: int


def parse_cursor(text: str) -> EvidenceCursor | None:
    """Return what ``str(cursor)`` wrote; None for anything else."""
    try:
        ordinal, feedback_id = read_numbers(text)
        return EvidenceCursor(date.fromordinal(ordinal), feedback_id)
    except (ValueError, OverflowError):
        return None


def evidence(tag: Tag, reader: User, cursor: EvidenceCursor | None = None, *, limit: int = PAGE_ROWS) -> Evidence:
    """Return counted pairs of ``tag``, newest first (index ``pair_newest``). Two queries; one after the first page."""
    counted = Pair.objects.filter(tag=tag, is_counted=True)
    is_readable = Exists(Feedback.objects.visible_to(reader).filter(pk=OuterRef("feedback_id")))
    page = counted.filter(is_readable)
    if cursor is not None:
        page = page.filter(Q(day__lte=cursor.day) & (Q(day__lt=cursor.day) | Q(feedback_id__lt=cursor.feedback_id)))
    page = page.select_related("feedback__product", "feedback__version", "feedback__customer", "feedback__reading")
    rows = list(page.order_by("-day", "-feedback_id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return Evidence(
        pairs=rows[:limit],
        next_cursor=EvidenceCursor(last.day, last.feedback_id) if last else None,
        hidden_count=0 if cursor else _hidden_count(tag, reader),
    )


def _hidden_count(tag: Tag, reader: User) -> int:
    """Count from the few that are not open to everyone (index ``feedback_hidden``), not from the many that are."""
    hidden = Feedback.objects.hidden_from(reader)
    counted = Pair.objects.filter(tag=tag, is_counted=True, feedback_id__in=hidden.values("pk"))
    return counted[: HIDDEN_CAP + 1].count()
