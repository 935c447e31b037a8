"""Whose words may be shown as a quote. Read live on every path: what is taken back is hidden with the next page.

The rule is in README.md, "Quotes". Words are never read from a note marked as a quote but through here.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.customers import consents
from apps.customers.models import Purpose
from apps.panels.models import Participant, ParticipantState, SessionNote

PRESENT = (ParticipantState.ACCEPTED, ParticipantState.ATTENDED)  # who speaks at a session, or did


def quotable(notes: Iterable[SessionNote], *, as_of: date) -> set[int]:
    """Return the ids of those quotes among ``notes`` that may be shown then: their speaker consents to be quoted.

    A quote of nobody in particular may be, unless the session has one participant alone: then it is theirs. Erased
    ones never. At most five queries for any number of notes.
    """
    quotes = [note for note in notes if note.is_quote and note.erased_at is None]
    speakers = speakers_of(quotes)
    consenting = consents.standing(set(speakers.values()), Purpose.INTERNAL_QUOTE, as_of=as_of)
    return {note.pk for note in quotes if note.pk not in speakers or speakers[note.pk] in consenting}


def hidden_from(reader: User, notes: Iterable[SessionNote], *, as_of: date) -> set[int]:
    """Return the ids of those quotes among ``notes`` whose words ``reader`` may not see.

    Who took a note down sees it for as long as nobody took a consent back: a session may run before all have
    consented. As many queries more than ``quotable``.
    """
    found = list(notes)
    shown = quotable(found, as_of=as_of)
    hidden = {note.pk for note in found if note.is_quote and note.pk not in shown}
    own = [note for note in found if note.pk in hidden and note.author_id == reader.pk and note.erased_at is None]
    if not own:
        return hidden
    speakers = speakers_of(own)
    refused = consents.withdrawn_among(set(speakers.values()), Purpose.INTERNAL_QUOTE)
    return hidden - {note.pk for note in own if speakers.get(note.pk) not in refused}


def shown_text(note: SessionNote, quotable_ids: Collection[int] | None = None) -> str:
    """Return the words of ``note`` as everybody may see them, else why there are none.

    ``quotable_ids``: what ``quotable`` said of it, for lists; without, it is asked as of today.
    """
    if note.erased_at is not None:
        return _("Words erased")
    if not note.is_quote:
        return note.text
    if quotable_ids is None:
        quotable_ids = quotable([note], as_of=timezone.localdate())
    return note.text if note.pk in quotable_ids else hidden_words()


def hidden_words() -> str:
    """Return what stands in the place of a quote that may not be shown."""
    return _("Quote hidden: consent was taken back or not given")


def readable_quotes(notes: Iterable[SessionNote], *, as_of: date | None = None) -> list[SessionNote]:
    """Return those of ``notes`` that are quotes and may be shown as such (None: today), in their order."""
    found = [note for note in notes if note.is_quote and note.deleted_at is None]
    shown = quotable(found, as_of=as_of or timezone.localdate())
    return [note for note in found if note.pk in shown]


def speakers_of(notes: Sequence[SessionNote]) -> dict[int, int]:
    """Return by the note's id which customer said it; without those of nobody in particular. Two queries at most."""
    named = {note.speaker_id for note in notes if note.speaker_id}
    customers = dict(Participant.objects.filter(pk__in=named).values_list("pk", "customer_id")) if named else {}
    alone = _alone_in({note.session_id for note in notes if not note.speaker_id})
    found = {note.pk: customers.get(note.speaker_id or 0) or alone.get(note.session_id) for note in notes}
    return {pk: customer_id for pk, customer_id in found.items() if customer_id}


def _alone_in(session_ids: Collection[int]) -> dict[int, int]:
    """Return the customer of each session that has one participant alone. One query."""
    if not session_ids:
        return {}
    by_session: dict[int, set[int]] = {}
    rows = Participant.objects.filter(session_id__in=session_ids, state__in=PRESENT)
    for session_id, customer_id in rows.values_list("session_id", "customer_id"):
        by_session.setdefault(session_id, set()).add(customer_id)
    return {session_id: customers.pop() for session_id, customers in by_session.items() if len(customers) == 1}
