"""What erasing a person takes away here: their words and reasons, and every way in by a link. Counts stay exact.

Votes, task times, sightings, SUS answers and attendance carry no words and stay, of somebody unknown; what came from a
phone never had a name.
"""

from collections.abc import Collection
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.feedback.services.moderation import redact
from apps.panels.models import (
    Participant,
    ParticipantState,
    ResearchSession,
    Seat,
    SeatState,
    SessionNote,
    SessionState,
)
from apps.panels.planning.places import fill_places
from apps.panels.quotes import speakers_of
from apps.panels.withdrawal import lock_sessions_of

COMING = (ParticipantState.INVITED, ParticipantState.WAITING, ParticipantState.ACCEPTED)
AHEAD = (SessionState.DRAFT, SessionState.POLLING, SessionState.PLANNED)


@transaction.atomic
def forget_in_research(customer_ids: Collection[int]) -> None:
    """Blank what these customers said and wrote in panels and sessions, end seats and invitations, close links.

    Places that come free go to who waits longest, who is told. Under the locks of their sessions, as every write of
    notes and places is. Again changes nothing.
    """
    lock_sessions_of(customer_ids)
    _forget_notes(customer_ids)
    _forget_seats(customer_ids)
    _forget_participation(customer_ids)


def _forget_notes(customer_ids: Collection[int]) -> None:
    """Blank notes on what they said, whoever took them down, and the feedback that those became."""
    said = Q(speaker__customer_id__in=customer_ids)
    here = Participant.objects.filter(customer_id__in=customer_ids).values("session_id")
    nobodys = Q(speaker__isnull=True, is_quote=True, session_id__in=here)  # theirs, where they were alone
    notes = list(SessionNote.objects.filter(said | nobodys, erased_at=None))
    speakers = speakers_of(notes)
    theirs = [note for note in notes if speakers.get(note.pk) in customer_ids]
    redact(note.feedback_id for note in theirs if note.feedback_id)
    SessionNote.objects.filter(pk__in=[note.pk for note in theirs]).update(text="", erased_at=Now())


def _forget_seats(customer_ids: Collection[int]) -> None:
    seats = Seat.objects.filter(customer_id__in=customer_ids)
    seats.filter(state=SeatState.INVITED).update(state=SeatState.WITHDRAWN)
    today = timezone.localdate()
    seats.filter(state=SeatState.ACCEPTED).filter(Q(starts_on=None) | Q(starts_on__lte=today)).update(
        state=SeatState.LEFT, ends_on=today
    )
    seats.filter(state=SeatState.ACCEPTED).update(state=SeatState.LEFT)  # not begun: its last day stays
    seats.exclude(reason="").update(reason="")
    for seat in seats:
        Seat.objects.filter(pk=seat.pk).update(key=uuid4())


def _forget_participation(customer_ids: Collection[int]) -> None:
    rows = Participant.objects.filter(customer_id__in=customer_ids)
    ahead = rows.filter(state__in=COMING, session__state__in=AHEAD)
    had_place = list(ahead.filter(state=ParticipantState.ACCEPTED).values_list("session_id", flat=True))
    ahead.update(state=ParticipantState.WITHDRAWN)
    rows.exclude(reason="").update(reason="")
    for row in rows:
        Participant.objects.filter(pk=row.pk).update(key=uuid4())
    for session in ResearchSession.objects.select_related("team").filter(pk__in=had_place).order_by("pk"):
        fill_places(session)
