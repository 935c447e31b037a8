"""Proof of work: a browser finds a number that makes the hash of its form's token begin with zeros. Pure.

The token is the puzzle: signed, of one form, for two days, good for one feedback. So nothing is kept, and nothing that
a solver sends can make the puzzle easier or use it twice.
"""

import hashlib
import re

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
DIGEST_BITS = 256


def is_solved(token: str, number: str, *, bits: int) -> bool:
    """Tell whether SHA-256 of "token:number" begins with ``bits`` zeros; always for 0 bits."""
    if bits <= 0:
        return True
    if not token or _NUMBER.fullmatch(number) is None:
        return False
    digest = hashlib.sha256(f"{token}:{number}".encode(errors="replace")).digest()
    return int.from_bytes(digest, "big") >> (DIGEST_BITS - bits) == 0
