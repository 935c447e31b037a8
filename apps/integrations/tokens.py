"""The tokens in the addresses that others post to: 256 random bits, shown once, kept as a hash. No database."""

import hashlib
import secrets
from typing import NamedTuple

PREFIX_CHARACTERS = 8


class FreshToken(NamedTuple):
    token: str  # never to be seen again
    sha256: str
    prefix: str


def make_token() -> FreshToken:
    token = secrets.token_urlsafe(32)
    return FreshToken(token, hash_token(token), token[:PREFIX_CHARACTERS])


def hash_token(token: str) -> str:
    """Looking a token up by its hash tells nothing by its time: the hash of a guess is no nearer to that of another."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
