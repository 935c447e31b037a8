"""What people write of a session when it is over: its summary and its decisions. Raises DomainError by itself."""

import hashlib
import json
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.panels.models import ResearchSession

SUMMARY_CHARACTERS = 20_000
DECISION_CHARACTERS = 1_000
DECISIONS_MOST = 100
ADDED_DECISIONS_MOST = 200  # with those that boards add


class ChangedMeanwhileError(DomainError):
    """Somebody else wrote since it was read."""


def mark_of(session: ResearchSession) -> str:
    """Return what tells the words as they are from any others."""
    spelled = json.dumps([session.summary, session.decisions], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(spelled.encode("ascii")).hexdigest()[:16]


@transaction.atomic
def write_summary(*, session: ResearchSession, summary: str, decisions: Sequence[str], read: str) -> None:
    """Keep the words of whoever read ``read`` (``mark_of``); the same words again change nothing.

    Raises ChangedMeanwhileError where somebody wrote others since, ValidationError by field.
    """
    kept = ResearchSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    summary = summary.replace("\r\n", "\n").strip()
    cleaned = [" ".join(one.split()) for one in decisions if one.strip()]
    _check(summary, cleaned)
    if (kept.summary, kept.decisions) == (summary, cleaned):
        return
    if mark_of(kept) != read:
        raise ChangedMeanwhileError(_("Somebody else changed this since you opened it. Put theirs and yours together."))
    kept.summary, kept.decisions = summary, cleaned
    kept.save(update_fields=["summary", "decisions"])


def board_decision(title: str, decision: str) -> str:
    """Return as one sentence what was decided of a group on a workshop's board."""
    return " ".join(f"{title}: {decision}".split())


def add_decisions(session: ResearchSession, made: Sequence[str]) -> None:
    """Add what was decided, but for what stands there. The caller holds the session's row. Raises DomainError."""
    fresh = [one for one in made if one not in session.decisions]
    if not fresh:
        return
    if len(session.decisions) + len(fresh) > ADDED_DECISIONS_MOST:
        raise DomainError(_("The session holds too many decisions already. Shorten its list first."))
    session.decisions = [*session.decisions, *fresh]
    session.save(update_fields=["decisions"])


def _check(summary: str, decisions: Sequence[str]) -> None:
    problems = {}
    if len(summary) > SUMMARY_CHARACTERS:
        problems["summary"] = _("Shorten this to %(limit)d characters.") % {"limit": SUMMARY_CHARACTERS}
    if len(decisions) > DECISIONS_MOST:
        problems["decisions"] = _("Keep to %(limit)d decisions.") % {"limit": DECISIONS_MOST}
    if any(len(one) > DECISION_CHARACTERS for one in decisions):
        problems["decisions"] = _("Shorten each decision to %(limit)d characters.") % {"limit": DECISION_CHARACTERS}
    if "\0" in summary + "".join(decisions):
        problems["summary"] = _("Take the NUL characters out.")
    if problems:
        raise ValidationError(problems)
