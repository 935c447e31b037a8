"""The search of feedback, over what research wrote: the same words, stemming, folding and phrases.

Of feedback the documents are kept and indexed. What research writes is little, so its documents are made while one
searches: findings and sessions all, notes the newest ``NOTES_SEARCHED`` of those that the reader may open.
"""

from collections.abc import Sequence

from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from apps.accounts.models import User
from apps.insight.search import QUERY_CONFIGS, ParsedSearch
from apps.panels import quotes
from apps.panels.models import Finding, ResearchSession, SessionNote

NOTES_SEARCHED = 5_000
NOTES_SHOWN = 20
SESSIONS_SHOWN = 20
LOOKED_AT = 200  # of the notes found, looked at for the few that may be shown


def is_found(parsed: ParsedSearch, model: type[Model], *columns: str) -> RawSQL:
    """Return the condition that the ``columns`` of a row together are found. Their names are the code's own."""
    table = model._meta.db_table  # noqa: SLF001 documented
    text = " || E'\\n' || ".join(f'"{table}"."{column}"' for column in columns)
    vectors = " || ".join(f"to_tsvector('{config}', unaccent({text}))" for config in QUERY_CONFIGS)
    return RawSQL(f"({vectors}) @@ %s::tsquery", [parsed.tsquery], output_field=BooleanField())  # noqa: S611


def found_findings(parsed: ParsedSearch, rows: QuerySet[Finding]) -> QuerySet[Finding]:
    return rows.alias(is_found=is_found(parsed, Finding, "title", "text")).filter(is_found=True)


def found_sessions(parsed: ParsedSearch, reader: User) -> list[ResearchSession]:
    """Return sessions that ``reader`` may open, the newest first. One query."""
    condition = is_found(parsed, ResearchSession, "title", "purpose", "summary")
    rows = ResearchSession.objects.visible_to(reader).alias(is_found=condition).filter(is_found=True)
    return list(rows.select_related("team").order_by("-starts_at", "-pk")[:SESSIONS_SHOWN])


def found_notes(parsed: ParsedSearch, reader: User) -> list[SessionNote]:
    """Return notes of sessions that ``reader`` may open, the newest first; none whose words are hidden from them.

    A hidden quote is not found by its words either: that would tell them.
    """
    sessions = ResearchSession.objects.visible_to(reader)
    there = SessionNote.objects.filter(session__in=sessions, deleted_at=None, erased_at=None)
    newest = there.order_by("-pk").values("pk")[:NOTES_SEARCHED]
    condition = is_found(parsed, SessionNote, "text")
    rows = SessionNote.objects.filter(pk__in=newest).alias(is_found=condition).filter(is_found=True)
    related = rows.select_related("session__team", "speaker__customer", "author")
    return _shown(list(related.order_by("-at", "-pk")[:LOOKED_AT]), reader)


def _shown(notes: Sequence[SessionNote], reader: User) -> list[SessionNote]:
    hidden = quotes.hidden_from(reader, notes, as_of=timezone.localdate())
    return [note for note in notes if note.pk not in hidden][:NOTES_SHOWN]
