"""Cursors of feedback in the order of lists: by ``listed_at``, then id."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from apps.core.keyset import read_numbers

EPOCH = datetime(1900, 1, 1, tzinfo=UTC)  # before any feedback: feedback.normalise.EARLIEST


class Cursor(NamedTuple):
    """The last row of a page, or of what was searched: the next page begins after it."""

    listed_at: datetime
    feedback_id: int

    def __str__(self) -> str:
        return f"{(self.listed_at - EPOCH) // timedelta(microseconds=1)}-{self.feedback_id}"

    @property
    def older(self) -> Q:
        """Rows after this one, newest first; served by the indexes that end in (-listed_at, -id)."""
        return Q(listed_at__lte=self.listed_at) & (Q(listed_at__lt=self.listed_at) | Q(id__lt=self.feedback_id))

    @property
    def newer(self) -> Q:
        """Rows after this one, oldest first."""
        return Q(listed_at__gte=self.listed_at) & (Q(listed_at__gt=self.listed_at) | Q(id__gt=self.feedback_id))


def parse_cursor(text: str) -> Cursor:
    """Return what ``str(cursor)`` wrote. Raises ValueError for anything else."""
    micros, feedback_id = read_numbers(text)
    try:
        return Cursor(EPOCH + timedelta(microseconds=micros), feedback_id)
    except OverflowError:
        raise ValueError("not a cursor") from None
