"""Addresses of things that people name."""

from collections.abc import Collection

from django.utils.text import slugify


def unique_slug(name: str, *, taken: Collection[str], max_length: int, fallback: str) -> str:
    """Return a slug for ``name`` that is not in ``taken``: "ph-meter", then "ph-meter-2", "ph-meter-3" …

    A name without a Latin letter or digit gets ``fallback``.
    """
    stem = slugify(name)[:max_length].strip("-_") or fallback
    slug, number = stem, 1
    while slug in taken:
        number += 1
        tail = f"-{number}"
        slug = stem[: max_length - len(tail)].rstrip("-_") + tail
    return slug
