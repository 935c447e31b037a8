"""Cursors of feedback ordered newest first."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from apps.core.keyset import read_numbers

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    """The last row of a page: the next one begins after it."""

    captured_at: datetime
    feedback_id: int

    def __str__(self) -> str:
        return f"{(self.captured_at - EPOCH) // timedelta(microseconds=1)}-{self.feedback_id}"

    @property
    def older(self) -> Q:
        """Rows after this one, newest first; served by the indexes that end in (-captured_at, -id)."""
        return Q(captured_at__lte=self.captured_at) & (Q(captured_at__lt=self.captured_at) | Q(id__lt=self.feedback_id))


def parse_cursor(text: str) -> Cursor:
    """Return what ``str(cursor)`` wrote. Raises ValueError for anything else."""
    micros, feedback_id = read_numbers(text)
    try:
        return Cursor(EPOCH + timedelta(microseconds=micros), feedback_id)
    except OverflowError:
        raise ValueError("not a cursor") from None
