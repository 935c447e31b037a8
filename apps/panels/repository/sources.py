"""What a finding may rest on, as an address or a person names it: only what they may open themselves."""

import re

from django.http import QueryDict
from django.utils import timezone

from apps.accounts.models import User
from apps.core.keyset import read_id
from apps.feedback.selectors import readable_by
from apps.panels import quotes
from apps.panels.models import ResearchSession, SessionNote
from apps.panels.repository.services import Source

KINDS = ("session", "note", "feedback")
_NAMED = re.compile(r"(?:.*/)?(sessions|feedback)/(\d+)/(?:[\w/]*#note-(\d+))?.*", re.DOTALL)


def named_source(user: User, query: QueryDict) -> Source | None:
    """Return what "?note=12", "?session=3" or "?feedback=9" names; None for none, or what ``user`` may not open."""
    for kind in KINDS:
        number = read_id(query.get(kind, ""))
        if number is not None:
            return source_of(user, kind, number)
    return None


def pasted_source(user: User, text: str) -> Source | None:
    """Return what an address of ours names: of a session, of a note on its page, of a feedback."""
    match = _NAMED.fullmatch(text.strip())
    if match is None:
        return None
    place, number, note = match[1], read_id(match[2]), read_id(match[3] or "")
    if note is not None:
        return source_of(user, "note", note)
    return source_of(user, "session" if place == "sessions" else "feedback", number) if number else None


def source_of(user: User, kind: str, number: int) -> Source | None:
    sessions = ResearchSession.objects.visible_to(user)
    if kind == "session":
        session = sessions.select_related("team", "product").filter(pk=number).first()
        return Source(session=session) if session else None
    if kind == "note":
        notes = SessionNote.objects.filter(session__in=sessions, deleted_at=None, erased_at=None)
        note = (
            notes.select_related("session__team", "session__product").prefetch_related("tags").filter(pk=number).first()
        )
        return Source(note=note) if note else None
    feedback = readable_by(user).select_related("product__team").filter(pk=number).first()
    return Source(feedback=feedback) if feedback else None


def words_of(source: Source, user: User) -> str:
    """Return the words of the source that ``user`` may see: what a finding is written from."""
    if source.note is not None:
        hidden = quotes.hidden_from(user, [source.note], as_of=timezone.localdate())
        return quotes.hidden_words() if hidden else source.note.text
    if source.feedback is not None:
        return source.feedback.text
    return source.session.summary if source.session else ""
