"""Figures of months, kept: a page reads again only the months in which something changed.

Whatever changes a month's figures changes its mark, and the mark is part of the name under which they are kept: what is
outdated is never found, so nothing has to be told that it is, and what is lost is counted again.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from django.core.cache import caches

T = TypeVar("T")
Marks = Mapping[date, tuple[object, ...]]  # by the first day of a month

SHAPE = 1  # of what is kept: another number when it changes
KEPT_SECONDS = 3 * 24 * 3600


def total_of(
    name: str,
    *,
    read_marks: Callable[[Sequence[date]], Marks],
    count: Callable[[Sequence[date]], Mapping[date, T]],
    add: Callable[[Iterable[T]], T],
) -> T:
    """Return the figures of all months together: kept, else of the months kept, and those that ``count`` counts.

    ``name``: what is counted and how, beyond the months. ``read_marks`` gets the months to read, none for all. Queries:
    those of ``read_marks`` and one; where something changed one more, those of ``count`` and ``read_marks``, and some
    for each month kept.
    """
    cache = caches["results"]
    marks = read_marks([])
    whole = _key(name, sorted(marks.items()))
    found: T | None = cache.get(whole)
    if found is not None:
        return found
    keys = {month: _key(name, [(month, mark)]) for month, mark in marks.items()}
    kept = cache.get_many(keys.values())
    missing = sorted(month for month, key in keys.items() if key not in kept)
    made = count(missing) if missing else {}
    total = add([kept[key] if key in kept else made[month] for month, key in keys.items()])
    now = read_marks(missing) if missing else {}  # what changed while it was counted is not kept under its old mark
    sure = [month for month in missing if now.get(month) == marks[month]]
    cache.set_many({keys[month]: made[month] for month in sure}, KEPT_SECONDS)
    if sure == missing:
        cache.set(whole, total, KEPT_SECONDS)
    return total


def _key(name: str, marks: Sequence[tuple[date, tuple[object, ...]]]) -> str:
    said = repr((SHAPE, name, [(month.isoformat(), mark) for month, mark in marks]))
    return hashlib.sha256(said.encode()).hexdigest()


def span_of(months: Sequence[date]) -> tuple[date, date]:
    """Return the first and the last day of ``months``, which are not none."""
    return min(months), next_month(max(months)) - timedelta(days=1)


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
