"""How each person wants to hear of things: the defaults, and the only writer of preferences and digest schedules."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.time_zones import zone_of
from apps.dialogue.models import DigestRhythm, DigestSchedule, MailChoice, NotificationKind, Preference

DIGEST_TIME = time(7)  # of the person's own day
MONDAY = 0


class Wish(NamedTuple):
    is_shown: bool
    mail: str  # of MailChoice


DEFAULTS: dict[str, Wish] = {
    NotificationKind.MENTION: Wish(is_shown=True, mail=MailChoice.NOW),
    NotificationKind.NOTE: Wish(is_shown=True, mail=MailChoice.DIGEST),
    NotificationKind.ASSIGNED: Wish(is_shown=True, mail=MailChoice.NOW),
    NotificationKind.ACCESS: Wish(is_shown=True, mail=MailChoice.NOW),
    NotificationKind.EXPOSURE: Wish(is_shown=True, mail=MailChoice.DIGEST),
    NotificationKind.ERASURE: Wish(is_shown=True, mail=MailChoice.NOW),
}


def wishes_of(user: User) -> dict[str, Wish]:
    """Return the person's wish for every kind. One query."""
    return wishes_of_all([user])[user.pk]


def wishes_of_all(users: Iterable[User]) -> dict[int, dict[str, Wish]]:
    """Return each person's wish for every kind, by the person's id. One query."""
    wishes: dict[int, dict[str, Wish]] = {user.pk: dict(DEFAULTS) for user in users}
    for row in Preference.objects.filter(user_id__in=wishes):
        if row.kind in DEFAULTS:
            wishes[row.user_id][row.kind] = Wish(row.is_shown, row.mail)
    return wishes


@transaction.atomic
def save_wishes(*, user: User, wishes: Mapping[str, Wish], rhythm: str) -> None:
    """Keep what ``user`` chose; the digest's next date follows. Again changes nothing."""
    for kind, wish in wishes.items():
        Preference.objects.update_or_create(
            user=user, kind=NotificationKind(kind), defaults={"is_shown": wish.is_shown, "mail": MailChoice(wish.mail)}
        )
    set_rhythm(user=user, rhythm=rhythm)


@transaction.atomic
def set_mail(*, user: User, kind: str, mail: str) -> None:
    """Choose when one kind comes by mail; what the app shows stays. What one click in a mail does."""
    shown = wishes_of(user)[NotificationKind(kind)].is_shown
    Preference.objects.update_or_create(
        user=user, kind=kind, defaults={"mail": MailChoice(mail)}, create_defaults={"mail": mail, "is_shown": shown}
    )


@transaction.atomic
def set_rhythm(*, user: User, rhythm: str) -> None:
    """Choose the digest's rhythm; the next one is due on the next such morning of the person's time zone."""
    schedule, _ = DigestSchedule.objects.select_for_update().get_or_create(user=user)
    due_at = next_digest(rhythm, user, after=timezone.now())
    if schedule.rhythm != rhythm or schedule.due_at is None or rhythm == DigestRhythm.OFF:
        schedule.rhythm, schedule.due_at = DigestRhythm(rhythm), due_at
        schedule.save(update_fields=["rhythm", "due_at"])


def rhythm_of(user: User) -> str:
    schedule = DigestSchedule.objects.filter(user=user).first()
    return schedule.rhythm if schedule else DigestRhythm.WEEKLY


def next_digest(rhythm: str, user: User, *, after: datetime) -> datetime | None:
    """Return when the digest after ``after`` is due: 07:00 of the person's day, on Mondays if weekly; None: never."""
    if rhythm == DigestRhythm.OFF:
        return None
    zone = zone_or_ours(user)
    here = after.astimezone(zone)
    morning = datetime.combine(here.date(), DIGEST_TIME, tzinfo=zone)
    if morning <= here:
        morning = datetime.combine(here.date() + timedelta(days=1), DIGEST_TIME, tzinfo=zone)
    if rhythm == DigestRhythm.WEEKLY:
        days = (MONDAY - morning.weekday()) % 7
        morning = datetime.combine(morning.date() + timedelta(days=days), DIGEST_TIME, tzinfo=zone)
    return morning


def zone_or_ours(user: User) -> ZoneInfo:
    """Return the person's time zone, the installation's where they have none."""
    return zone_of(user) or ZoneInfo(settings.TIME_ZONE)


def enrol_people() -> int:
    """Give each active person without a schedule the weekly digest; return how many. One query where all have one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.id FROM accounts_user u LEFT JOIN dialogue_digestschedule s ON s.user_id = u.id"
            " WHERE u.is_active AND s.user_id IS NULL LIMIT 10000"
        )
        keys = [row[0] for row in cursor.fetchall()]
    now = timezone.now()
    rows = [
        DigestSchedule(user=user, due_at=next_digest(DigestRhythm.WEEKLY, user, after=now))
        for user in User.objects.filter(pk__in=keys)
    ]
    return len(DigestSchedule.objects.bulk_create(rows, ignore_conflicts=True))
