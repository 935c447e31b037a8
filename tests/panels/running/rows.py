"""Rows for the tests of running: a session that runs, and who takes part."""

from datetime import UTC, datetime
from uuid import uuid4

from apps.accounts.models import Team
from apps.customers.models import Consent, Customer, Purpose
from apps.panels.models import (
    Participant,
    ParticipantState,
    ResearchSession,
    SessionKind,
    SessionNote,
    SessionState,
    Study,
)
from apps.panels.running import services
from apps.panels.running.services import NoteWords
from tests.factories import CustomerFactory

TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def make_session(*, team: Team, **fields) -> ResearchSession:
    """A usability test that runs since ten o'clock."""
    return ResearchSession.objects.create(
        **{
            "kind": SessionKind.USABILITY,
            "team": team,
            "title": "Aligning the stage",
            "time_zone": "UTC",
            "state": SessionState.RUNNING,
            "starts_at": TEN,
            "started_at": TEN,
            "ends_at": TEN.replace(hour=11),
            "created_at": TEN.replace(hour=8),
            **fields,
        }
    )


def make_study(*, team: Team, **fields) -> Study:
    return Study.objects.create(**{"team": team, "name": "First alignment", **fields})


def join(session: ResearchSession, customer: Customer | None = None, *, name: str = "Ada", **fields) -> Participant:
    return Participant.objects.create(
        session=session,
        customer=customer or CustomerFactory(name=name),
        **{"state": ParticipantState.ATTENDED, **fields},
    )


def consent(customer: Customer, *, is_given: bool = True, purpose: Purpose = Purpose.INTERNAL_QUOTE) -> None:
    Consent.objects.create(
        customer=customer, purpose=purpose, text="You may quote me.", language="en", channel="form", is_given=is_given
    )


def take_note(session: ResearchSession, author, text: str = "The stage drifts.", **fields) -> SessionNote:
    """A note, through the service."""
    at = fields.pop("at", TEN)
    key = fields.pop("client_key", None) or uuid4()
    words = NoteWords(text=text, **fields)
    return services.add_note(session=session, author=author, client_key=key, at=at, words=words)
