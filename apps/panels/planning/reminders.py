"""Reminders of sessions that are near: once per span and date, to everybody who comes.

``reminded_from`` of a session says of which moment ("three days before") people were last reminded.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionState
from apps.panels.planning import mails


def has_due_reminder(*, as_of: datetime | None = None) -> bool:
    return _due(as_of or timezone.now()).exists()


def write_one_reminder(*, as_of: datetime | None = None) -> int:
    """Remind everybody of the session that is due and begins first; return 1, or 0 when none is due.

    The mails and the mark that they were written are one transaction under the session's lock. Where several spans
    are due at once (it was planned late) there is one mail. Nobody is reminded of what they said yes to only since
    then, and no customer who took back that we may contact them.
    """
    now = as_of or timezone.now()
    with transaction.atomic():
        due = _due(now).order_by("starts_at", "pk").select_for_update(of=("self",), skip_locked=True)
        session = due.select_related("team").first()
        if session is None or session.starts_at is None:
            return 0
        hours = min(
            span for span in settings.SESSION_REMINDER_HOURS if session.starts_at - timedelta(hours=span) <= now
        )
        moment = session.starts_at - timedelta(hours=hours)
        _remind(session, moment, mails.reminder_purpose(hours, session.starts_at))
        session.reminded_from = moment
        session.save(update_fields=["reminded_from"])
    return 1


def _remind(session: ResearchSession, moment: datetime, purpose: str) -> None:
    coming: QuerySet[Participant] = session.participants.filter(state=ParticipantState.ACCEPTED)
    for participant in coming.filter(answered_at__lt=moment).select_related("customer"):
        mails.remind_participant(session, participant, purpose)
    for seat in session.staff.filter(joined_at__lt=moment).select_related("user"):
        mails.remind_staff(session, seat, f"{purpose}.s")


def _due(now: datetime) -> QuerySet[ResearchSession]:
    """Return the planned sessions of which people are to be reminded and were not."""
    spans = Q(pk__in=[])
    for hours in settings.SESSION_REMINDER_HOURS:
        span = timedelta(hours=hours)
        is_new = Q(reminded_from=None) | Q(reminded_from__lt=F("starts_at") - span)
        spans |= Q(starts_at__lte=now + span) & is_new
    return ResearchSession.objects.filter(spans, state=SessionState.PLANNED, starts_at__gt=now)
