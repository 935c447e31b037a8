"""Rows of research that the tests of rhythm need: straight in the tables, every default fixed."""

from datetime import datetime, timedelta

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.panels.models import ResearchSession, SessionKind, SessionNote, SessionState, StaffRole, StaffSeat
from tests.factories import FeedbackFactory, ProductFactory, TeamFactory


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def session_of(team: Team | None = None, *, days: int = 0, minutes: int | None = 60, **fields) -> ResearchSession:
    """A session ``days`` ago (ahead: negative), done unless ``state`` says otherwise, ``minutes`` long as planned."""
    starts_at = fields.pop("starts_at", None) or days_ago(days)
    return ResearchSession.objects.create(
        **{
            "kind": SessionKind.INTERVIEW,
            "team": team or TeamFactory(),
            "title": "How labs align their stage",
            "state": SessionState.DONE if days >= 0 else SessionState.PLANNED,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=minutes) if minutes else None,
            "time_zone": "Europe/Berlin",
            **fields,
        }
    )


def seat_of(user: User, session: ResearchSession, **fields) -> StaffSeat:
    plain = {"role": StaffRole.OBSERVER, "has_attended": True}
    return StaffSeat.objects.create(session=session, user=user, **{**plain, **fields})


def meet(user: User, *, days: int = 0, minutes: int = 60) -> StaffSeat:
    """Let ``user`` have been at a session of another team ``days`` ago."""
    return seat_of(user, session_of(days=days, minutes=minutes))


def said_in(session: ResearchSession, *, author: User, **fields):
    """A note of ``session`` that became feedback, captured on the session's day."""
    assert session.starts_at is not None
    plain = {"channel": "session", "product": ProductFactory(team=session.team)}
    feedback = FeedbackFactory(captured_on=session.starts_at.date(), **{**plain, **fields})
    SessionNote.objects.create(
        session=session, author=author, at=session.starts_at, text="It drifts.", feedback=feedback
    )
    return feedback
