"""How many minutes with customers a seat at a session is worth. Pure: no database, no clock.

A session lasted as long as it ran; where nobody said when it began and ended, as long as it was planned to. A page that
was left open is no encounter: what ran longer than twice its plan counts as twice its plan. A seat counts that length,
or what its person says where that is less.
"""

from datetime import datetime, timedelta

from apps.panels.models import ResearchSession

MOST_TIMES_PLANNED = 2


def length_minutes(session: ResearchSession) -> int | None:
    """Return how long ``session`` lasted in whole minutes; None where it has no times to tell it by."""
    planned = _between(session.starts_at, session.ends_at)
    return minutes_between(planned=planned, ran=_between(session.started_at, session.ended_at))


def minutes_between(*, planned: timedelta | None, ran: timedelta | None) -> int | None:
    """Return the length in whole minutes, rounded down, of what was ``planned`` and ``ran`` so long."""
    if planned is not None and ran is not None:
        return _whole(min(ran, planned * MOST_TIMES_PLANNED))
    known = ran if ran is not None else planned
    return None if known is None else _whole(known)


def counted_minutes(*, said: int | None, length: int | None) -> int:
    """Return what one seat counts: what is said, never more than the ``length``; all of it where nothing is said."""
    if length is None:
        return said or 0
    return length if said is None else min(said, length)


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return end - start if start and end and end > start else None


def _whole(length: timedelta) -> int:
    return int(length.total_seconds() // 60)
