"""Everything between a customer and us on one timeline: what they said, sessions, panels, and when we asked them.

Each only where the reader may open it: feedback by its visibility, sessions by theirs; that we asked somebody is for
those who manage customers or run research, and names no session that they may not open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core.keyset import MAX_ID, read_id, read_numbers
from apps.core.models import Change
from apps.customers.models import ContactEvent, ContactKind, ProductUse, Segment
from apps.feedback.models import Feedback
from apps.panels.models import Participant, ResearchSession, Seat
from apps.workbench.selectors import readable_feedback, with_everything

PAGE_ROWS = 30
_KINDS = 4  # of events: they share one order
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Encounter:
    """One thing on the timeline; of the last four one is set."""

    at: datetime
    order: int  # among those of one moment
    said: Feedback | None = None
    participant: Participant | None = None
    seat: Seat | None = None
    contact: ContactEvent | None = None
    label: str = ""  # of a contact
    session: ResearchSession | None = None  # that a contact was about, if the reader may open it

    @property
    def cursor(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.order}"


@dataclass(frozen=True)
class Timeline:
    encounters: list[Encounter]
    next_cursor: str  # "" on the last page


@dataclass(frozen=True)
class SegmentChange:
    at: datetime
    before: str  # "" for none of their own
    after: str
    person: User | None


def timeline(records: Sequence[int], reader: User, *, cursor: str = "") -> Timeline:
    """Return one page of what ``reader`` may know of a person's records, the newest first. At most nine queries.

    What is no cursor begins at the top.
    """
    try:
        micros, order = read_numbers(cursor)
        below = (_EPOCH + timedelta(microseconds=micros), order)
    except (ValueError, OverflowError):
        below = (datetime.max.replace(tzinfo=UTC) - timedelta(days=1), MAX_ID)
    found = _said(records, reader, below)
    if may(reader, Permission.JOIN_RESEARCH):
        found += _sessions(records, reader, below) + _seats(records, below)
    if may(reader, Permission.MANAGE_CUSTOMERS) or may(reader, Permission.RUN_RESEARCH):
        found += _contacts(records, reader, below)
    found.sort(key=lambda one: (one.at, one.order), reverse=True)
    shown = found[:PAGE_ROWS]
    return Timeline(shown, shown[-1].cursor if len(found) > PAGE_ROWS else "")


Below = tuple[datetime, int]


def _newest(rows: QuerySet[Any], at: Any, kind: int, below: Below) -> list[Any]:  # Any: of four models
    """Return the first rows below the cursor, with ``happened_at`` and ``place``, their order among all kinds."""
    moment, order = below
    rows = rows.annotate(happened_at=at)
    last_id = max((order - kind - 1) // _KINDS, 0) if order < MAX_ID else MAX_ID
    older = Q(happened_at__lt=moment) | Q(happened_at=moment, pk__lte=last_id)
    found = list(rows.filter(older).order_by("-happened_at", "-pk")[: PAGE_ROWS + 1])
    for row in found:
        row.place = row.pk * _KINDS + kind
    return found


def _said(records: Sequence[int], reader: User, below: Below) -> list[Encounter]:
    said = with_everything(readable_feedback(reader).filter(customer__in=records))
    return [Encounter(row.happened_at, row.place, said=row) for row in _newest(said, F("listed_at"), 3, below)]


def _sessions(records: Sequence[int], reader: User, below: Below) -> list[Encounter]:
    visible = ResearchSession.objects.visible_to(reader).values("pk")
    rows = Participant.objects.filter(customer__in=records, session__in=visible).select_related("session__team")
    at = Coalesce("session__starts_at", "invited_at")
    return [Encounter(row.happened_at, row.place, participant=row) for row in _newest(rows, at, 2, below)]


def _seats(records: Sequence[int], below: Below) -> list[Encounter]:
    rows = Seat.objects.filter(customer__in=records).select_related("panel")
    at = Coalesce("answered_at", "invited_at")
    return [Encounter(row.happened_at, row.place, seat=row) for row in _newest(rows, at, 1, below)]


def _contacts(records: Sequence[int], reader: User, below: Below) -> list[Encounter]:
    rows = _newest(ContactEvent.objects.filter(customer__in=records).select_related("made_by"), F("at"), 0, below)
    about = {row.pk: _session_id(row) for row in rows}
    wanted = {session_id for session_id in about.values() if session_id}
    sessions = ResearchSession.objects.visible_to(reader).in_bulk(wanted) if wanted else {}
    return [_contact(row, about[row.pk], sessions) for row in rows]


def _session_id(row: ContactEvent) -> int | None:
    kind, _colon, number = row.about.partition(":")
    return read_id(number) if kind == "session" else None


def _contact(row: Any, session_id: int | None, sessions: dict[int, ResearchSession]) -> Encounter:  # Any: annotated
    session = sessions.get(session_id or 0)
    is_secret = session_id is not None and session is None
    label = ContactKind.OTHER.label if is_secret else row.get_kind_display()
    return Encounter(row.happened_at, row.place, contact=row, label=str(label), session=session)


# --- beside the timeline ------------------------------------------------------------------------------------------


def uses_of(records: Sequence[int]) -> list[ProductUse]:
    """Return what a person uses, by name. One query."""
    uses = ProductUse.objects.filter(customer__in=records).select_related("product", "version")
    return list(uses.order_by("product__name", "version__name", "pk"))


def segment_history(records: Sequence[int]) -> list[SegmentChange]:
    """Return how a person's own segment changed, the newest first, from the kept history. At most three queries."""
    rows = Change.objects.filter(kind="customers.Customer", object_id__in=records).order_by("-at", "-id")
    moved = [(row, _segment(row.before), _segment(row.after)) for row in rows]
    moved = [(row, before, after) for row, before, after in moved if before != after]
    names = Segment.objects.in_bulk({key for _row, before, after in moved for key in (before, after)})
    people = User.objects.in_bulk({row.person_id for row, _before, _after in moved if row.person_id})
    return [
        SegmentChange(row.at, str(names.get(before, "")), str(names.get(after, "")), people.get(row.person_id or 0))
        for row, before, after in moved
    ]


def _segment(values: dict[str, Any] | None) -> int:  # Any: as JSON holds it
    """Return a segment's id; 0 for none."""
    return (values or {}).get("segment") or 0


def local_time(time_zone: str) -> datetime | None:
    """Return what their clock shows now; None where the zone is not known."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return timezone.now().astimezone(ZoneInfo(time_zone)) if time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
