"""Whether a post bears the signature that its sender and we alone can make. Pure, in constant time.

Signed is the body; by Zendesk and HubSpot also what their own headers say (their developers' pages, "verifying").
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from django.utils.crypto import constant_time_compare

ZENDESK, ZENDESK_TIME = "x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"
HUBSPOT, HUBSPOT_TIME = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"


def is_signed(body: bytes, headers: Mapping[str, str], *, header: str, algorithm: str, secret: str, url: str) -> bool:
    """Return whether ``header`` holds the signature of the post: in hex or Base64, with or without "sha256="."""
    given = headers.get(header, "").strip()
    digest = hmac.digest(secret.encode(), _signed(body, headers, header.lower(), url), getattr(hashlib, algorithm))
    plain = given.partition("=")[2] if given.lower().startswith(f"{algorithm}=") else given
    as_hex = constant_time_compare(plain.lower(), digest.hex())
    as_base64 = constant_time_compare(plain, base64.b64encode(digest).decode("ascii"))
    return bool(secret) and (as_hex or as_base64)


def _signed(body: bytes, headers: Mapping[str, str], header: str, url: str) -> bytes:
    if header == ZENDESK:
        return headers.get(ZENDESK_TIME, "").encode() + body
    if header == HUBSPOT:
        return b"POST" + url.encode() + body + headers.get(HUBSPOT_TIME, "").encode()
    return body
