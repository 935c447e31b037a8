"""Slots: at most so many of one thing at once by one person, whatever processes they run in. The only writer of slots.

A slot is a row that expires, not a lock of the connection: behind a pooler a connection is not one's own, and a process
that dies holds its slots no longer than ``LEASE``.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from apps.core.models import Slot
from apps.core.turns import take_turn

LEASE = timedelta(minutes=2)
KEEP_SECONDS = 10.0  # a slot in use is kept at most so often


def take_slot(thing: str, holder_id: int, *, limit: int) -> int | None:
    """Return the id of a slot for ``thing`` ("app.what"), or None where its holder has ``limit`` of them already.

    Four queries in a transaction, one holder after another. ``free_slot`` gives it back.
    """
    with transaction.atomic():
        take_turn(f"slot.{thing}", holder_id)
        held = Slot.objects.filter(thing=thing, holder_id=holder_id)
        held.filter(expires_at__lt=Now()).delete()
        if held.count() >= limit:
            return None
        return Slot.objects.create(thing=thing, holder_id=holder_id, expires_at=Now() + LEASE).pk


def keep_slot(slot_id: int) -> None:
    """Put off the slot's expiry to ``LEASE`` from now; one that is gone stays gone."""
    Slot.objects.filter(pk=slot_id).update(expires_at=Now() + LEASE)


def free_slot(slot_id: int) -> None:
    """Give the slot back; a second time it does nothing."""
    Slot.objects.filter(pk=slot_id).delete()


class Held(Iterator[str]):
    """What ``lines`` yields, holding a slot until they end, fail or are closed: the content of a streamed answer.

    A reader who pauses for longer than ``LEASE`` may find that somebody else has got the slot; the stream goes on.
    """

    def __init__(self, slot_id: int, lines: Iterator[str]) -> None:
        self._slot_id, self._lines = slot_id, lines
        self._kept_at = time.monotonic()

    def __next__(self) -> str:
        if time.monotonic() - self._kept_at > KEEP_SECONDS:
            keep_slot(self._slot_id)
            self._kept_at = time.monotonic()
        try:
            return next(self._lines)
        except BaseException:  # its end is an exception too
            free_slot(self._slot_id)
            raise

    def close(self) -> None:
        """Stop reading, as the server does when the client went away or was sent everything."""
        close = getattr(self._lines, "close", None)
        if close is not None:
            close()
        free_slot(self._slot_id)
