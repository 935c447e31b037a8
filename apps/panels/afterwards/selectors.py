"""What a session came to: themes, quotes, needs, decisions, actions, who was there. Reads only.

Words of quotes come through ``panels.quotes`` alone, so what is no longer consented to is missing here too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.panels import quotes
from apps.panels.afterwards.writing import board_decision
from apps.panels.models import (
    Action,
    IdeaGroup,
    Participant,
    ParticipantState,
    ResearchSession,
    SessionNote,
    SessionRecording,
    StaffSeat,
)
from apps.panels.recordings import open_recordings
from apps.tagging.models import Tag

THEMES_SHOWN = 12


@dataclass(frozen=True)
class Theme:
    tag: Tag
    note_count: int
    need_count: int


@dataclass(frozen=True)
class Said:
    """A note with the words that may be shown of it."""

    note: SessionNote
    text: str
    is_hidden: bool  # a quote without consent, or erased

    @property
    def may_promote(self) -> bool:
        return self.note.feedback_id is None and not self.is_hidden

    @property
    def who(self) -> str:
        """Who said it; nobody's name stands beside hidden words."""
        if self.note.speaker is None or self.is_hidden:
            return ""
        return str(self.note.speaker.customer)


@dataclass(frozen=True)
class Decision:
    text: str
    about: str = ""  # the group of a workshop


@dataclass(frozen=True)
class Summary:
    session: ResearchSession
    said: list[Said]
    participants: list[Participant]
    staff: list[StaffSeat]
    actions: list[Action]
    decisions: list[Decision]
    recordings: list[SessionRecording]
    locked_recording_count: int

    @cached_property
    def themes(self) -> list[Theme]:
        tags = {tag.pk: tag for one in self.said for tag in one.note.tags.all()}
        counts = Counter(tag.pk for one in self.said for tag in one.note.tags.all())
        needs = Counter(tag.pk for one in self.said if one.note.is_need for tag in one.note.tags.all())
        found = [Theme(tags[pk], number, needs[pk]) for pk, number in counts.items()]
        return sorted(found, key=lambda theme: (-theme.note_count, theme.tag.name))[:THEMES_SHOWN]

    @property
    def quotes(self) -> list[Said]:
        return [one for one in self.said if one.note.is_quote and not one.is_hidden]

    @property
    def hidden_quote_count(self) -> int:
        return sum(one.note.is_quote and one.is_hidden for one in self.said)

    @property
    def needs(self) -> list[Said]:
        return [one for one in self.said if one.note.is_need and not one.is_hidden]

    @property
    def promoted_count(self) -> int:
        return sum(one.note.feedback_id is not None for one in self.said)

    @property
    def attended(self) -> list[Participant]:
        return [one for one in self.participants if one.state == ParticipantState.ATTENDED]

    @property
    def missed(self) -> list[Participant]:
        return [one for one in self.participants if one.state == ParticipantState.MISSED]


def standing_notes(session: ResearchSession) -> list[SessionNote]:
    """Return the session's notes as they were said. Two queries."""
    rows = SessionNote.objects.filter(session=session, deleted_at=None)
    related = rows.select_related("author", "speaker__customer", "task", "problem", "session")
    return list(related.prefetch_related("tags").order_by("at", "pk"))


def said_in(session: ResearchSession, *, reader: User | None = None) -> list[Said]:
    """Return what was noted, with the words that all may see; with ``reader`` those that they may see."""
    notes, today = standing_notes(session), timezone.localdate()
    if reader is None:
        shown = quotes.quotable(notes, as_of=today)
        hidden = {note.pk for note in notes if note.is_quote and note.pk not in shown}
    else:
        hidden = quotes.hidden_from(reader, notes, as_of=today)
    return [_said(note, is_hidden=note.pk in hidden) for note in notes]


def _said(note: SessionNote, *, is_hidden: bool) -> Said:
    if note.erased_at is not None:
        return Said(note, _("Words erased"), is_hidden=True)
    return Said(note, quotes.hidden_words() if is_hidden else note.text, is_hidden)


def summary_of(session: ResearchSession) -> Summary:
    """Return what the session came to. About a dozen queries, whatever was said."""
    recordings = open_recordings(session, as_of=timezone.localdate())
    there = session.recordings.filter(removed_at=None).count()
    return Summary(
        session=session,
        said=said_in(session),
        participants=list(session.participants.select_related("customer__organisation").order_by("invited_at", "pk")),
        staff=list(session.staff.select_related("user").order_by("pk")),
        actions=list(Action.objects.filter(session=session).select_related("owner", "tag").order_by("due_on", "pk")),
        decisions=_decisions(session),
        recordings=recordings,
        locked_recording_count=there - len(recordings),
    )


def decisions_in(session: ResearchSession) -> list[str]:
    """Return the sentences that were decided, whatever else the column holds."""
    kept: Sequence[object] = session.decisions if isinstance(session.decisions, list) else ()
    return [one for one in kept if isinstance(one, str) and one.strip()]


def _decisions(session: ResearchSession) -> list[Decision]:
    """Return what was written down, then what stands on the board alone: once it is done, it is in both."""
    written = decisions_in(session)
    groups = IdeaGroup.objects.filter(workshop_id=session.pk).exclude(decision="")
    on_board = [one for one in groups if board_decision(one.title, one.decision) not in written]
    return [*map(Decision, written), *(Decision(one.decision, one.title) for one in on_board)]
