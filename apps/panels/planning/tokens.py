"""The link of one participant's own page. The signature is the check; a fresh key closes every link given out."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from apps.accounts.models import User
from apps.panels.models import Participant


def _signer(kind: str) -> Signer:
    return Signer(salt=f"panels.{kind}", sep=".")


def token_of(participant: Participant) -> str:
    return _signer("participant").sign(participant.key.hex)


def read_token(token: str) -> uuid.UUID | None:
    """Return the key that ``token`` was made of, None for one that is not ours."""
    try:
        return uuid.UUID(hex=_signer("participant").unsign(token))
    except (BadSignature, ValueError):
        return None


def participant_url(participant: Participant) -> str:
    """Return the full address of the participant's page: to be mailed to them and shown nowhere else."""
    return f"{settings.PUBLIC_URL}{reverse('sessions:participant', args=[token_of(participant)])}"


def feed_token(user: User) -> str:
    """Return the token of a person's calendar feed; a new password closes it."""
    return _signer("feed").sign(f"{user.pk}-{_mark(user)}")


def read_feed_token(token: str) -> User | None:
    """Return whose feed it is; None for one that is not ours, no longer holds, or of somebody who has left."""
    try:
        user_id, _, mark = _signer("feed").unsign(token).partition("-")
        user = User.objects.filter(pk=int(user_id), is_active=True).first()
    except (BadSignature, ValueError):
        return None
    return user if user is not None and mark == _mark(user) else None


def _mark(user: User) -> str:
    return user.get_session_auth_hash()[:16]
