"""Turns: one transaction at a time does a named thing, whatever process it runs in."""

from django.db import connection


def take_turn(name: str, key: int = 0) -> None:
    """Wait until no other transaction holds the turn of ``name`` (and ``key``), and hold it until this one ends.

    One query. ``name`` as "app.what"; ``key`` tells, say, one person's turn from another's. Taken again in the same
    transaction it is held already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [name, key % 2**31])
