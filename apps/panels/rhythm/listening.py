"""Which segments, sites and products nobody has listened to for a while.

Heard means: a session with somebody of it took place, or verified feedback came from it. Feedback of segments and
products is read from volume cells, that of sites from what is recent, and only of the others from what is older. A
merged record counts as the one it was merged into. Restricted feedback and sessions are left out.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection

from apps.panels.rhythm.days import day_bounds, day_of

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


class _Met(NamedTuple):
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
SELECT p.id, p.name, count(DISTINCT u.customer_id),
       (SELECT v.day FROM priorities_volumecell v WHERE v.product_id = p.id AND v.feedback_count > 0
         ORDER BY v.day DESC LIMIT 1)
  FROM catalog_product p
  LEFT JOIN (SELECT u.product_id, c.id AS customer_id FROM customers_productuse u
               JOIN customers_customer c ON c.id = u.customer_id AND c.erased_at IS NULL AND c.merged_into_id IS NULL) u
       ON u.product_id = p.id
 WHERE p.archived_at IS NULL
 GROUP BY p.id, p.name
"""
_SITES_SQL = """
WITH root AS MATERIALIZED (
    SELECT id, site FROM customers_customer CROSS JOIN LATERAL unnest(sites) AS site
     WHERE erased_at IS NULL AND merged_into_id IS NULL AND site <> ''
), recent AS MATERIALIZED (
    SELECT coalesce(c.merged_into_id, c.id) AS id, max(f.listed_at) AS heard_at
      FROM feedback_feedback f JOIN customers_customer c ON c.id = f.customer_id
     WHERE f.listed_at >= %(since)s
       AND f.state = 'live' AND f.visibility <> 'restricted' AND f.identity = 'verified'
     GROUP BY 1
), place AS MATERIALIZED (
    SELECT site, count(DISTINCT root.id) AS customer_count, max(recent.heard_at) AS heard_at
      FROM root LEFT JOIN recent ON recent.id = root.id
     GROUP BY site
), older AS (
    SELECT root.site, max(f.listed_at) AS heard_at
      FROM place JOIN root ON root.site = place.site
      JOIN customers_customer c ON coalesce(c.merged_into_id, c.id) = root.id
      JOIN feedback_feedback f ON f.customer_id = c.id
     WHERE place.heard_at IS NULL
       AND f.state = 'live' AND f.visibility <> 'restricted' AND f.identity = 'verified'
     GROUP BY root.site
)
SELECT place.site, place.customer_count, coalesce(place.heard_at, older.heard_at)
  FROM place LEFT JOIN older ON older.site = place.site
"""
_SEGMENT_FEEDBACK_SQL = """
WITH recent AS MATERIALIZED (
    SELECT v.segment_id, max(v.day) AS day
      FROM catalog_product p JOIN priorities_volumecell v ON v.product_id = p.id AND v.day >= %(since)s
     WHERE v.feedback_count > 0
     GROUP BY 1
)
SELECT segment_id, day FROM recent
 UNION ALL
SELECT segment_id, max(day) FROM priorities_volumecell
 WHERE feedback_count > 0
   AND segment_id IN (SELECT id FROM customers_segment EXCEPT SELECT segment_id FROM recent)
 GROUP BY 1
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
    since, met = today - timedelta(weeks=weeks), _met()
    return [
        silence("segment", _segments(since, met), since=since),
        silence("site", _sites(since, met), since=since),
        silence("product", _products(), since=since),
    ]


def _segments(since: date, met: _Met) -> list[Place]:
    wrote = {str(key): day for key, day in _rows(_SEGMENT_FEEDBACK_SQL, since=since + timedelta(days=1))}
    return [
        Place(str(key), name, count, met.by_segment.get(str(key)), wrote.get(str(key)))
        for key, name, count in _rows(_SEGMENTS_SQL)
        if count
    ]


def _sites(since: date, met: _Met) -> list[Place]:
    return [
        Place(site, site, count, met.by_site.get(site), day_of(moment) if moment else None)
        for site, count, moment in _rows(_SITES_SQL, since=day_bounds(since, since)[1])
    ]


def _products() -> list[Place]:
    held = {key: day_of(moment) for key, moment in _rows(_PRODUCT_SESSIONS_SQL)}
    return [Place(str(key), name, count, held.get(key), day) for key, name, count, day in _rows(_PRODUCTS_SQL)]


def silence(kind: str, places: Iterable[Place], *, since: date) -> Silence:
    """Return what of ``places`` was not heard after ``since``, never heard first, of those the largest first. Pure."""
    known = list(places)
    silent = [one for one in known if one.heard_on is None or one.heard_on <= since]
    silent.sort(key=lambda one: (one.heard_on or date.min, -one.customer_count, one.name))
    return Silence(kind, silent[:ROWS_SHOWN], len(silent), len(known))


def _met() -> _Met:
    by_segment: dict[str, date] = {}
    by_site: dict[str, date] = {}
    for segment_id, sites, moment in _rows(_MET_SQL):
        day = day_of(moment)
        by_segment[str(segment_id)] = max(by_segment.get(str(segment_id), day), day)
        for site in sites:
            by_site[site] = max(by_site.get(site, day), day)
    return _Met(by_segment, by_site)


def _rows(sql: str, **params: date) -> list[tuple]:  # type: ignore[type-arg]  # as the driver gives them
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())
