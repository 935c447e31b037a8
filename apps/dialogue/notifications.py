"""Telling people of the staff: rows for the app, and mail behind them through the outbox. The only writer of both.

A notification carries no words of customers or notes: it points to them, and whoever opens it must still be allowed to.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core import outbox
from apps.customers.models import Customer
from apps.dialogue import preferences, wording
from apps.dialogue.models import Mail, MailChoice, MailState, Note, Notification, NotificationKind
from apps.dialogue.recipients import address_key
from apps.feedback.selectors import readable_by

logger = logging.getLogger(__name__)

NOTIFIED = "dialogue.notified"  # outbox topic: notifications to be mailed at once
PURPOSE = "notification"  # of the mail; about_id is the notification's
REPEAT = timedelta(minutes=1)  # the same words by the same person within it are a double click
ACCESS_PAUSE = timedelta(hours=1)  # several changes in a row are one piece of news
KEPT = timedelta(days=180)
PAGE_ROWS = 40
UNREAD_CAP = 99


@transaction.atomic
def notify(
    *,
    kind: NotificationKind,
    users: Sequence[User],
    actor: User | None = None,
    note: Note | None = None,
    about: str = "",
    subject: str = "",
    path: str = "",
) -> int:
    """Tell ``users`` (never ``actor``) of one event; return how many rows are new.

    With ``note`` the rest follows from it; else ``about`` names the event and ``path`` where to look. Saying the same
    again adds nothing. Who wants to hear nothing of this kind gets no row. Four queries for any number of people.
    """
    wishes = preferences.wishes_of_all([user for user in users if user.is_active and user != actor])
    wanted = {pk: wish[kind] for pk, wish in wishes.items() if wish[kind].is_shown or wish[kind].mail != MailChoice.OFF}
    if note is not None:
        about, path = f"note:{note.pk}", f"{feedback_path(note.feedback_id)}#note-{note.pk}"
    told = Notification.objects.filter(user_id__in=wanted, kind=kind, about=about)
    new = wanted.keys() - set(told.values_list("user_id", flat=True))
    feedback_id = note.feedback_id if note else None
    fields = {"kind": kind, "actor": actor, "about": about, "note": note, "subject": subject[:200], "path": path}
    Notification.objects.bulk_create(
        [Notification(user_id=pk, feedback_id=feedback_id, **fields) for pk in new], ignore_conflicts=True
    )
    at_once = [pk for pk in new if wanted[pk].mail == MailChoice.NOW]
    outbox.publish(NOTIFIED, told.filter(user_id__in=at_once).values_list("pk", flat=True))
    return len(new)


def tell_of_access(user_ids: list[int]) -> None:
    """Tell each person that their teams or roles changed, once an hour at most; not whoever joined within it.

    Subscriber of ``accounts.access_changed``. Six queries for any number of people.
    """
    lately = Notification.objects.filter(kind=NotificationKind.ACCESS, created_at__gt=Now() - ACCESS_PAUSE)
    told = lately.filter(user_id__in=user_ids).values("user_id")
    joined = Now() - ACCESS_PAUSE  # they know what they were invited to
    users = User.objects.filter(pk__in=user_ids, is_active=True, joined_at__lte=joined).exclude(pk__in=told)
    about = f"access:{timezone.now().isoformat()}"
    notify(kind=NotificationKind.ACCESS, users=list(users), about=about, path=reverse("account_profile"))


def tell_of_erasure_requests(customer_ids: list[int]) -> None:
    """Tell the administrators of the installation, who alone erase, of each customer who asks for it; once a request.

    Subscriber of ``customers.erasure_asked``. No name is kept here: it would outlive the person.
    """
    administrators = list(User.objects.filter(is_superuser=True, is_active=True))
    waiting = Customer.objects.filter(pk__in=customer_ids, erasure_asked_at__isnull=False)
    for customer_id, asked_at in waiting.values_list("pk", "erasure_asked_at"):
        about = f"erasure:{customer_id}:{asked_at.isoformat() if asked_at else ''}"
        notify(
            kind=NotificationKind.ERASURE, users=administrators, about=about, path=reverse("workbench:erasure-requests")
        )


def feedback_path(feedback_id: int) -> str:
    return reverse("workbench:feedback-detail", args=[feedback_id])


# --- reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One notification as its owner sees it; what they may no longer open says nothing."""

    notification: Notification
    sentence: str
    quote: str  # of the note; blank where there is none or it may not be read
    is_open: bool  # may be followed


@dataclass(frozen=True)
class ToldPage:
    entries: list[Told]
    next_before: int | None


def unread_count(user: User) -> int:
    """Return how many unread ones the app shows, at most ``UNREAD_CAP`` + 1. Two queries."""
    return _shown(user).filter(read_at=None)[: UNREAD_CAP + 1].count()


def told_page(user: User, *, before: int | None = None, only_unread: bool = False) -> ToldPage:
    """Return one page, the newest first, of what the app shows. Three queries."""
    rows = _shown(user).select_related("actor", "note")
    if only_unread:
        rows = rows.filter(read_at=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_ROWS + 1])
    entries = _as_told(user, found[:PAGE_ROWS])
    return ToldPage(entries, found[PAGE_ROWS - 1].pk if len(found) > PAGE_ROWS else None)


def as_told(user: User, rows: Iterable[Notification]) -> list[Told]:
    """Return ``rows`` of ``user`` as they may see them. One query."""
    return _as_told(user, list(rows))


def _as_told(user: User, rows: list[Notification]) -> list[Told]:
    about = {row.feedback_id for row in rows if row.feedback_id}
    readable = set(readable_by(user).filter(pk__in=about).values_list("pk", flat=True))
    return [_told(row, is_open=row.feedback_id is None or row.feedback_id in readable) for row in rows]


def _told(row: Notification, *, is_open: bool) -> Told:
    stands = row.note is not None and row.note.deleted_at is None
    quote = row.note.text if is_open and stands and row.note else ""
    return Told(row, wording.sentence(row), quote, is_open)


def _shown(user: User) -> QuerySet[Notification]:
    hidden = [kind for kind, wish in preferences.wishes_of(user).items() if not wish.is_shown]
    return Notification.objects.filter(user=user).exclude(kind__in=hidden)


# --- marking ------------------------------------------------------------------------------------------------------


def mark_read(*, user: User, notification_ids: Iterable[int] | None = None) -> list[int]:
    """Mark the person's own notifications as read (None: all); return those that were not. Again: none."""
    unread = Notification.objects.filter(user=user, read_at=None)
    if notification_ids is not None:
        unread = unread.filter(pk__in=list(notification_ids))
    with transaction.atomic():
        keys = list(unread.select_for_update().values_list("pk", flat=True))
        Notification.objects.filter(pk__in=keys).update(read_at=Now())
    return keys


def mark_unread(*, user: User, notification_ids: Iterable[int]) -> None:
    """Undo ``mark_read``."""
    Notification.objects.filter(user=user, pk__in=list(notification_ids)).update(read_at=None)


# --- mail ---------------------------------------------------------------------------------------------------------


def mail_notifications(notification_ids: list[int]) -> None:
    """Write a mail for each that is still unread, unmailed and wanted at once. Subscriber of ``dialogue.notified``.

    Four queries and one for each person. Nobody is mailed of what they may not open any more.
    """
    rows = list(
        Notification.objects.filter(pk__in=notification_ids, read_at=None, mailed_at=None, user__is_active=True)
        .select_related("user", "actor", "note")
        .order_by("pk")
    )
    wishes = preferences.wishes_of_all({row.user for row in rows})
    by_user: dict[User, list[Notification]] = {}
    for row in rows:
        if wishes[row.user_id][row.kind].mail == MailChoice.NOW:
            by_user.setdefault(row.user, []).append(row)
    told = [(user, one) for user, own in by_user.items() for one in as_told(user, own) if one.is_open]
    Mail.objects.bulk_create([_mail(user, one) for user, one in told], ignore_conflicts=True)
    Notification.objects.filter(pk__in=[one.notification.pk for _, one in told]).update(mailed_at=Now())


def _mail(user: User, told: Told) -> Mail:
    subject, body, headers = wording.mail_of(user, told.notification, quote=told.quote)
    return Mail(
        purpose=PURPOSE,
        about_id=told.notification.pk,
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[user.email],
        recipient_key=address_key(user.email),
        subject=subject,
        body=body,
        headers=headers,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )


# --- forgetting ---------------------------------------------------------------------------------------------------


def withdraw_about_note(note_id: int) -> None:
    """Take back what is still unread about a deleted note, and its mail that still waits."""
    unread = Notification.objects.filter(note_id=note_id, read_at=None)
    keys = list(unread.values_list("pk", flat=True))
    Mail.objects.filter(purpose=PURPOSE, about_id__in=keys, state=MailState.QUEUED).delete()
    unread.delete()


def forget_about_notes(note_ids: Iterable[int]) -> None:
    """Blank the mail that quoted ``note_ids``; what waits is given up."""
    keys = Notification.objects.filter(note_id__in=list(note_ids)).values_list("pk", flat=True)
    Mail.objects.filter(purpose=PURPOSE, about_id__in=list(keys)).update(
        body="", state=Case(When(state=MailState.QUEUED, then=Value(MailState.FAILED)), default="state")
    )


def purge_old(*, older_than: timedelta = KEPT) -> int:
    """Delete notifications that are older; return how many."""
    return Notification.objects.filter(created_at__lt=Now() - older_than).delete()[0]
