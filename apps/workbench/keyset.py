"""Cursors of lists ordered newest first: opaque to the caller, strict when read."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_ID = 2**63 - 1


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
    micros, _, feedback_id = text.partition("-")
    if not (text.isascii() and micros.isdigit() and feedback_id.isdigit() and len(text) <= 40):
        raise ValueError("not a cursor")
    if int(feedback_id) > MAX_ID:
        raise ValueError("not a cursor")
    try:
        return Cursor(EPOCH + timedelta(microseconds=int(micros)), int(feedback_id))
    except OverflowError:
        raise ValueError("not a cursor") from None
