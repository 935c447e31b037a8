"""Notes of a session: every write. The one writer of ``SessionNote``, but for its feedback and its erasure.

Writes of one session come one after another, under the lock of its row: so ``change_number`` grows in the order of
commits, and whoever asks for what came "since N" misses nothing. Who may open the session the callers see to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.core.errors import DomainError
from apps.panels import quotes
from apps.panels.models import Participant, Problem, ResearchSession, SessionNote, SessionState, Task
from apps.panels.running.errors import NoteChangedError
from apps.tagging.models import Tag

MOST_TAGS = 10
OPEN_STATES = (SessionState.RUNNING, SessionState.DONE)  # notes are taken, and put right afterwards
BLANKS = "\u200b\u200c\u200d\u2060\ufeff"  # characters without width: a text of them alone is empty


@dataclass(frozen=True)
class NoteWords:
    """Everything that a note says; what is its own session's or study's is checked."""

    text: str
    speaker: Participant | None = None
    is_quote: bool = False
    is_need: bool = False
    tags: Sequence[Tag] = field(default_factory=tuple)
    task: Task | None = None
    problem: Problem | None = None

    @property
    def columns(self) -> dict[str, object]:
        """Return the values of the note's own columns, all but its tags."""
        return {
            "text": self.text,
            "speaker": self.speaker,
            "is_quote": self.is_quote,
            "is_need": self.is_need,
            "task": self.task,
            "problem": self.problem,
        }


@transaction.atomic
def add_note(
    *, session: ResearchSession, author: User, client_key: UUID, at: datetime | None, words: NoteWords
) -> SessionNote:
    """Write a note down, said ``at`` (None: now). The same ``client_key`` again is the same note, as it stands.

    Raises ValidationError for words that cannot be taken, DomainError while the session does not run.
    """
    session = _locked(session.pk)
    earlier = SessionNote.objects.filter(client_key=client_key).first()
    if earlier is not None:
        return _same(earlier, session, author)
    words = _checked(words, session)
    note = SessionNote.objects.create(
        session=session,
        author=author,
        client_key=client_key,
        at=_moment(at, session),
        change_number=_next_number(session),
        **words.columns,
    )
    note.tags.set(words.tags)
    return note


@transaction.atomic
def change_note(*, note: SessionNote, user: User, revision: int, words: NoteWords) -> SessionNote:
    """Change a note that was read at ``revision``. The same words again change nothing.

    Raises NoteChangedError where somebody changed it since, DomainError where ``user`` may not or it is no note any
    more, ValidationError.
    """
    session = _locked(note.session_id)
    note = _editable(note, session, user)
    words = _checked(words, session)
    _keep_mark(note, words)
    if _says(note, words):
        return note
    if note.revision != revision:
        raise NoteChangedError(note)
    for name, value in words.columns.items():
        setattr(note, name, value)
    note.tags.set(words.tags)
    note.edited_at = timezone.now()
    return _saved(note, session, [*words.columns, "edited_at"])


@transaction.atomic
def delete_note(*, note: SessionNote, user: User) -> SessionNote:
    """Take a note away; again changes nothing. ``restore_note`` undoes it. Raises DomainError."""
    session = _locked(note.session_id)
    note = _editable(note, session, user, is_deleted_fine=True)
    if note.deleted_at is not None:
        return note
    note.deleted_at = timezone.now()
    return _saved(note, session, ["deleted_at"])


@transaction.atomic
def restore_note(*, note: SessionNote, user: User) -> SessionNote:
    """Bring a deleted note back; of one that stands nothing changes. Raises DomainError."""
    session = _locked(note.session_id)
    note = _editable(note, session, user, is_deleted_fine=True)
    if note.deleted_at is None:
        return note
    note.deleted_at = None
    return _saved(note, session, ["deleted_at"])


def may_edit(note: SessionNote, *, user: User, session: ResearchSession) -> bool:
    """Return whether ``user`` may change the note while it stands: authors their own, who runs research every one."""
    if note.feedback_id is not None or note.erased_at is not None:
        return False
    return note.author_id == user.pk or may(user, Permission.RUN_RESEARCH, team=session.team)


# --- the parts ----------------------------------------------------------------------------------------------------


def _locked(session_id: int) -> ResearchSession:
    found = ResearchSession.objects.select_for_update(no_key=True, of=("self",)).select_related("team")
    session = found.get(pk=session_id)
    if session.state not in OPEN_STATES:
        raise DomainError(_("Notes are taken while a session runs, and put right after it. Start it first."))
    return session


def _same(earlier: SessionNote, session: ResearchSession, author: User) -> SessionNote:
    """Return the note that this key made before, whatever became of it; a key of somebody else's tells nothing."""
    if (earlier.session_id, earlier.author_id) != (session.pk, author.pk):
        raise DomainError(_("This note could not be told from another one. Write it again."))
    return earlier


def _editable(note: SessionNote, session: ResearchSession, user: User, *, is_deleted_fine: bool = False) -> SessionNote:
    note = SessionNote.objects.get(pk=note.pk)
    if note.feedback_id is not None:
        raise DomainError(_("This note has become feedback. Change it there."))
    if not may_edit(note, user=user, session=session):
        raise DomainError(_("Only its author, or who runs the research, can change a note."))
    if note.deleted_at is not None and not is_deleted_fine:
        raise DomainError(_("This note was deleted. Bring it back first."))
    return note


def _checked(words: NoteWords, session: ResearchSession) -> NoteWords:
    text = words.text.replace("\r\n", "\n").strip()
    problems: dict[str, str] = {}
    if not text.strip(BLANKS + " \n\t"):
        problems["text"] = _("Write something first.")
    elif len(text) > SessionNote.CHARACTERS:
        counts = {"limit": SessionNote.CHARACTERS, "count": len(text)}
        problems["text"] = _("A note has at most %(limit)d characters; this one has %(count)d.") % counts
    if words.speaker is not None and words.speaker.session_id != session.pk:
        problems["speaker"] = _("This person does not take part in this session.")
    if words.is_quote and words.speaker is None:
        problems["speaker"] = _("Say who said it: a quote needs its speaker.")
    for name, thing in (("task", words.task), ("problem", words.problem)):
        if thing is not None and (session.study_id is None or thing.study_id != session.study_id):
            problems[name] = _("This is of another study.")
    if len(words.tags) > MOST_TAGS:
        problems["tags"] = _("A note has at most %(limit)d tags.") % {"limit": MOST_TAGS}
    if problems:
        raise ValidationError(problems)
    return NoteWords(**{**words.__dict__, "text": text})


def _keep_mark(note: SessionNote, words: NoteWords) -> None:
    """Refuse to make a note of a quote whose words are hidden: they would show as the note taker's own."""
    if note.is_quote and not words.is_quote and not quotes.quotable([note], as_of=timezone.localdate()):
        sentence = _("Its speaker does not consent to be quoted. Delete it, and note in your own words what was meant.")
        raise ValidationError({"is_quote": sentence})


def _moment(at: datetime | None, session: ResearchSession) -> datetime:
    """Return when it was said: never later than now, nor earlier than the session is known."""
    now = timezone.now()
    return now if at is None else max(min(at, now), session.created_at)


def _says(note: SessionNote, words: NoteWords) -> bool:
    """Return whether the note says just this already: a change that is sent twice."""
    same = all(getattr(note, name) == value for name, value in words.columns.items())
    return same and set(note.tags.values_list("pk", flat=True)) == {tag.pk for tag in words.tags}


def _next_number(session: ResearchSession) -> int:
    """Return the next number of change; the session's row is locked."""
    newest = SessionNote.objects.filter(session=session).aggregate(newest=Max("change_number"))["newest"]
    return (newest or 0) + 1


def _saved(note: SessionNote, session: ResearchSession, fields: Sequence[str]) -> SessionNote:
    note.revision += 1
    note.change_number = _next_number(session)
    note.save(update_fields=[*fields, "revision", "change_number"])
    return note
