"""Rows of panels and research for tests, plain as those of tests/factories.py."""

# ruff: noqa: N802 (they read as what they make)

from datetime import UTC, datetime
from itertools import count

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.panels.models import (
    Panel,
    Participant,
    ParticipantState,
    ResearchSession,
    Seat,
    SessionKind,
    SessionNote,
    SessionState,
)
from tests.factories import CustomerFactory, TeamFactory, UserFactory

STARTS_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_number = count(1)


def SessionFactory(**fields) -> ResearchSession:
    """A session that is over, open to everyone."""
    plain = {
        "kind": SessionKind.INTERVIEW,
        "title": f"Session {next(_number)}",
        "state": SessionState.DONE,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT.replace(hour=10),
        "time_zone": "UTC",
    }
    return ResearchSession.objects.create(**{"team": fields.get("team") or TeamFactory(), **plain, **fields})


def ParticipantFactory(*, session: ResearchSession, customer: Customer | None = None, **fields) -> Participant:
    plain = {"state": ParticipantState.ATTENDED}
    return Participant.objects.create(session=session, customer=customer or CustomerFactory(), **{**plain, **fields})


def QuoteFactory(*, speaker: Participant, author: User | None = None, **fields) -> SessionNote:
    """A quote as the live page keeps it: with a number of change, by which others hear of it."""
    plain = {"text": "It drifts.", "at": STARTS_AT, "is_quote": True, "session": speaker.session}
    plain["change_number"] = next(_number)
    return SessionNote.objects.create(speaker=speaker, author=author or UserFactory(), **{**plain, **fields})


def PanelFactory(**fields) -> Panel:
    number = next(_number)
    team = fields.get("team") or TeamFactory()
    return Panel.objects.create(**{"name": f"Panel {number}", "slug": f"panel-{number}", "team": team, **fields})


def SeatFactory(*, panel: Panel | None = None, customer: Customer | None = None, **fields) -> Seat:
    return Seat.objects.create(panel=panel or PanelFactory(), customer=customer or CustomerFactory(), **fields)
