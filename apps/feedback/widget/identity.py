"""Who a host page says is signed in there: a string that its server signs with a product's secret.

The string is the base64url of a JSON object (email, name, organisation, expires in seconds since 1970), a dot, and the
hexadecimal HMAC-SHA256 of that base64url with the secret. What is wrong with it never troubles a visitor.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac

from apps.feedback.services.people import Person, normalise_person
from apps.feedback.widget_models import WidgetSecret

CHARACTERS = 4_000
LONGEST = timedelta(days=31)  # a proof that is good for longer would outlive the sign-in it speaks of


class Standing(StrEnum):
    """What a signed identity is worth."""

    NONE = "anonymous"  # there is none, or not signed by a secret in force: nothing in it counts
    CLAIMED = "claimed"  # it was good once, or would be good for too long
    VERIFIED = "verified"


class Vouched(NamedTuple):
    person: Person | None
    standing: Standing


NOBODY = Vouched(None, Standing.NONE)


def secret_of(product_id: int, nonce: str, *, key: str | None = None) -> str:
    """Return the secret that ``nonce`` stands for, of the installation's key or an earlier one."""
    return salted_hmac("feedback.widget", f"{product_id}.{nonce}", secret=key, algorithm="sha256").hexdigest()


def read_identity(raw: str, *, product_id: int, now: float) -> Vouched:
    """Return who ``raw`` names and what that is worth at ``now``, in seconds since 1970. At most one query."""
    body, _dot, signature = raw.strip().partition(".")
    if not body or not signature or len(raw) > CHARACTERS or not raw.isascii():
        return NOBODY
    if not _is_signed(body, signature, _secrets_of(product_id)):
        return NOBODY
    claims = _claims(body)
    person = _person(claims)
    if person is None:
        return NOBODY
    is_fresh = _is_fresh(claims.get("expires"), now)
    return Vouched(person, Standing.VERIFIED if is_fresh else Standing.CLAIMED)


def _is_fresh(expires: object, now: float) -> bool:
    return isinstance(expires, int | float) and now < expires <= now + LONGEST.total_seconds()


def _secrets_of(product_id: int) -> list[str]:
    keys = [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", ())]
    nonces = WidgetSecret.objects.filter(product_id=product_id, ended_at=None).values_list("nonce", flat=True)
    return [secret_of(product_id, nonce, key=key) for nonce in nonces for key in keys]


def _is_signed(body: str, signature: str, secrets: Iterable[str]) -> bool:
    """Tell whether one of ``secrets`` signed ``body``: all are tried, each in constant time."""
    found = [hmac.compare_digest(sign(body, secret), signature.lower()) for secret in secrets]
    return any(found)


def sign(body: str, secret: str) -> str:
    return hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()


def _claims(body: str) -> dict[str, object]:
    try:
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _person(claims: dict[str, object]) -> Person | None:
    """Return the person: an address is needed, for it is what a customer is known by."""
    email, name, organisation = (claims.get(one) or "" for one in ("email", "name", "organisation"))
    if not (isinstance(email, str) and isinstance(name, str) and isinstance(organisation, str)):
        return None
    try:
        person = normalise_person(Person(email=email, name=name, organisation=organisation))
    except ValidationError:
        return None
    return person if person and person.email else None
