"""Where a person is signed in: rows beside Django's sessions. Written here and by allauth.usersessions."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.devices import device_name
from apps.accounts.models import User

SEEN_KEY = "seen_at"  # in the session: seconds since 1970 at which its row was last written
SEEN_EVERY_SECONDS = 300  # so that a request costs no query more, most of the time
AGENT_LENGTH = 500


@dataclass(frozen=True)
class SignedIn:
    """One place where a person is signed in."""

    id: int
    device: str
    address: str
    started_at: datetime
    seen_at: datetime  # exact to SEEN_EVERY_SECONDS
    is_current: bool


def begin(request: HttpRequest, user: User) -> None:
    """Note that ``user`` signed in with ``request``'s session, or used it again. Two queries."""
    if not request.session.session_key:
        request.session.save()
    now = timezone.now()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": get_adapter().get_client_ip(request),
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH],
            "last_seen_at": now,
        },
    )
    request.session[SEEN_KEY] = int(now.timestamp())


def is_due(request: HttpRequest) -> bool:
    """Return whether the session's row is older than SEEN_EVERY_SECONDS. No query."""
    return bool(time.time() - request.session.get(SEEN_KEY, 0) > SEEN_EVERY_SECONDS)


def sessions_of(user: User, *, current_key: str | None) -> list[SignedIn]:
    """Return where ``user`` is signed in right now: this place first, then the latest seen. Two queries.

    Sessions that expired, were ended, or are older than the password are not among them.
    """
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    alive = _alive(user, rows)
    listed = [_signed_in(row, is_current=key == current_key) for key, row in rows.items() if key in alive]
    return sorted(listed, key=lambda one: (not one.is_current, -one.seen_at.timestamp()))


def _alive(user: User, keys: Collection[str]) -> set[str]:
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    good = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    return {row.session_key for row in stored if row.get_decoded().get(HASH_SESSION_KEY) in good}


def _signed_in(row: UserSession, *, is_current: bool) -> SignedIn:
    return SignedIn(
        id=row.pk,
        device=device_name(row.user_agent),
        address=str(row.ip),
        started_at=row.created_at,
        seen_at=row.last_seen_at,
        is_current=is_current,
    )


def end_session(*, user: User, session_id: int) -> bool:
    """End that session of ``user`` from its next request on; False where it is not theirs or gone already."""
    return bool(_end(user, {"pk": session_id}))


def end_others(*, user: User, current_key: str) -> int:
    """End every session of ``user`` but this one; return how many."""
    return _end(user, {}, but=current_key)


def end_all(*, user: User) -> int:
    """End every session of ``user``, from the next request on; return how many."""
    return _end(user, {})


@transaction.atomic
def _end(user: User, which: dict[str, int], *, but: str = "") -> int:
    rows = UserSession.objects.filter(user=user, **which).exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    # A request under way cannot bring it back: saving a session that is gone fails.
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def forget_expired(today: date) -> None:
    """Delete sessions that expired, and the rows beside them. A daily job."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def note_sign_in(sender: type[User], request: HttpRequest, user: User, **kwargs: object) -> None:
    """Receive Django's user_logged_in."""
    begin(request, user)
