"""Rows of research for tests of what comes after a session."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from apps.accounts.models import User
from apps.customers.models import Consent, Customer, Purpose
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionNote
from tests.factories import ProductFactory, TeamFactory, UserFactory

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
_number = count(1)


def make_session(**fields: Any) -> ResearchSession:  # Any: the model's own fields
    """A session that is over, of a team and its product."""
    team = fields.pop("team", None) or TeamFactory()
    if "product" not in fields:
        fields["product"] = ProductFactory(team=team)
    plain = {"kind": "interview", "title": f"Session {next(_number)}", "state": "done", "time_zone": "UTC"}
    return ResearchSession.objects.create(**{"team": team, "starts_at": AT, "ends_at": None, **plain, **fields})


def attend(session: ResearchSession, customer: Customer, **fields: Any) -> Participant:  # Any: as above
    state = fields.pop("state", ParticipantState.ATTENDED)
    return Participant.objects.create(session=session, customer=customer, state=state, **fields)


def note(session: ResearchSession, text: str = "The stage drifts after an hour.", **fields: Any) -> SessionNote:
    tags = fields.pop("tags", [])
    author: User = fields.pop("author", None) or UserFactory()
    made = SessionNote.objects.create(**{"session": session, "author": author, "at": AT, "text": text, **fields})
    made.tags.set(tags)
    return made


def consent(customer: Customer, purpose: Purpose = Purpose.INTERNAL_QUOTE, *, is_given: bool = True) -> None:
    Consent.objects.create(customer=customer, purpose=purpose, is_given=is_given, text="Yes.", channel="session")
