"""What is read of a running session: its notes, who speaks, and what changed since a number."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.customers.consents import standing
from apps.customers.models import Purpose
from apps.panels import quotes
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionNote
from apps.panels.running import services
from apps.tagging.tree import taxonomy

SPEAKING = (ParticipantState.ACCEPTED, ParticipantState.ATTENDED)  # who is there, or is said to come


def notes_of(session: ResearchSession, *, user: User) -> list[SessionNote]:
    """Return the standing notes of a session that ``user`` may open, as they were said. Three queries, or one."""
    if not ResearchSession.objects.visible_to(user).filter(pk=session.pk).exists():
        return []
    return list(_whole(SessionNote.objects.filter(session=session, deleted_at=None)))


def _whole(notes: QuerySet[SessionNote]) -> QuerySet[SessionNote]:
    related = notes.select_related("author", "speaker__customer", "task", "problem")
    return related.prefetch_related("tags").order_by("at", "pk")


@dataclass(frozen=True)
class Speaker:
    """Somebody who can be quoted. ``number`` is the digit that chooses them, 0 beyond nine."""

    participant: Participant
    number: int
    may_quote: bool

    @property
    def name(self) -> str:
        return str(self.participant.customer)


def speakers_of(session: ResearchSession) -> list[Speaker]:
    """Return who takes part, and who said something noted, in the order of invitation. Two queries."""
    has_spoken = Exists(SessionNote.objects.filter(speaker=OuterRef("pk"), deleted_at=None))
    people = session.participants.filter(Q(state__in=SPEAKING) | has_spoken).select_related("customer")
    found = list(people.order_by("invited_at", "pk"))
    ids = {person.customer_id for person in found}
    agreed = standing(ids, Purpose.INTERNAL_QUOTE, as_of=timezone.localdate()) if ids else set()
    return [
        Speaker(person, number if number <= 9 else 0, person.customer_id in agreed)
        for number, person in enumerate(found, start=1)
    ]


@dataclass(frozen=True)
class ShownNote:
    """A note as one reader sees it: ``text`` is what may be read of its words."""

    note: SessionNote
    text: str
    is_hidden: bool
    is_mine: bool
    may_edit: bool
    tag_words: str  # as they are typed

    @property
    def values(self) -> dict[str, object]:
        """What the script fills the editor with."""
        note = self.note
        return {
            "text": "" if self.is_hidden else note.text,
            "speaker": str(note.speaker_id or ""),
            "is_quote": note.is_quote,
            "is_need": note.is_need,
            "tags": self.tag_words,
            "task": str(note.task_id or ""),
            "problem": str(note.problem_id or ""),
            "revision": note.revision,
        }

    @property
    def values_json(self) -> str:
        return json.dumps(self.values)


def shown_notes(notes: Iterable[SessionNote], *, session: ResearchSession, user: User) -> list[ShownNote]:
    """Return the notes as ``user`` may read them: a quote without consent hides its words (panels.quotes)."""
    rows = list(notes)
    hidden_ids = quotes.hidden_from(user, rows, as_of=timezone.localdate())
    words = tag_words() if any(note.tags.all() for note in rows) else {}
    return [_shown(note, session, user, words, is_hidden=note.pk in hidden_ids) for note in rows]


def tag_words() -> dict[int, str]:
    """Return what each tag is called where one types: its name, its path where another has that name. One query."""
    nodes = taxonomy()
    times = Counter(node.tag.name.casefold() for node in nodes)
    return {node.tag.pk: node.tag.name if times[node.tag.name.casefold()] == 1 else node.path for node in nodes}


def _shown(
    note: SessionNote, session: ResearchSession, user: User, words: Mapping[int, str], *, is_hidden: bool
) -> ShownNote:
    text = _("Words erased") if note.erased_at else quotes.hidden_words() if is_hidden else note.text
    can_edit = session.state in services.OPEN_STATES and services.may_edit(note, user=user, session=session)
    typed = ", ".join(words[tag.pk] for tag in note.tags.all() if tag.pk in words)
    is_gone = is_hidden or note.erased_at is not None
    return ShownNote(note, text, is_gone, note.author_id == user.pk, can_edit, typed)


@dataclass(frozen=True)
class Changes:
    """What a live page is told: the notes changed after a number, those deleted, and those whose words are hidden."""

    newest: int  # ask for what comes after this
    shown: list[ShownNote]
    deleted_ids: list[int]
    hidden_ids: list[int]


def changes_since(session: ResearchSession, *, user: User, number: int) -> Changes:
    """Return what changed after ``number`` (0: everything that stands). The caller saw to who may read. Five queries.

    ``hidden_ids`` are of all notes: a consent given or taken back changes no note, and must reach every page.
    """
    rows = list(_whole(SessionNote.objects.filter(session=session, change_number__gt=number)))
    standing_rows = [note for note in rows if note.deleted_at is None]
    kept = SessionNote.objects.filter(session=session, deleted_at=None)
    quoted = list(kept.filter(is_quote=True).select_related("speaker"))
    hidden = quotes.hidden_from(user, quoted, as_of=timezone.localdate())
    hidden |= set(kept.filter(erased_at__isnull=False).values_list("pk", flat=True))
    return Changes(
        newest=max((note.change_number for note in rows), default=number),
        shown=shown_notes(standing_rows, session=session, user=user),
        deleted_ids=[note.pk for note in rows if note.deleted_at is not None],
        hidden_ids=sorted(hidden),
    )


def may_take_notes(user: User, session: ResearchSession) -> bool:
    return may(user, Permission.JOIN_RESEARCH, team=session.team)
