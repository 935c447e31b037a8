"""Plain rows of sessions for tests, and many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

from django.db import connections
from django.utils import timezone

from apps.accounts.models import Role
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionKind, StaffRole
from apps.panels.planning import services
from tests.factories import CustomerFactory, TeamFactory, UserFactory

T = TypeVar("T")


def later(days: int = 30) -> datetime:
    """Ten o'clock UTC on a day to come."""
    return (timezone.now() + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)


def make_session(*, capacity: int = 1, days: int | None = 30, **fields: Any) -> ResearchSession:
    """Return an interview of an hour, planned unless ``days`` is None; an analyst of its team leads it."""
    team = fields.pop("team", None) or TeamFactory()
    user = fields.pop("created_by", None) or UserFactory(role=Role.ANALYST, team=team, name="Lea Lead")
    when = {} if days is None else {"starts_at": later(days), "ends_at": later(days) + timedelta(hours=1)}
    plain = {"title": "Talk about drift", "time_zone": "Europe/Berlin", "capacity": capacity, **when}
    return services.create_session(team=team, kind=SessionKind.INTERVIEW, created_by=user, **{**plain, **fields})


def lead_of(session: ResearchSession) -> Any:
    return session.staff.get(role=StaffRole.LEAD).user


def invited(session: ResearchSession, count: int = 1, **fields: Any) -> list[Participant]:
    """Return ``count`` customers newly invited to the session."""
    ids = [CustomerFactory(**fields).pk for _ in range(count)]
    return services.invite(session=session, customer_ids=ids, invited_by=lead_of(session))


def states(session: ResearchSession) -> list[str]:
    return [ParticipantState(one.state).value for one in session.participants.order_by("pk")]


def at_once(acts: list[Callable[[], T]]) -> list[T | Exception]:
    """Do all of it in as many threads as nearly at one moment as can be; return results or what was raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Exception:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=30)
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)
