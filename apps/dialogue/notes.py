"""Notes among staff on one feedback: every write, and the reads of a conversation.

Who may read the feedback may read its notes; the callers see to that. A note tells those it names and those who took
part before, as far as they may open the feedback.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.dialogue import mentions, notifications
from apps.dialogue.models import Note, NotificationKind
from apps.feedback.models import Feedback
from apps.feedback.selectors import readers_among


@dataclass(frozen=True)
class Written:
    note: Note
    told: list[User]  # named, and told
    untold: list[User]  # named, but may not open the feedback


@transaction.atomic
def add_note(*, feedback: Feedback, author: User, text: str) -> Written:
    """Write a note and tell whom it concerns. Raises ValidationError for a text that is blank or too long.

    The same text by the same person again within a minute is the same note: a double click.
    """
    text = _checked(text)
    Feedback.objects.select_for_update(no_key=True).only("pk").get(pk=feedback.pk)  # two clicks, one after the other
    again = Note.objects.filter(
        feedback=feedback, author=author, text=text, deleted_at=None, created_at__gt=Now() - notifications.REPEAT
    ).first()
    if again is not None:
        return Written(again, told=list(again.mentioned.all()), untold=[])
    note = Note.objects.create(feedback=feedback, author=author, text=text)
    return _tell(note, feedback, is_new=True)


@transaction.atomic
def edit_note(*, note: Note, user: User, text: str) -> Written:
    """Change one's own note; people it names only now are told. Raises DomainError, ValidationError."""
    text = _checked(text)
    note = Note.objects.select_for_update().select_related("feedback").get(pk=note.pk)
    if note.author_id != user.pk or note.deleted_at or note.erased_at:
        raise DomainError(_("Only the author can change a note, and only while it stands."))
    if note.text == text:
        return Written(note, told=[], untold=[])
    note.text = text
    note.save(update_fields=["text"])
    Note.objects.filter(pk=note.pk).update(edited_at=Now())
    return _tell(note, note.feedback, is_new=False)


@transaction.atomic
def delete_note(*, note: Note, user: User) -> None:
    """Take a note away; its author and administrators may. Again changes nothing. ``restore_note`` undoes it."""
    if note.author_id != user.pk and not user.is_superuser:
        raise DomainError(_("Only the author or an administrator can do this."))
    Note.objects.filter(pk=note.pk, deleted_at=None).update(deleted_at=Now(), deleted_by=user)
    notifications.withdraw_about_note(note.pk)


@transaction.atomic
def restore_note(*, note: Note, user: User) -> None:
    """Bring a deleted note back: who deleted it may, and administrators. What it told stays told.

    So an author cannot bring back what an administrator took away. Of a note that stands nothing changes.
    """
    note = Note.objects.select_for_update().get(pk=note.pk)
    if user.pk != (note.deleted_by_id or note.author_id) and not user.is_superuser:
        raise DomainError(_("Only who deleted the note, or an administrator, can bring it back."))
    if note.erased_at is None:
        Note.objects.filter(pk=note.pk).update(deleted_at=None, deleted_by=None)


def forget_notes(feedback_ids: Iterable[int]) -> int:
    """Blank the notes on ``feedback_ids``: they may repeat what the person said. Return how many; again: none."""
    notes = Note.objects.filter(feedback_id__in=list(feedback_ids), erased_at=None)
    keys = list(notes.values_list("pk", flat=True))
    notifications.forget_about_notes(keys)
    return Note.objects.filter(pk__in=keys).update(text="", erased_at=Now())


def notes_on(feedback: Feedback) -> list[Note]:
    """Return the standing notes, the oldest first, with authors and the people they name. Two queries."""
    standing = Note.objects.filter(feedback=feedback, deleted_at=None).select_related("author")
    return list(standing.prefetch_related("mentioned").order_by("created_at", "pk"))


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError({"text": _("Write something first.")})
    if len(text) > Note.CHARACTERS:
        raise ValidationError(
            {
                "text": _("A note has at most %(limit)d characters; this one has %(count)d.")
                % {
                    "limit": Note.CHARACTERS,
                    "count": len(text),
                }
            }
        )
    return text


def _tell(note: Note, feedback: Feedback, *, is_new: bool) -> Written:
    """Tell the people that ``note`` names and was not about before; of a new one also those who took part."""
    named = _named(note)
    former = set(note.mentioned.values_list("pk", flat=True))
    note.mentioned.set(named)
    fresh = [person for person in named if person.pk not in former]
    told = _readers(feedback, fresh)
    notifications.notify(kind=NotificationKind.MENTION, users=told, actor=note.author, note=note)
    if is_new:
        listeners = [user for user in _took_part(note) if user not in named]
        readers = _readers(feedback, listeners)
        notifications.notify(kind=NotificationKind.NOTE, users=readers, actor=note.author, note=note)
    return Written(note, told=told, untold=[person for person in fresh if person not in told])


def _named(note: Note) -> list[User]:
    if "@" not in note.text:
        return []
    staff = User.objects.filter(is_active=True).exclude(pk=note.author_id).only("pk", "name", "email")
    return mentions.find_mentions(note.text, staff.iterator())


def _took_part(note: Note) -> list[User]:
    earlier = Note.objects.filter(feedback_id=note.feedback_id, deleted_at=None, pk__lt=note.pk)
    keys = set(earlier.values_list("author_id", flat=True))
    keys |= set(earlier.filter(mentioned__isnull=False).values_list(F("mentioned"), flat=True))
    return list(User.objects.filter(pk__in=keys - {note.author_id}, is_active=True))


def _readers(feedback: Feedback, people: Sequence[User]) -> list[User]:
    """Return those of ``people`` who may open ``feedback``: a note tells nobody more than they may know."""
    full = User.objects.filter(pk__in=[person.pk for person in people], is_active=True)
    return readers_among(list(full), feedback)
