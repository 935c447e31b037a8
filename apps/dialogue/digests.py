"""Digests: what happened since the last one, put together for one person at a time when theirs is due.

Apps above register sections (``register``); each returns what it has to say to a person about a span of time. The
schedule moves on in the transaction of the mail, so a digest is written once however many workers look.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.dialogue import notifications, preferences, wording
from apps.dialogue.models import DigestSchedule, Mail, MailChoice, MailState, Notification
from apps.dialogue.recipients import address_key
from apps.dialogue.wording import DigestLine, DigestPart

logger = logging.getLogger(__name__)

PURPOSE = "digest"
LINES_SHOWN = 20

Section = Callable[[User, datetime, datetime], DigestPart | None]  # person, from (open), until; in their language

_sections: dict[str, Section] = {}  # by name, filled in AppConfig.ready(); shown in this order


def register(name: str, section: Section) -> None:
    _sections[name] = section


def has_due_digest() -> bool:
    return DigestSchedule.objects.filter(due_at__lte=Now()).exists()


@transaction.atomic
def write_one_digest() -> int:
    """Write the digest that is due longest and move its schedule on; return 1, or 0 when none is due or free.

    Where there is nothing to tell no mail is written. A section that fails is left out and logged.
    """
    due = DigestSchedule.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    schedule = due.filter(due_at__lte=Now()).order_by("due_at").first()
    if schedule is None:
        return 0
    user, now = schedule.user, timezone.now()
    if user.is_active:
        _write(user, schedule, now)
    schedule.due_at = preferences.next_digest(schedule.rhythm, user, after=now)  # also for when they come back
    schedule.covered_until = now
    schedule.save(update_fields=["due_at", "covered_until"])
    return 1


def _write(user: User, schedule: DigestSchedule, now: datetime) -> None:
    with wording.speaking_to(user):
        parts = [part for part in (_part(name, user, schedule, now) for name in _sections) if part and part.lines]
        if not parts:
            return
        subject, body, headers = wording.digest_of(user, parts, rhythm=schedule.rhythm)
    Mail.objects.create(
        purpose=PURPOSE,
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[user.email],
        recipient_key=address_key(user.email),
        subject=subject,
        body=body,
        headers=headers,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )


def _part(name: str, user: User, schedule: DigestSchedule, now: datetime) -> DigestPart | None:
    try:
        with transaction.atomic():
            return _sections[name](user, schedule.covered_until, now)
    except Exception:
        logger.exception("The digest's section %s failed for person %d", name, user.pk)
        return None


def notifications_section(user: User, since: datetime, until: datetime) -> DigestPart | None:
    """Return the unread notifications that the person wants in the digest, and mark them as mailed."""
    kinds = [kind for kind, wish in preferences.wishes_of(user).items() if wish.mail == MailChoice.DIGEST]
    rows = Notification.objects.filter(user=user, kind__in=kinds, read_at=None, mailed_at=None, created_at__lte=until)
    found = list(rows.select_related("actor", "note").order_by("-pk")[:LINES_SHOWN])
    told = [one for one in notifications.as_told(user, found) if one.is_open]
    Notification.objects.filter(pk__in=[row.pk for row in found]).update(mailed_at=Now())
    lines = [DigestLine(one.sentence, one.notification.path) for one in told]
    return DigestPart(_("Conversations you take part in"), lines)
