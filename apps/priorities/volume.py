"""Volume cells summed for the dashboards: by product and step, untagged by age, by version since its release.

Reads volume cells alone, never feedback. Every function is one query.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection

from apps.priorities.spans import Span, step_days

AGE_LIMITS = (1, 3, 7, 28, 90)  # days: where one age bucket of the backlog ends and the next begins
RELEASE_DAYS = 90  # how long a version is watched after its release
RELEASES_BACK_DAYS = 730


class Sums(NamedTuple):
    """What some volume cells hold together. A mean or share of nothing is None, never 0."""

    feedback_count: int = 0
    unhappy_count: int = 0
    sentiment_milli_sum: int = 0
    rated_count: int = 0
    rating_sum: int = 0
    untagged_count: int = 0

    def plus(self, other: "Sums") -> "Sums":
        a, b, c, d, e, f = self  # spelt out: the hottest line of a dashboard
        g, h, i, j, k, m = other
        return Sums(a + g, b + h, c + i, d + j, e + k, f + m)

    @property
    def unhappy_share(self) -> float | None:
        return self.unhappy_count / self.feedback_count if self.feedback_count else None

    @property
    def sentiment_milli(self) -> int | None:
        return round(self.sentiment_milli_sum / self.feedback_count) if self.feedback_count else None

    @property
    def rating_mean(self) -> float | None:
        return self.rating_sum / self.rated_count if self.rated_count else None


def sum_up(parts: Iterable[Sums]) -> Sums:
    """Return all ``parts`` together."""
    total = Sums()
    for part in parts:
        total = total.plus(part)
    return total


@dataclass(frozen=True)
class Breakdown:
    """The volume of one span: each partition sums to ``total``."""

    span: Span
    by_product_step: dict[tuple[int, int], Sums] = field(default_factory=dict)  # step 0 is the oldest

    @property
    def total(self) -> Sums:
        return sum_up(self.by_product_step.values())

    def by_step(self, products: Collection[int] | None = None, *, length: int | None = None) -> list[Sums]:
        """Return the steps of the span, oldest first; of ``products`` alone where they are given.

        ``length`` is that of ``Span.steps``: a coarser one of ``STEP_DAYS``.
        """
        finest = step_days(self.span)
        last, width = len(self.span.steps()) - 1, (length or finest) // finest
        steps = [Sums()] * len(self.span.steps(length))
        for (product_id, step), sums in self.by_product_step.items():
            if products is None or product_id in products:
                place = -1 - (last - step) // width  # both end with the span
                steps[place] = steps[place].plus(sums)
        return steps

    def of(self, products: Collection[int]) -> Sums:
        """Return what ``products`` have together."""
        return sum_up(sums for (product_id, _), sums in self.by_product_step.items() if product_id in products)


_BREAKDOWN_SQL = """
    SELECT s.n, c.product_id, (s.until - c.day) / s.step,
           sum(c.feedback_count)::bigint, sum(c.unhappy_count)::bigint, sum(c.sentiment_milli_sum)::bigint,
           sum(c.rated_count)::bigint, sum(c.rating_sum)::bigint,
           coalesce(sum(c.feedback_count) FILTER (WHERE NOT c.is_tagged), 0)::bigint
      FROM unnest(%(n)s::int[], %(since)s::date[], %(until)s::date[], %(step)s::int[]) AS s (n, since, until, step)
      JOIN priorities_volumecell c ON c.product_id = ANY(%(products)s) AND c.day BETWEEN s.since AND s.until
     GROUP BY 1, 2, 3
"""


def breakdowns(product_ids: Collection[int], spans: Sequence[Span]) -> list[Breakdown]:
    """Return the volume of ``product_ids`` in each of ``spans``, which may overlap."""
    found = [Breakdown(span) for span in spans]
    with connection.cursor() as cursor:
        cursor.execute(
            _BREAKDOWN_SQL,
            {
                "n": list(range(len(spans))),
                "since": [span.since for span in spans],
                "until": [span.until for span in spans],
                "step": [step_days(span) for span in spans],
                "products": list(product_ids),
            },
        )
        for n, product_id, back, *sums in cursor.fetchall():
            last = len(spans[n].steps()) - 1
            found[n].by_product_step[product_id, last - back] = Sums(*sums)
    return found


class UntaggedAge(NamedTuple):
    """Untagged feedback of one product whose age falls between two of ``AGE_LIMITS``."""

    product_id: int
    bucket: int  # 0: younger than the first limit
    feedback_count: int
    oldest_on: date


_UNTAGGED_SQL = """
    SELECT product_id, width_bucket(%(today)s - day, %(limits)s), sum(feedback_count)::bigint, min(day)
      FROM priorities_volumecell
     WHERE NOT is_tagged AND feedback_count > 0 AND product_id = ANY(%(products)s) AND day <= %(today)s
     GROUP BY 1, 2 ORDER BY 1, 2
"""


def untagged_ages(product_ids: Collection[int], *, today: date) -> list[UntaggedAge]:
    """Return all feedback of ``product_ids`` without a tag, however old, by age (index ``volume_untagged``)."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTAGGED_SQL, {"today": today, "limits": list(AGE_LIMITS), "products": list(product_ids)})
        return [UntaggedAge(*row) for row in cursor.fetchall()]


def age_span(bucket: int, *, today: date) -> tuple[date | None, date]:
    """Return the first and last day of an age bucket; None for the oldest, which has no first day."""
    youngest = AGE_LIMITS[bucket - 1] if bucket else 0
    until = today - timedelta(days=youngest)
    return (today - timedelta(days=AGE_LIMITS[bucket] - 1) if bucket < len(AGE_LIMITS) else None), until


class VersionSums(NamedTuple):
    """One product, and one released version of it with the feedback on it in its first ``RELEASE_DAYS`` days."""

    product_id: int
    product_name: str
    product_slug: str
    version_id: int | None  # None: the product has no version with a release date in reach
    version_name: str
    released_on: date | None
    sums: Sums


_VERSIONS_SQL = """
    SELECT p.id, p.name, p.slug, v.id, coalesce(v.name, ''), v.released_on,
           coalesce(x.feedback_count, 0), coalesce(x.unhappy_count, 0), coalesce(x.sentiment_milli_sum, 0),
           coalesce(x.rated_count, 0), coalesce(x.rating_sum, 0), coalesce(x.untagged_count, 0)
      FROM catalog_product p
      LEFT JOIN catalog_productversion v ON v.product_id = p.id
           AND v.released_on BETWEEN %(until)s - %(back)s AND %(until)s
      LEFT JOIN LATERAL (
            SELECT sum(c.feedback_count)::bigint AS feedback_count, sum(c.unhappy_count)::bigint AS unhappy_count,
                   sum(c.sentiment_milli_sum)::bigint AS sentiment_milli_sum,
                   sum(c.rated_count)::bigint AS rated_count, sum(c.rating_sum)::bigint AS rating_sum,
                   sum(c.feedback_count) FILTER (WHERE NOT c.is_tagged)::bigint AS untagged_count
              FROM priorities_volumecell c
             WHERE c.product_id = p.id AND c.version_id = v.id
               AND c.day BETWEEN v.released_on AND least(v.released_on + %(days)s - 1, %(until)s)
           ) x ON true
     WHERE p.team_id = ANY(%(teams)s)
     ORDER BY p.name, p.id, v.released_on, v.id
"""


def versions(team_ids: Collection[int], *, until: date) -> list[VersionSums]:
    """Return the products of ``team_ids`` by name, each with its released versions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _VERSIONS_SQL,
            {"teams": list(team_ids), "until": until, "days": RELEASE_DAYS, "back": RELEASES_BACK_DAYS},
        )
        return [VersionSums._make([*row[:6], Sums(*row[6:])]) for row in cursor.fetchall()]
