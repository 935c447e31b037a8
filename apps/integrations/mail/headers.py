"""The head of a mail, read without trust: unfolded, decoded, never raising. Pure functions."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from apps.core.email_address import normalise_email
from apps.core.strict_json import clean_text
from apps.integrations.mail.charsets import decode

HEADERS = 500  # of one mail; what follows is not looked at
CHARACTERS = 10_000  # of one header
ALIKE = 20  # headers of one name whose addresses are looked for
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,398})>")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@[^\s@<>,;:\"()\[\]]{1,190}")
# Encoded words (RFC 2047), and runs of them. Found here in linear time: the standard library's own pattern takes half a
# second for a header of 10,000 characters made for that, and a mail may have 500 of them.
_WORD = r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?="
_WORDS = re.compile(rf"{_WORD}(?: ?{_WORD})*")

Headers = Mapping[str, Sequence[str]]  # by lower-case name, in the order of the mail, decoded


class Address(NamedTuple):
    name: str
    email: str  # as core.email_address.normalise_email leaves it

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


NOBODY = Address("", "")


def headers_of(message: Message) -> dict[str, list[str]]:
    """Return the headers of ``message``: on one line each, in Unicode."""
    found: dict[str, list[str]] = {}
    for name, raw in list(message.raw_items())[:HEADERS]:
        found.setdefault(name.lower(), []).append(_in_words(str(raw)[:CHARACTERS]))
    return found


def first(headers: Headers, name: str) -> str:
    """Return the first header of that name, "" without one."""
    return headers.get(name, [""])[0]


def addresses_in(values: Sequence[str]) -> list[Address]:
    """Return the addresses that headers name; what is none is left out."""
    values = [value[:CHARACTERS] for value in values[:ALIKE]]
    try:
        pairs = getaddresses(values)
    except (ValueError, IndexError, TypeError, RecursionError):  # headers made to break parsers
        pairs = []
    found = [Address(one_line(name, 150), normalise_email(email)) for name, email in pairs if _is_address(email)]
    if not found:  # such as "Last, First <a@b.example>", which is no list of addresses to the letter
        found = [
            Address(one_line(value.partition("<")[0].strip(' "'), 150), normalise_email(email))
            for value in values
            for email in _ADDRESS.findall(value)
        ]
    return found


def sender_of(headers: Headers) -> tuple[Address, bool]:
    """Return the address of From, and whether it is the only one: a second one could be anybody's."""
    values = headers.get("from", [])
    found = addresses_in(values)
    return (found[0] if found else NOBODY), len(values) == 1 and len(found) == 1


def message_ids(values: Sequence[str]) -> list[str]:
    """Return the ids that headers name, without their brackets."""
    return [one for value in values for one in _MESSAGE_ID.findall(value)]


def message_id_of(headers: Headers) -> str:
    """Return the Message-ID, "" where it has none that is one."""
    return next(iter(message_ids(headers.get("message-id", []))), "")


def moment_of(headers: Headers) -> datetime | None:
    """Return when the mail says that it was sent, None where it does not say."""
    try:
        moment = parsedate_to_datetime(first(headers, "date"))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def one_line(text: str, limit: int) -> str:
    """Return ``text`` on one line, without what cannot be stored, at most ``limit`` characters of it."""
    return " ".join(text.replace("\0", "").split())[:limit]


def _in_words(raw: str) -> str:
    """Return a raw header decoded: RFC 2047 words, and the bytes that should not be there."""
    flat = " ".join(raw.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape").split())
    text = decode(flat.encode("utf-8", "surrogateescape"), "utf-8")
    if "=?" not in text:
        return text
    words = _WORDS.sub(lambda match: _decoded(match[0]), text)
    clean = " ".join(words.split())  # a word may hold a line end: no header of its own
    return clean if clean_text(clean) else decode(clean.replace("\0", "").encode("utf-8", "replace"), "utf-8")


def _decoded(words: str) -> str:
    """Return a run of encoded words decoded: a letter may begin in one and end in the next."""
    try:
        return "".join(_piece(value, charset) for value, charset in decode_header(words))
    except (HeaderParseError, ValueError):
        return words


def _piece(value: bytes | str, charset: str | None) -> str:
    if isinstance(value, str):
        return value
    # Python gives text between encoded words as bytes of this one encoding.
    return decode(value, charset) if charset else value.decode("raw-unicode-escape", "replace")


def _is_address(email: str) -> bool:
    return len(email) <= 254 and _ADDRESS.fullmatch(email) is not None
