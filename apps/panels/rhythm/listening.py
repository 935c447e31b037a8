"""Which segments, sites and products nobody has listened to for a while.

Heard means: a session with somebody of it took place, or verified feedback came from it. Segments and products are read
from volume cells, sites from customers' profiles and, of feedback, the index ``feedback_listed`` alone; a merged record
counts as the one it was merged into. Restricted feedback and sessions are left out.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection

from apps.panels.rhythm.days import day_of

WEEKS = (4, 8, 12, 26, 52)  # to choose from
ROWS_SHOWN = 100


class Place(NamedTuple):
    """A segment, a site or a product."""

    key: str  # its id; a site's name
    name: str
    customer_count: int
    session_on: date | None  # the last session
    feedback_on: date | None  # the last feedback

    @property
    def heard_on(self) -> date | None:
        return max((day for day in (self.session_on, self.feedback_on) if day), default=None)


class Silence(NamedTuple):
    """The places of one kind that were not heard, the longest silent first."""

    kind: str  # segment, site, product: also the parameter that looks for its customers
    rows: list[Place]
    silent_count: int
    place_count: int


class _Sessions(NamedTuple):
    by_segment: dict[str, date]
    by_site: dict[str, date]


_SEGMENTS_SQL = """
SELECT s.id, s.name, count(c.id) FROM customers_segment s
  LEFT JOIN (SELECT c.id, coalesce(c.segment_id, o.segment_id) AS segment_id FROM customers_customer c
               LEFT JOIN customers_organisation o ON o.id = c.organisation_id
              WHERE c.erased_at IS NULL AND c.merged_into_id IS NULL) c ON c.segment_id = s.id
 GROUP BY s.id, s.name
"""
_PRODUCTS_SQL = """
SELECT p.id, p.name, count(DISTINCT u.customer_id) FROM catalog_product p
  LEFT JOIN (SELECT u.product_id, c.id AS customer_id FROM customers_productuse u
               JOIN customers_customer c ON c.id = u.customer_id AND c.erased_at IS NULL AND c.merged_into_id IS NULL) u
       ON u.product_id = p.id
 WHERE p.archived_at IS NULL
 GROUP BY p.id, p.name
"""
_SITES_SQL = """
WITH root AS (
    SELECT id, sites FROM customers_customer
     WHERE cardinality(sites) > 0 AND erased_at IS NULL AND merged_into_id IS NULL
), heard AS (
    SELECT root.id, max(f.listed_at) AS heard_at
      FROM root JOIN customers_customer c ON coalesce(c.merged_into_id, c.id) = root.id
      JOIN feedback_feedback f ON f.customer_id = c.id
     WHERE f.state = 'live' AND f.visibility <> 'restricted' AND f.identity = 'verified'
     GROUP BY root.id
)
SELECT site, count(DISTINCT root.id), max(heard.heard_at)
  FROM root CROSS JOIN LATERAL unnest(root.sites) AS site LEFT JOIN heard ON heard.id = root.id
 WHERE site <> ''
 GROUP BY site
"""
_FEEDBACK_SQL = """
SELECT segment_id, product_id, max(day) FROM priorities_volumecell WHERE feedback_count > 0
 GROUP BY GROUPING SETS ((segment_id), (product_id))
"""
_MET_SQL = """
SELECT coalesce(c.segment_id, o.segment_id), c.sites, max(s.starts_at)
  FROM panels_participant p
  JOIN panels_researchsession s ON s.id = p.session_id AND s.state = 'done' AND s.visibility <> 'restricted'
  JOIN customers_customer said ON said.id = p.customer_id
  JOIN customers_customer c ON c.id = coalesce(said.merged_into_id, said.id)
  LEFT JOIN customers_organisation o ON o.id = c.organisation_id
 WHERE p.state = 'attended'
 GROUP BY 1, 2
"""
_PRODUCT_SESSIONS_SQL = """
SELECT product_id, max(starts_at) FROM panels_researchsession
 WHERE state = 'done' AND visibility <> 'restricted' AND product_id IS NOT NULL GROUP BY 1
"""


def silences(*, weeks: int, today: date) -> list[Silence]:
    """Return the silent segments, sites and products of the last ``weeks`` weeks until ``today``. Six queries.

    A place without customers is nobody to listen to, but for a product, whose users we may only not know.
    """
    met = _met()
    by_segment, by_product = _feedback_days()
    held = {str(key): day_of(moment) for key, moment in _rows(_PRODUCT_SESSIONS_SQL)}
    segments = [
        Place(str(key), name, count, met.by_segment.get(str(key)), by_segment.get(str(key)))
        for key, name, count in _rows(_SEGMENTS_SQL)
        if count
    ]
    sites = [
        Place(site, site, count, met.by_site.get(site), day_of(moment) if moment else None)
        for site, count, moment in _rows(_SITES_SQL)
    ]
    products = [
        Place(str(key), name, count, held.get(str(key)), by_product.get(str(key)))
        for key, name, count in _rows(_PRODUCTS_SQL)
    ]
    since = today - timedelta(weeks=weeks)
    named = (("segment", segments), ("site", sites), ("product", products))
    return [silence(kind, places, since=since) for kind, places in named]


def silence(kind: str, places: Iterable[Place], *, since: date) -> Silence:
    """Return what of ``places`` was not heard after ``since``, never heard first, of those the largest first. Pure."""
    known = list(places)
    silent = [one for one in known if one.heard_on is None or one.heard_on <= since]
    silent.sort(key=lambda one: (one.heard_on or date.min, -one.customer_count, one.name))
    return Silence(kind, silent[:ROWS_SHOWN], len(silent), len(known))


def _feedback_days() -> tuple[dict[str, date], dict[str, date]]:
    """Return the last day of feedback by segment and by product."""
    by_segment: dict[str, date] = {}
    by_product: dict[str, date] = {}
    for segment_id, product_id, day in _rows(_FEEDBACK_SQL):
        if product_id is None:
            by_segment[str(segment_id)] = day
        else:
            by_product[str(product_id)] = day
    return by_segment, by_product


def _met() -> _Sessions:
    by_segment: dict[str, date] = {}
    by_site: dict[str, date] = {}
    for segment_id, sites, moment in _rows(_MET_SQL):
        day = day_of(moment)
        by_segment[str(segment_id)] = max(by_segment.get(str(segment_id), day), day)
        for site in sites:
            by_site[site] = max(by_site.get(site, day), day)
    return _Sessions(by_segment, by_site)


def _rows(sql: str) -> list[tuple]:  # type: ignore[type-arg]  # as the database's driver gives them
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
