"""Signs of life of the worker and the dispatcher, for ``/readyz`` and for the dispatcher's own judgement."""

import time

from django.db import connection

BEAT_SECONDS = 1.0  # a part writes its beat at most so often

_beaten_at: dict[str, float] = {}  # monotonic seconds of this process, by part


def beat(part: str) -> None:
    """Say that ``part`` is alive: one upsert, at most once per ``BEAT_SECONDS`` and process."""
    now = time.monotonic()
    if now - _beaten_at.get(part, -BEAT_SECONDS) < BEAT_SECONDS:
        return
    _beaten_at[part] = now
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_heartbeat (part, beat_at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (part) DO UPDATE SET beat_at = excluded.beat_at",
            [part],
        )


def age_seconds(part: str) -> float | None:
    """Return how long ago ``part`` last said that it is alive, in seconds; None if never."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 FROM core_heartbeat WHERE part = %s",
            [part],
        )
        row = cursor.fetchone()
    return None if row is None else float(row[0])
