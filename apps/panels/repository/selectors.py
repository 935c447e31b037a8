"""Findings as their pages show them, with as much of their evidence as the reader may open."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.feedback.models import Feedback
from apps.feedback.selectors import readable_by
from apps.panels import quotes
from apps.panels.models import Finding, FindingEvidence, ResearchSession, SessionNote, SessionRecording
from apps.panels.recordings import open_recordings


@dataclass(frozen=True)
class Evidence:
    """One thing that a finding rests on, as the reader may see it: one of session, note, feedback."""

    row: FindingEvidence
    session: ResearchSession | None = None
    note: SessionNote | None = None
    words: str = ""  # of the note
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Rests:
    evidence: list[Evidence]
    hidden_count: int  # that the reader may not open
    recordings: list[SessionRecording]


def findings() -> QuerySet[Finding]:
    """Return all findings that stand, newest first, with ``evidence_count``. All who join research read them."""
    return all_findings().filter(withdrawn_at=None)


def all_findings() -> QuerySet[Finding]:
    rows = Finding.objects.select_related("team", "product", "tag", "author")
    return rows.annotate(evidence_count=Count("evidence")).order_by("-created_at", "-pk")


def rests_on(finding: Finding, reader: User) -> Rests:
    """Return what ``finding`` rests on. About eight queries, and two for each session with recordings."""
    rows = list(finding.evidence.order_by("pk"))
    notes = SessionNote.objects.filter(pk__in=[row.note_id for row in rows if row.note_id], deleted_at=None)
    noted = notes.select_related("session", "speaker__customer", "author").in_bulk()
    wanted = {row.session_id for row in rows} | {note.session_id for note in noted.values()}
    sessions = ResearchSession.objects.visible_to(reader).select_related("team").in_bulk(list(wanted - {None}))
    said = readable_by(reader).select_related("product", "customer")
    feedback = said.in_bulk([row.feedback_id for row in rows if row.feedback_id])
    hidden = quotes.hidden_from(reader, noted.values(), as_of=timezone.localdate())
    shown: list[Evidence] = []
    for row in rows:
        note = noted.get(row.note_id or 0)
        if row.session_id in sessions:
            shown.append(Evidence(row, session=sessions[row.session_id]))
        elif note is not None and note.session_id in sessions:
            words = quotes.hidden_words() if note.pk in hidden else quotes.shown_text(note, {note.pk})
            shown.append(Evidence(row, note=note, words=words))
        elif row.feedback_id in feedback:
            shown.append(Evidence(row, feedback=feedback[row.feedback_id]))
    return Rests(shown, len(rows) - len(shown), _recordings(sessions))


def _recordings(sessions: dict[int, ResearchSession]) -> list[SessionRecording]:
    """Return those that are open to be watched, of what the reader may open."""
    there = SessionRecording.objects.filter(session__in=sessions, removed_at=None)
    with_some = set(there.values_list("session_id", flat=True)) if sessions else set()
    today = timezone.localdate()
    return [one for pk in sorted(with_some) for one in open_recordings(sessions[pk], as_of=today)]
