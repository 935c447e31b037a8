"""A mail taken apart: who, what, and which files. Pure; every limit is of HARDENING's hostile mail.

The parser is the standard library's with its oldest policy: that one reads headers as they are, and raises nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple

from apps.integrations.mail import headers as heads
from apps.integrations.mail.charsets import decode
from apps.integrations.mail.headers import Address, Headers
from apps.integrations.mail.html_text import text_of_html

MAIL_BYTES = 30_000_000
PARTS = 200
DEPTH = 10
CONTAINERS = 50  # declared: each makes reading a line slower, so they are counted before
TEXT_CHARACTERS = 100_000
FILES = 20
_CONTAINER = re.compile(rb"^content-type:[ \t\r\n]{0,200}(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)


class TooComplexError(Exception):
    """More parts, or parts within parts, than a mail of a person has."""


class File(NamedTuple):
    name: str  # as the sender calls it; maybe blank
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    headers: Headers
    content_type: str  # of the whole
    sender: Address
    is_sole_sender: bool
    recipients: tuple[Address, ...]
    subject: str
    message_id: str
    references: tuple[str, ...]  # ids of earlier mails, the nearest first
    sent_at: datetime | None
    text: str
    files: tuple[File, ...]
    calendar_method: str  # of an invitation or the answer to one: request, reply, …


def read_letter(content: bytes) -> Letter:
    """Return the mail ``content`` taken apart. Raises TooComplexError."""
    if sum(1 for _ in _CONTAINER.finditer(content)) > CONTAINERS:
        raise TooComplexError
    message = message_from_bytes(content)
    parts = list(_parts(message))
    texts = _texts(message) or _texts(_first_within(message))
    return _letter(message, texts[:TEXT_CHARACTERS].strip(), parts)


def read_head(content: bytes) -> Letter:
    """Return what the head alone of a mail says: without words and files."""
    head = re.split(rb"\r?\n\r?\n", content[:1_000_000], maxsplit=1)[0]
    return _letter(message_from_bytes(head + b"\r\n\r\n"), "", [])


def _letter(message: Message, text: str, parts: list[Message]) -> Letter:
    found = heads.headers_of(message)
    sender, is_sole = heads.sender_of(found)
    nearest = heads.message_ids(found.get("in-reply-to", [])[:1])
    references = heads.message_ids(found.get("references", [])[:1])
    return Letter(
        headers=found,
        content_type=heads.first(found, "content-type").lower(),
        sender=sender,
        is_sole_sender=is_sole,
        recipients=tuple(
            heads.addresses_in(
                [value for name in ("to", "cc", "delivered-to", "x-original-to") for value in found.get(name, [])]
            )
        )[:100],
        subject=heads.one_line(heads.first(found, "subject"), 400),
        message_id=heads.message_id_of(found),
        references=tuple(dict.fromkeys([*nearest, *reversed(references)]))[:50],
        sent_at=heads.moment_of(found),
        text=text,
        files=tuple(_files(parts)),
        calendar_method=next((_method(part) for part in parts if part.get_content_type() == "text/calendar"), ""),
    )


def _parts(message: Message) -> Iterator[Message]:
    """Yield all parts but those within forwarded mails, the whole first. Raises TooComplexError."""
    waiting, count = [(message, 1)], 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if depth > DEPTH or count > PARTS:
            raise TooComplexError
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend((one, depth + 1) for one in reversed(_children(part)))


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _first_within(message: Message) -> Message | None:
    """Return the first mail that was forwarded within this one."""
    whole = next((part for part in _parts(message) if part.get_content_type() == "message/rfc822"), None)
    return next(iter(_children(whole)), None) if whole is not None else None


def _texts(part: Message | None, depth: int = 1) -> str:
    """Return the words of ``part``: of alternatives the plain ones, else those of the HTML."""
    if part is None or depth > DEPTH or _is_file(part):
        return ""
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        children = sorted(_children(part), key=lambda one: one.get_content_type() != "text/plain")
        return next((text for text in (_texts(one, depth + 1) for one in children) if text.strip()), "")
    if part.get_content_maintype() == "multipart":
        texts = (_texts(one, depth + 1) for one in _children(part))
        return "\n\n".join(text for text in texts if text.strip())
    if kind == "text/plain":
        return _decoded(part)
    return text_of_html(_decoded(part)) if kind == "text/html" else ""


def _decoded(part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError, TypeError):  # a parameter made to break parsers
        charset = None
    return decode(_content(part), charset)


def _content(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):  # a transfer encoding that is none
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _is_file(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        return False
    disposition = (part.get_content_disposition() or "").lower()
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return disposition == "attachment" or not is_text or (disposition == "inline" and bool(_name_of(part)))


def _files(parts: list[Message]) -> Iterator[File]:
    chosen = [part for part in parts if part.get_content_maintype() != "multipart" and _is_file(part)]
    for part in chosen[:FILES]:
        if part.get_content_maintype() == "message":
            inner = next(iter(_children(part)), None)
            content = inner.as_bytes() if inner is not None else b""
        else:
            content = _content(part)
        yield File(_name_of(part), part.get_content_type(), content)


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, TypeError, LookupError):
        name = ""
    shown = heads.headers_of(_named(name)).get("x-name", [""])[0] if name else ""
    return heads.one_line(shown, 200)


def _named(name: str) -> Message:
    """A file's name may hold encoded words, although it should not: read it as a header is."""
    message = Message()
    message["X-Name"] = name
    return message


def _method(part: Message) -> str:
    method = part.get_param("method", "")
    return str(method).lower() if method else ""
