"""Whether a post bears the signature that its sender and we alone can make. Pure, in constant time.

Signed is the body; by Zendesk and HubSpot also what their own headers say (their developers' pages, "verifying"), so a
post that somebody kept is good for minutes, and does not bring back later what was withdrawn or erased since.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime

ZENDESK, ZENDESK_TIME = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
HUBSPOT, HUBSPOT_TIME = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
FRESH_SECONDS = 600  # before and after: as long as clocks differ and senders try again


def is_signed(
    body: bytes, headers: Mapping[str, str], *, header: str, algorithm: str, secret: str, url: str, now: float
) -> bool:
    """Return whether ``header`` holds the signature of the post: in hex or Base64, with or without "sha256=".

    Where a time is signed, it has to be near ``now`` (seconds since 1970).
    """
    given = headers.get(header, "").strip()
    digest = hmac.digest(secret.encode(), _signed(body, headers, header.lower(), url), getattr(hashlib, algorithm))
    plain = given.partition("=")[2] if given.lower().startswith(f"{algorithm}=") else given
    as_hex = constant_time_compare(plain.lower(), digest.hex())
    as_base64 = constant_time_compare(plain, base64.b64encode(digest).decode("ascii"))
    return bool(secret) and (as_hex or as_base64) and _is_fresh(headers, header.lower(), now)


def _is_fresh(headers: Mapping[str, str], header: str, now: float) -> bool:
    try:
        if header == ZENDESK:
            signed_at = parse_datetime(headers.get(ZENDESK_TIME, ""))
        elif header == HUBSPOT:
            signed_at = datetime.fromtimestamp(int(headers.get(HUBSPOT_TIME, "")) / 1000, tz=UTC)
        else:
            return True
        return signed_at is not None and abs(now - signed_at.timestamp()) <= FRESH_SECONDS
    except (ValueError, OverflowError, OSError):
        return False


def _signed(body: bytes, headers: Mapping[str, str], header: str, url: str) -> bytes:
    if header == ZENDESK:
        return headers.get(ZENDESK_TIME, "").encode() + body
    if header == HUBSPOT:
        return b"POST" + url.encode() + body + headers.get(HUBSPOT_TIME, "").encode()
    return body
