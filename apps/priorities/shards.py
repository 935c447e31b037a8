"""Shards of the ledger: whoever folds or derives a tag holds its shard's advisory lock until its transaction ends."""

from collections.abc import Iterable

from django.db import connection

from apps.tagging import ledger

COUNT = ledger.SHARDS
LOCK_CLASS = 4201  # pair ledger; the volume ledger's is one more


def of_tags(tag_ids: Iterable[int]) -> set[int]:
    """Return the shards that hold ``tag_ids``."""
    return {tag_id % COUNT for tag_id in tag_ids}


def try_hold(shard: int, *, lock_class: int = LOCK_CLASS) -> bool:
    """Take a shard if it is free. A statement of its own, so that what follows sees all that the last holder did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [lock_class, shard])
        return bool(cursor.fetchone()[0])


def hold(shards: Iterable[int], *, lock_class: int = LOCK_CLASS) -> None:
    """Wait for shards and take them, in order, so that two who take several never block each other."""
    with connection.cursor() as cursor:
        for shard in sorted(shards):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock_class, shard])
