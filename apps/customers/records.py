"""Which records are one person's: those merged stay, and point at the one that was kept. Reads only."""

from collections.abc import Collection

from django.db import connection

SAME_PERSON = """
WITH RECURSIVE above(asked, id, next) AS (
    SELECT id, id, merged_into_id FROM customers_customer WHERE id = ANY(%s)
    UNION SELECT above.asked, c.id, c.merged_into_id FROM above JOIN customers_customer c ON c.id = above.next
), person(asked, kept, id) AS (
    SELECT asked, id, id FROM above WHERE next IS NULL
    UNION SELECT person.asked, person.kept, c.id FROM person JOIN customers_customer c ON c.merged_into_id = person.id
)
SELECT asked, kept, array_agg(id ORDER BY id) FROM person GROUP BY asked, kept
"""


def records_of(customer_ids: Collection[int]) -> dict[int, list[int]]:
    """Return by each of ``customer_ids`` all records of that person, its own among them. One query."""
    found = {asked: records for asked, _kept, records in _read(customer_ids)}
    return {asked: found.get(asked, [asked]) for asked in customer_ids}


def kept_record(customer_id: int) -> int:
    """Return which record the person's others are merged into; itself where there are none. One query."""
    return next((kept for _asked, kept, _records in _read([customer_id])), customer_id)


def _read(customer_ids: Collection[int]) -> list[tuple[int, int, list[int]]]:
    if not customer_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(SAME_PERSON, [list(customer_ids)])
        return list(cursor.fetchall())
