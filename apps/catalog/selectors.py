"""Reads of products and versions."""

import time
from collections.abc import Collection

from django.db import connection

KNOWN_SECONDS = 10.0
KNOWN_PRODUCTS = 10_000  # remembered at most

_known: dict[str, int] = {}
_known_since = 0.0  # monotonic seconds


def product_ids(slugs: Collection[str]) -> dict[str, int]:
    """Return the ids of the products that ``slugs`` name, by slug; one query, none for those met a moment ago.

    A slug never changes; a product that was deleted since is refused by whoever inserts.
    """
    _forget_in_time()
    found = {slug: product_id for slug in slugs if (product_id := _known.get(slug)) is not None}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        with connection.cursor() as cursor:  # by hand, for every call that captures asks it
            cursor.execute("SELECT slug, id FROM catalog_product WHERE slug = ANY(%s)", [missing])
            met = dict(cursor.fetchall())
        _known.update(met)
        found |= met
    return found


def _forget_in_time() -> None:
    global _known_since  # noqa: PLW0603 one clock per process; a lost update forgets once more
    now = time.monotonic()
    if now - _known_since > KNOWN_SECONDS or len(_known) > KNOWN_PRODUCTS:
        forget_products()
        _known_since = now


def forget_products() -> None:
    _known.clear()
