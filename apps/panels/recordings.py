"""Whether recordings of a session may be made and watched: while everybody in them consents. Read live.

The link of a ``SessionRecording`` is shown only through ``open_recordings``.
"""

from collections.abc import Collection
from datetime import date

from apps.customers import consents
from apps.customers.models import Purpose
from apps.panels.models import Participant, ResearchSession, SessionRecording
from apps.panels.quotes import PRESENT


def recording_is_open(session: ResearchSession, as_of: date) -> bool:
    """Tell whether every participant who comes, or was there, consents to be recorded then; nobody there: no.

    Four queries at most.
    """
    return session.pk in sessions_open([session.pk], as_of=as_of)


def sessions_open(session_ids: Collection[int], *, as_of: date) -> set[int]:
    """Return which sessions ``recording_is_open`` is true of. As many queries for any number."""
    by_session: dict[int, set[int]] = {}
    rows = Participant.objects.filter(session_id__in=session_ids, state__in=PRESENT)
    for session_id, customer_id in rows.values_list("session_id", "customer_id"):
        by_session.setdefault(session_id, set()).add(customer_id)
    everybody = set().union(*by_session.values())
    consenting = consents.standing(everybody, Purpose.RECORDING, as_of=as_of) if everybody else set()
    return {session_id for session_id, customers in by_session.items() if customers <= consenting}


def missing_consents(session: ResearchSession, *, as_of: date) -> list[Participant]:
    """Return the participants without whose consent nothing may be recorded."""
    present = list(session.participants.filter(state__in=PRESENT).select_related("customer"))
    consenting = consents.standing({one.customer_id for one in present}, Purpose.RECORDING, as_of=as_of)
    return [one for one in present if one.customer_id not in consenting]


def open_recordings(session: ResearchSession, *, as_of: date) -> list[SessionRecording]:
    """Return the recordings with their links while they are open to be watched, else none."""
    if not recording_is_open(session, as_of):
        return []
    return list(session.recordings.filter(removed_at=None))
