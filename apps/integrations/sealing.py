"""Secrets at rest: encrypted with a key made of SECRET_KEY, never shown again. No database.

Fernet (AES-128-CBC with HMAC-SHA-256) under a key of HKDF-SHA-256. What a key of SECRET_KEY_FALLBACKS sealed opens too,
so SECRET_KEY can be changed; a secret that no key opens has to be typed in anew.
"""

import base64
import os
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.errors import DomainError

PURPOSE = b"integrations.sealing"
# Whoever names a variable has its value sent to a server of their choice: only variables made for that may be named.
VARIABLE = re.compile(r"MAIL_IN_[A-Z0-9_]{1,50}")


class SealBrokenError(DomainError):
    """The secret was sealed under another SECRET_KEY, or the variable is not set: nobody can open it."""


def seal(secret: str) -> str:
    """Return ``secret`` as it may be stored; "" stays."""
    return _box().encrypt(secret.encode()).decode("ascii") if secret else ""


def unseal(sealed: str) -> str:
    """Return the secret. Raises SealBrokenError."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except (InvalidToken, UnicodeError):
        raise SealBrokenError(_("The stored password cannot be opened any more: type it in again.")) from None


def check_variable(name: str) -> str:
    """Return ``name``. Raises ValidationError where it is no variable that may hold a password."""
    if name and not VARIABLE.fullmatch(name):
        raise ValidationError(_("Name a variable that begins with MAIL_IN_ and has capitals, digits and _ only."))
    return name


def read_variable(name: str) -> str:
    """Return the secret that the environment holds. Raises SealBrokenError."""
    secret = os.environ.get(name, "") if VARIABLE.fullmatch(name) else ""
    if not secret:
        raise SealBrokenError(_("The environment variable %(name)s is not set here.") % {"name": name})
    return secret


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(str(key)))) for key in keys])


def _derived(key: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
