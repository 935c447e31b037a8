"""The link of one participant's own page. The signature is the check; a fresh key closes every link given out."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from apps.panels.models import Participant


def _signer() -> Signer:
    return Signer(salt="panels.participant", sep=".")


def token_of(participant: Participant) -> str:
    return _signer().sign(participant.key.hex)


def read_token(token: str) -> uuid.UUID | None:
    """Return the key that ``token`` was made of, None for one that is not ours."""
    try:
        return uuid.UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return None


def participant_url(participant: Participant) -> str:
    """Return the full address of the participant's page: to be mailed to them and shown nowhere else."""
    return f"{settings.PUBLIC_URL}{reverse('sessions:participant', args=[token_of(participant)])}"
