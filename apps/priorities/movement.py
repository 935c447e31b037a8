"""How priorities moved: ranks now and before, and which grow and fade. From standings, snapshots and cells.

Every function that reads is one query, whatever the number of teams.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from apps.priorities.spans import Span

LEAST_FEEDBACK = 5  # in the larger of both spans: fewer say nothing of a direction
LEAST_Z = 1.5  # (now - before) / sqrt(now + before): chance alone goes beyond it about one time in eight


@dataclass(frozen=True)
class RankedTag:
    """A priority that somebody has spoken on, with its rank today and at an earlier day."""

    tag_id: int
    team_id: int
    name: str
    parent_name: str
    slug: str
    state: str
    owner_id: int | None
    voice_count: int
    score: float  # in voices of the day asked for
    rank: int | None  # None: too few voices yet
    rank_before: int | None  # None: not ranked then, or not recorded
    compared_on: date | None  # the day of the snapshot "before" means; None: the team has none

    @property
    def climbed(self) -> int:
        """Ranks gained; negative when it fell, 0 without two ranks to compare."""
        return self.rank_before - self.rank if self.rank_before and self.rank else 0

    @property
    def fell(self) -> int:
        """Ranks lost; negative when it climbed."""
        return -self.climbed

    @property
    def is_new(self) -> bool:
        """Ranked now, and not when the snapshot was taken."""
        return self.rank is not None and self.rank_before is None and self.compared_on is not None


_RANKS_SQL = """
WITH policy AS (
    SELECT DISTINCT ON (team_id) team_id, min_voices, landmark_on, half_life_days FROM priorities_policy
     WHERE team_id = ANY(%(teams)s) ORDER BY team_id, version DESC
),
standing AS (
    SELECT s.*, s.customer_count + s.anonymous_count AS voice_count,
           s.customer_count + s.anonymous_count >= policy.min_voices AS has_enough,
           power(2.0::float8, (policy.landmark_on - %(today)s)::float8 / policy.half_life_days) AS decayed
      FROM priorities_standing s JOIN policy ON policy.team_id = s.team_id
     WHERE s.feedback_count > 0
),
ranked AS (
    SELECT standing.*, row_number() OVER (
               PARTITION BY team_id, has_enough ORDER BY landmark_score DESC, feedback_count DESC, tag_id
           ) AS place
      FROM standing
),
past AS (
    SELECT team_id, coalesce(
               (SELECT max(day) FROM priorities_snapshot s WHERE s.team_id = policy.team_id AND s.day <= %(on)s),
               (SELECT min(day) FROM priorities_snapshot s WHERE s.team_id = policy.team_id)
           ) AS day
      FROM policy
)
SELECT r.tag_id, r.team_id, t.name, coalesce(parent.name, ''), t.slug, coalesce(p.state, 'new'), p.owner_id,
       r.voice_count, r.landmark_score * r.decayed, CASE WHEN r.has_enough THEN r.place END, snapshot.rank, past.day
  FROM ranked r
  JOIN tagging_tag t ON t.id = r.tag_id
  LEFT JOIN tagging_tag parent ON parent.id = t.parent_id
  LEFT JOIN priorities_priority p ON p.tag_id = r.tag_id
  JOIN past ON past.team_id = r.team_id
  LEFT JOIN priorities_snapshot snapshot
         ON snapshot.tag_id = r.tag_id AND snapshot.day = past.day AND snapshot.team_id = r.team_id
 ORDER BY r.team_id, r.has_enough DESC, r.place
"""


def ranks(team_ids: Collection[int], *, since: date, as_of: date | None = None) -> list[RankedTag]:
    """Return the queues of ``team_ids`` by team and rank, each rank beside that of the evening before ``since``.

    Scores are as of the installation's day ``as_of`` (default today).

    Where no snapshot reaches back so far, the team's first one is compared with.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _RANKS_SQL,
            {"teams": list(team_ids), "on": since - timedelta(days=1), "today": as_of or timezone.localdate()},
        )
        return [RankedTag(*row) for row in cursor.fetchall()]


class TagSegmentSums(NamedTuple):
    """The cells of one tag and segment in two spans of one length."""

    tag_id: int
    team_id: int
    tag_name: str
    tag_slug: str
    segment_id: int
    segment_name: str  # "" for none
    now: int
    now_unhappy: int
    now_voices: int  # voices whose latest feedback is of the span, and anonymous feedback: no fewer spoke
    before: int


_SUMS_SQL = """
    SELECT t.id, t.effective_team_id, t.name, t.slug, c.segment_id, coalesce(segment.name, ''),
           coalesce(sum(c.feedback_count) FILTER (WHERE c.day >= %(since)s AND c.day <= %(until)s), 0)::bigint,
           coalesce(sum(c.unhappy_count) FILTER (WHERE c.day >= %(since)s AND c.day <= %(until)s), 0)::bigint,
           coalesce(sum(c.customer_count + c.anonymous_count)
                    FILTER (WHERE c.day >= %(since)s AND c.day <= %(until)s), 0)::bigint,
           coalesce(sum(c.feedback_count)
                    FILTER (WHERE c.day >= %(before_since)s AND c.day <= %(before_until)s), 0)::bigint
      FROM tagging_tag t
      JOIN priorities_cell c ON c.tag_id = t.id
           AND (c.day BETWEEN %(since)s AND %(until)s OR c.day BETWEEN %(before_since)s AND %(before_until)s)
      LEFT JOIN customers_segment segment ON segment.id = c.segment_id
     WHERE t.effective_team_id = ANY(%(teams)s)
     GROUP BY t.id, c.segment_id, segment.name
"""


def tag_sums(team_ids: Collection[int], *, span: Span, before: Span) -> list[TagSegmentSums]:
    """Return the cells of the teams' priorities in ``span`` and ``before``, by tag and segment."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS_SQL,
            {
                "teams": list(team_ids),
                "since": span.since,
                "until": span.until,
                "before_since": before.since,
                "before_until": before.until,
            },
        )
        return [TagSegmentSums(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Mover:
    """A priority with its feedback in a span and in the one before."""

    tag_id: int
    team_id: int
    name: str
    slug: str
    now: int
    before: int
    now_unhappy: int

    @property
    def change(self) -> float | None:
        """The relative change; None where there was nothing before."""
        return (self.now - self.before) / self.before if self.before else None

    @property
    def z(self) -> float:
        """How far the change is beyond chance, were both counts Poisson with one mean."""
        return (self.now - self.before) / sqrt(self.now + self.before) if self.now + self.before else 0.0

    @property
    def is_telling(self) -> bool:
        return max(self.now, self.before) >= LEAST_FEEDBACK and abs(self.z) >= LEAST_Z


def movers(rows: Iterable[TagSegmentSums]) -> dict[int, Mover]:
    """Return every tag of ``rows`` with its segments together. Pure."""
    found: dict[int, Mover] = {}
    for row in rows:
        old = found.get(row.tag_id)
        found[row.tag_id] = Mover(
            row.tag_id,
            row.team_id,
            row.tag_name,
            row.tag_slug,
            (old.now if old else 0) + row.now,
            (old.before if old else 0) + row.before,
            (old.now_unhappy if old else 0) + row.now_unhappy,
        )
    return found


def rising(found: Iterable[Mover], *, limit: int) -> list[Mover]:
    """Return those that grew by more than chance, the surest first. Pure."""
    telling = [one for one in found if one.is_telling and one.z > 0]
    return sorted(telling, key=lambda one: (-one.z, one.name))[:limit]


def falling(found: Iterable[Mover], *, limit: int) -> list[Mover]:
    """Return those that faded by more than chance, the surest first. Pure."""
    telling = [one for one in found if one.is_telling and one.z < 0]
    return sorted(telling, key=lambda one: (one.z, one.name))[:limit]
