"""A phone's key: made and signed here, kept by its page alone; we keep a hash of it.

It names its workshop and opens nothing else; one that we did not make costs no query.
"""

import hashlib
import secrets
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer

LONGEST = 200  # characters


class PhoneKey(NamedTuple):
    workshop_id: int
    sha256: str


@lru_cache(maxsize=4)
def _signer(secret_key: str) -> Signer:
    return Signer(key=secret_key, salt="panels.workshops.phone", sep=".")


def make_key(workshop_id: int) -> str:
    """Return a fresh key for one phone of one workshop."""
    return _signer(settings.SECRET_KEY).sign(f"{workshop_id}-{secrets.token_urlsafe(18)}")


def read_key(key: str) -> PhoneKey | None:
    """Return what ``key`` says and the SHA-256 by which it is known; None for one that is not ours."""
    try:
        told = _signer(settings.SECRET_KEY).unsign(key[:LONGEST])
    except BadSignature:
        return None
    return PhoneKey(int(told.partition("-")[0]), hashlib.sha256(key.encode()).hexdigest())
