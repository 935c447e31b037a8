"""What notifications and digests say, in the language of whoever reads them. No query, no write."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.dialogue import preferences, unsubscribing
from apps.dialogue.models import DigestRhythm, Notification, NotificationKind

SUBJECT_CHARACTERS = 200


class MailParts(NamedTuple):
    subject: str
    body: str
    headers: dict[str, str]


class DigestLine(NamedTuple):
    text: str
    path: str = ""  # on this installation


class DigestPart(NamedTuple):
    title: str
    lines: Sequence[DigestLine]


def sentence(notification: Notification) -> str:
    """Return who did what, in the active language."""
    actor = str(notification.actor) if notification.actor else _("Somebody")
    number = notification.feedback_id
    match notification.kind:
        case NotificationKind.MENTION:
            return _("%(actor)s mentions you in a note on feedback %(number)s") % {"actor": actor, "number": number}
        case NotificationKind.NOTE:
            return _("%(actor)s wrote a note on feedback %(number)s") % {"actor": actor, "number": number}
        case NotificationKind.ASSIGNED:
            return _assigned(notification) % {"actor": actor, "subject": notification.subject}
        case NotificationKind.EXPOSURE:
            return _("You could listen to customers: “%(subject)s” has a free seat for you") % {
                "subject": notification.subject
            }
        case NotificationKind.ERASURE:
            return _("A customer asks to be erased")
        case _other:
            return _("Your teams or roles changed")


def _assigned(notification: Notification) -> str:
    """Return what was given to somebody, by the beginning of the event's name."""
    match notification.about.partition(":")[0]:
        case "action":
            return _("%(actor)s gave you the action “%(subject)s”")
        case "renewal":
            return _("Terms on the panel “%(subject)s” end within 30 days")
        case _other:
            return _("%(actor)s gave you the priority “%(subject)s”")


def mail_of(user: User, notification: Notification, *, quote: str) -> MailParts:
    """Return the mail that tells ``user`` of ``notification``, in their language, with one-click unsubscribing."""
    with translation.override(_language_of(user)):
        off = unsubscribing.address(user, notification.kind)
        said = sentence(notification)
        context = {
            "sentence": said,
            "quote": quote,
            "url": f"{settings.PUBLIC_URL}{notification.path}",
            "off_url": off,
            "kind": NotificationKind(notification.kind).label,
        }
        body = render_to_string("dialogue/email/notification.txt", context)
    return MailParts(_one_line(said), body, unsubscribing.headers(off))


def digest_of(user: User, parts: Sequence[DigestPart], *, rhythm: str) -> MailParts:
    """Return the digest that holds ``parts``; call within ``speaking_to(user)`` like what made the parts."""
    off = unsubscribing.address(user, unsubscribing.DIGEST)
    context = {"parts": parts, "public_url": settings.PUBLIC_URL, "off_url": off, "user": user}
    body = render_to_string("dialogue/email/digest.txt", context)
    daily, weekly = _("Your customers yesterday"), _("Your customers last week")
    return MailParts(daily if rhythm == DigestRhythm.DAILY else weekly, body, unsubscribing.headers(off))


class speaking_to:  # noqa: N801 a context manager, named as it reads
    """Within it texts are in the language, and times in the zone, of ``user``."""

    def __init__(self, user: User) -> None:
        self._language = translation.override(_language_of(user))
        self._zone = timezone.override(preferences.zone_or_ours(user))

    def __enter__(self) -> None:
        self._language.__enter__()
        self._zone.__enter__()

    def __exit__(self, *error: object) -> None:
        self._zone.__exit__(None, None, None)
        self._language.__exit__(None, None, None)


def _language_of(user: User) -> str:
    known = dict(settings.STAFF_LANGUAGES)
    return user.language if user.language in known else settings.LANGUAGE_CODE


def _one_line(text: str) -> str:
    return " ".join(text.split())[:SUBJECT_CHARACTERS]
