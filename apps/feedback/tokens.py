"""Signed tokens: of the public form (single use), of a receipt (one feedback), of a mailed confirmation.

None is kept anywhere: the signature is the check. Each kind has its own salt, so none serves as another.
"""

import secrets
from functools import cache, lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.feedback.models import Feedback

FORM_TOKEN_SECONDS = 48 * 3600
CONFIRMATION_SECONDS = 14 * 24 * 3600
CLOCK_SLACK_SECONDS = 120  # between two web hosts


class FormToken(NamedTuple):
    """What a form's token said. ``doubt`` is blank for a good one, else why the feedback is held."""

    nonce: str  # blank when the token is not ours
    age_seconds: float
    doubt: str
    version_id: int = 0  # of the form as it was shown; 0: not known


@lru_cache(maxsize=8)
def _signer(kind: str, secret_key: str) -> Signer:
    return Signer(key=secret_key, salt=f"feedback.{kind}", sep=".")


def issue_form_token(form_id: int, *, now: float, version_id: int = 0) -> str:
    """Return a fresh token; ``now`` in seconds since 1970."""
    told = f"{form_id}.{version_id}.{int(now * 1000)}.{secrets.token_urlsafe(16)}"
    return _signer("form", settings.SECRET_KEY).sign(told)


def read_form_token(token: str, *, form_id: int, now: float) -> FormToken:
    """Check a token. Never raises: a doubtful one means "held for review", never "lost"."""
    if not token:
        return FormToken("", 0.0, "Sent without a form token")
    try:
        of_form, version, issued_ms, nonce = _signer("form", settings.SECRET_KEY).unsign(token).split(".")
    except (BadSignature, ValueError):
        return FormToken("", 0.0, "Form token is not ours")
    age = now - int(issued_ms) / 1000
    if int(of_form) != form_id:
        return FormToken(nonce, age, "Form token of another form")
    if not -CLOCK_SLACK_SECONDS <= age <= FORM_TOKEN_SECONDS:
        return FormToken(nonce, age, "Form token expired", int(version))
    return FormToken(nonce, age, "", int(version))


def receipt_token(feedback_id: int) -> str:
    return _signer("receipt", settings.SECRET_KEY).sign(str(feedback_id))


def read_receipt_token(token: str) -> int | None:
    """Return the id of the one feedback that the receipt opens, None for a token that is not ours."""
    try:
        return int(_signer("receipt", settings.SECRET_KEY).unsign(token))
    except (BadSignature, ValueError):
        return None


def receipt_path(feedback_id: int) -> str:
    return f"{_receipts()}{receipt_token(feedback_id)}/"


@cache
def _receipts() -> str:
    """Return what every receipt's path begins with: asking for each takes as long as signing it."""
    return reverse("feedback:receipt", args=["-"]).removesuffix("-/")


def receipt_url(feedback_id: int) -> str:
    """Return the receipt's full address, which always begins with PUBLIC_URL."""
    return f"{settings.PUBLIC_URL}{receipt_path(feedback_id)}"


def confirmation_url(feedback: Feedback) -> str:
    """Return the address that proves a claimed e-mail address: to be mailed there and shown nowhere else.

    Valid for 14 days and for the address that the customer has now.
    """
    token = _confirmation_signer().sign(f"{feedback.pk}.{_address_mark(feedback)}")
    path = reverse("feedback:confirm", args=[receipt_token(feedback.pk), token])
    return f"{settings.PUBLIC_URL}{path}"


def is_confirmation_of(token: str, feedback: Feedback) -> bool:
    """Tell whether ``token`` was made for this feedback and its customer's address, at most 14 days ago."""
    try:
        value = _confirmation_signer().unsign(token, max_age=CONFIRMATION_SECONDS)
    except BadSignature:
        return False
    return constant_time_compare(value, f"{feedback.pk}.{_address_mark(feedback)}")


def _confirmation_signer() -> TimestampSigner:
    return TimestampSigner(salt="feedback.confirm", sep=".")


def _address_mark(feedback: Feedback) -> str:
    email = feedback.customer.email if feedback.customer else ""
    return salted_hmac("feedback.address", email, algorithm="sha256").hexdigest()[:24]
