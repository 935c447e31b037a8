"""A gentle word to whoever has met few customers lately, naming a session they could listen to.

At most one per person in two weeks, only below their goal, and only where there is such a session: no nagging without
a way to do something about it.
"""

import logging
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, read_roles
from apps.dialogue import notifications
from apps.dialogue.models import Notification, NotificationKind
from apps.panels.models import ResearchSession, SessionState
from apps.panels.rhythm import exposure, meeting

logger = logging.getLogger(__name__)

PAUSE = timedelta(days=14)
AHEAD = timedelta(days=42)  # how far ahead a session may be


def remind_of_sessions(today: date) -> int:
    """Remind who is due; return how many. Again on the same day adds nothing.

    One query for each person below their goal, and a few for all together.
    """
    now = timezone.now()
    ahead = ResearchSession.objects.filter(state=SessionState.PLANNED, starts_at__gt=now, starts_at__lte=now + AHEAD)
    session_ids = list(ahead.filter(observer_seats__gt=0).values_list("pk", flat=True))
    if not session_ids:
        return 0
    told = sum(_remind(user, session_ids, today=today, as_of=now) for user in _due(today=today, as_of=now))
    logger.info("Reminded %d people of sessions to listen to", told)
    return told


def _due(*, today: date, as_of: datetime) -> list[User]:
    """Return active members of teams who may join research, are below their goal and were not reminded lately."""
    lately = Notification.objects.filter(kind=NotificationKind.EXPOSURE, created_at__gt=as_of - PAUSE)
    members = User.objects.filter(Q(memberships__isnull=False), is_active=True).distinct()
    users = list(members.exclude(pk__in=lately.values("user_id")).order_by("pk"))
    read_roles(users)
    users = [user for user in users if may(user, Permission.JOIN_RESEARCH)]
    progress = exposure.progress_of_all(users, today=today)
    return [user for user in users if not progress[user.pk].is_reached]


def _remind(user: User, session_ids: list[int], *, today: date, as_of: datetime) -> int:
    session = meeting.next_free_session(user, as_of=as_of, among=session_ids)
    if session is None:
        return 0
    return notifications.notify(
        kind=NotificationKind.EXPOSURE,
        users=[user],
        about=f"exposure:{today.isoformat()}",
        subject=session.title,
        path=f"{reverse('rhythm:meet')}#session-{session.pk}",
    )
