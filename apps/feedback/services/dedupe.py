"""What makes a repeat: one key per thing said, unique among rows not withdrawn (README.md, "Repeats")."""

import hashlib
import json
import secrets
from datetime import datetime


def hash_parts(*parts: object) -> str:
    """Return the SHA-256 of ``parts`` as 64 hex digits; parts never run into one another."""
    spelled = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode("ascii")).hexdigest()


def external_key(product_id: int, external_id: str) -> str:
    """The same external id on the same product is a repeat, whatever the channel."""
    return hash_parts("external", product_id, external_id)


def content_key(*, product_id: int, person: str, captured_at: datetime | None, rating: int | None, text: str) -> str:
    """The same words by the same person at the same moment. ``person``: their key, blank for nobody."""
    moment = captured_at.isoformat() if captured_at else None
    return hash_parts("content", product_id, person, moment, rating, text)


def token_key(nonce: str) -> str:
    """One form token is one piece of feedback."""
    return hash_parts("token", nonce)


def fresh_key() -> str:
    """A key that repeats nothing."""
    return secrets.token_hex(32)
