"""When two spellings are one mailbox. Never asked of the database: its upper() makes "I" of a dotless i."""

from string import ascii_lowercase, ascii_uppercase

_ASCII_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def normalise_email(address: str) -> str:
    """Return the key under which ``address`` is looked up: stripped, A-Z lowered, nothing else.

    Two different mailboxes never share a key: a dotless i, a Kelvin sign, "ß.de" and "ss.de", plus-addresses
    all stay apart. One mailbox may have two keys (a domain in Unicode and in Punycode), which costs a repeat
    and harms nobody. Mail goes to the address as it was stored, never to the key of what was typed.
    """
    return address.strip().translate(_ASCII_LOWER)
