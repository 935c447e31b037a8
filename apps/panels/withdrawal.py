"""What follows where a consent is taken back or is over: invitations end, quotes that became feedback lose their words.

Quotes and recordings themselves are read live (``quotes``, ``recordings``) and need nothing of this.
"""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.customers.consents import withdrawn_among
from apps.customers.merging import person_records
from apps.customers.models import Purpose
from apps.feedback.services.moderation import redact
from apps.panels.models import Participant, ParticipantState, ResearchSession, Seat, SeatState, SessionNote
from apps.panels.quotes import quotable

BATCH_NOTES = 2_000
WAITING = (ParticipantState.INVITED, ParticipantState.WAITING)


@transaction.atomic
def end_invitations(customer_ids: list[int]) -> None:
    """Take back invitations that wait for an answer, or for a place, of whoever does not want to be contacted.

    Who has accepted keeps seat and place. Subscriber of ``customers.consent_changed``; again changes nothing. Under
    the locks of the sessions, as places are given.
    """
    refused = withdrawn_among(customer_ids, Purpose.CONTACT)
    records = person_records(refused)
    if records:
        lock_sessions_of(records)
        Seat.objects.filter(customer_id__in=records, state=SeatState.INVITED).update(
            state=SeatState.WITHDRAWN, answered_at=Now()
        )
        Participant.objects.filter(customer_id__in=records, state__in=WAITING).update(
            state=ParticipantState.WITHDRAWN, answered_at=Now()
        )


@transaction.atomic
def redact_quotes_of(customer_ids: list[int]) -> None:
    """Blank the feedback that their quotes became, where they do not consent to be quoted; counts stay.

    Subscriber of ``customers.consent_changed``; again changes nothing. Under the locks of the sessions, as quotes
    become feedback: whoever is at that now is waited for, whoever comes later reads that consent is gone.
    """
    records = person_records(customer_ids)
    lock_sessions_of(records)
    sessions = Participant.objects.filter(customer_id__in=records).values("session_id")
    nobodys = Q(speaker__isnull=True, session_id__in=sessions)  # perhaps theirs: ``quotes`` says
    _redact(SessionNote.objects.filter(Q(speaker__customer_id__in=records) | nobodys))


def lock_sessions_of(customer_ids: Collection[int]) -> None:
    """Have nobody write notes of these customers' sessions, make feedback of them or give places, until the end."""
    theirs = Participant.objects.filter(customer_id__in=customer_ids).values("session_id")
    rows = ResearchSession.objects.filter(pk__in=theirs).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))


def redact_lapsed_quotes() -> int:
    """Do so for every quote, once a day: consents end by date too. Return how many pieces of feedback that were."""
    return _redact(SessionNote.objects.all())


def _redact(notes: QuerySet[SessionNote]) -> int:
    promoted = notes.filter(is_quote=True, feedback__isnull=False, feedback__redacted_at=None).order_by("pk")
    redacted, last = 0, 0
    while batch := list(promoted.filter(pk__gt=last)[:BATCH_NOTES]):
        shown = quotable(batch, as_of=timezone.localdate())
        redacted += len(redact(note.feedback_id for note in batch if note.pk not in shown and note.feedback_id))
        last = batch[-1].pk
    return redacted
