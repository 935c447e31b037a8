"""Under which key the mail to one address is counted, found and forgotten. Pure functions."""

from collections.abc import Sequence
from email.utils import parseaddr

from apps.core.email_address import normalise_email

KEY_CHARACTERS = 254


def address_key(address: str) -> str:
    """Return the key of ``address``, which may come with a name ("Ada <ada@example.org>")."""
    return normalise_email(parseaddr(address)[1] or address)[:KEY_CHARACTERS]


def recipient_key(recipients: Sequence[str]) -> str:
    """Return the key of the one recipient; blank for mail to several."""
    return address_key(recipients[0]) if len(recipients) == 1 else ""
