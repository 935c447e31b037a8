"""Reads of products and versions."""

from collections.abc import Collection

from django.db import connection


def product_ids(slugs: Collection[str]) -> dict[str, int]:
    """Return the ids of the products that ``slugs`` name, by slug. One query; by hand, for every capture asks it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, id FROM catalog_product WHERE slug = ANY(%s)", [list(slugs)])
        return dict(cursor.fetchall())
