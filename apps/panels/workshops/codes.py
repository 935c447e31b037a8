"""The short code that people type into their phones. Pure rules: no database."""

import secrets

ALPHABET = "CDFHJKMNPQRTWXY34679"  # nothing that is taken for another one, no vowels: no words
LENGTH = 6


def make_code() -> str:
    """Return a fresh code, one of 64 million."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """Return ``typed`` as a code is kept, whatever its case, blanks and hyphens; "" where it cannot be one."""
    code = "".join(typed[:40].upper().replace("-", "").split())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""
