"""Findings: every write. The one writer of ``Finding`` and ``FindingEvidence``."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.core.errors import DomainError
from apps.feedback.models import Feedback
from apps.panels.models import Finding, FindingEvidence, ResearchSession, SessionNote
from apps.tagging.models import Tag

TITLE_CHARACTERS = 200
TEXT_CHARACTERS = 20_000
EVIDENCE_MOST = 200


@dataclass(frozen=True)
class Source:
    """One thing a finding may rest on; who adds it sees to it that they may open it."""

    session: ResearchSession | None = None
    note: SessionNote | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Words:
    """What a finding says, and what it is about."""

    title: str
    text: str
    product: Product | None = None
    tag: Tag | None = None


@transaction.atomic
def create_finding(*, team: Team, author: User, words: Words, source: Source | None = None) -> Finding:
    """Write a finding down, resting on ``source`` where that is given. Raises ValidationError by field."""
    cleaned = _checked(words)
    finding = Finding.objects.create(
        team=team, author=author, title=cleaned.title, text=cleaned.text, product=cleaned.product, tag=cleaned.tag
    )
    if source is not None:
        add_evidence(finding=finding, source=source)
    return finding


@transaction.atomic
def change_finding(*, finding: Finding, words: Words) -> None:
    """Change what it says; the same words again change nothing. Raises ValidationError by field."""
    cleaned = _checked(words)
    kept = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    now = (kept.title, kept.text, kept.product_id, kept.tag_id)
    product_id, tag_id = (thing.pk if thing else None for thing in (cleaned.product, cleaned.tag))
    if now != (cleaned.title, cleaned.text, product_id, tag_id):
        Finding.objects.filter(pk=kept.pk).update(
            title=cleaned.title, text=cleaned.text, product=cleaned.product, tag=cleaned.tag, edited_at=Now()
        )


def withdraw_finding(*, finding: Finding) -> None:
    """Take it out of lists and search; its address stays and says so. Again changes nothing."""
    Finding.objects.filter(pk=finding.pk, withdrawn_at=None).update(withdrawn_at=Now())


def restore_finding(*, finding: Finding) -> None:
    """Undo ``withdraw_finding``."""
    Finding.objects.filter(pk=finding.pk, withdrawn_at__isnull=False).update(withdrawn_at=None)


@transaction.atomic
def add_evidence(*, finding: Finding, source: Source) -> FindingEvidence:
    """Have ``finding`` rest on ``source`` too; again it is the same row. Raises DomainError beyond EVIDENCE_MOST."""
    Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    # Any: one of three models.
    about: dict[str, Any] = {"session": source.session, "note": source.note, "feedback": source.feedback}
    there = FindingEvidence.objects.filter(finding=finding)
    if there.count() >= EVIDENCE_MOST and not there.filter(**about).exists():
        raise DomainError(_("A finding rests on at most %(limit)d things.") % {"limit": EVIDENCE_MOST})
    row, _is_new = FindingEvidence.objects.get_or_create(finding=finding, **about)
    return row


def remove_evidence(*, evidence: FindingEvidence) -> None:
    """Take one thing away; what it is stays where it is."""
    FindingEvidence.objects.filter(pk=evidence.pk).delete()


def _checked(words: Words) -> Words:
    title, text = " ".join(words.title.split()), words.text.replace("\r\n", "\n").strip()
    problems = {}
    if not 0 < len(title) <= TITLE_CHARACTERS:
        problems["title"] = _("Say it in 1 to %(limit)d characters.") % {"limit": TITLE_CHARACTERS}
    if not 0 < len(text) <= TEXT_CHARACTERS:
        problems["text"] = _("Write 1 to %(limit)d characters.") % {"limit": TEXT_CHARACTERS}
    if "\0" in title + text:
        problems["text"] = _("Take the NUL characters out.")
    if problems:
        raise ValidationError(problems)
    return Words(title, text, words.product, words.tag)
