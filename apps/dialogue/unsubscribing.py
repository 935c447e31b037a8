"""Links that turn one kind of mail off without signing in (RFC 8058: one click). Signed, good for ever.

Such a link can be forwarded or guessed by nobody; what it can do is undone on the page that it opens.
"""

from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse

from apps.accounts.models import User
from apps.dialogue import preferences
from apps.dialogue.models import DigestRhythm, MailChoice, NotificationKind

SALT = "dialogue.unsubscribe"
DIGEST = "digest"


class Subscription(NamedTuple):
    user: User
    kind: str  # of NotificationKind, or DIGEST

    @property
    def is_digest(self) -> bool:
        return self.kind == DIGEST


def address(user: User, kind: str) -> str:
    """Return the address of the page that turns ``kind`` off for ``user``."""
    token = signing.dumps([user.pk, str(kind)], salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('dialogue:unsubscribe', args=[token])}"


def headers(url: str) -> dict[str, str]:
    """Return the mail headers by which mail programs offer one click. Source: RFC 8058, section 3.1."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def read_token(token: str) -> Subscription | None:
    """Return what ``token`` is about; None for one that is not ours, or of a person or kind that is gone."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=user_id).first()
    if user is None or (kind != DIGEST and kind not in NotificationKind.values):
        return None
    return Subscription(user, kind)


def is_on(subscription: Subscription) -> bool:
    if subscription.is_digest:
        return preferences.rhythm_of(subscription.user) != DigestRhythm.OFF
    return preferences.wishes_of(subscription.user)[subscription.kind].mail != MailChoice.OFF


def turn_off(subscription: Subscription) -> None:
    """Mail this kind no more; what the app shows stays. Again changes nothing."""
    if subscription.is_digest:
        preferences.set_rhythm(user=subscription.user, rhythm=DigestRhythm.OFF)
    else:
        preferences.set_mail(user=subscription.user, kind=subscription.kind, mail=MailChoice.OFF)


def turn_on(subscription: Subscription) -> None:
    """Undo ``turn_off``: as it is for somebody new."""
    if subscription.is_digest:
        preferences.set_rhythm(user=subscription.user, rhythm=DigestRhythm.WEEKLY)
    else:
        default = preferences.DEFAULTS[subscription.kind].mail
        preferences.set_mail(user=subscription.user, kind=subscription.kind, mail=default)
