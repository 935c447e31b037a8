"""What the widget brings along beside the answers: where it was used, and who the host page says is signed in."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from apps.feedback.models import Channel
from apps.feedback.normalise import CONTEXT_KEY, CONTEXT_KEY_LIMIT, CONTEXT_KEYS, LINE_LIMIT, normalise_line
from apps.feedback.questionnaire.answers import ROLE_CHARACTERS
from apps.feedback.questionnaire.schema import Role
from apps.feedback.selectors import PublicForm
from apps.feedback.services.people import Person
from apps.feedback.services.submission import Entry, Visitor
from apps.feedback.widget.identity import NOBODY, Standing, read_identity

CONTEXT, IDENTITY = "widget.context", "widget.identity"  # fields of a post
CHARACTERS = 8_000
PAGE, VERSION = "page", "version"  # names in the context that mean more than themselves


class Brought(NamedTuple):
    """``claimed`` was named but not proven; a form without a name of its own takes that."""

    visitor: Visitor
    claimed: Person | None
    context: dict[str, str]
    standing: Standing

    def added_to(self, entry: Entry) -> Entry:
        """Return ``entry`` with the circumstances that it does not name itself, as many as there is room for."""
        context = {name: value for name, value in self.context.items() if name != VERSION}
        found = {**dict(list(context.items())[: CONTEXT_KEYS - len(entry.context)]), **entry.context}
        version = entry.version or self.context.get(VERSION, "")[: ROLE_CHARACTERS[Role.VERSION]]
        return replace(entry, context=found, version=version, person=entry.person or self.claimed)


def read_brought(form: PublicForm, sent: Mapping[str, str], *, now: float) -> Brought:
    """Return what came along, all of it checked; of an anonymous form nothing. At most one query."""
    if form.is_anonymous:
        return Brought(Visitor(channel=Channel.WIDGET), None, {}, Standing.NONE)
    raw = sent.get(IDENTITY, "")
    vouched = read_identity(raw, product_id=form.product_id, now=now) if raw else NOBODY
    is_proven = vouched.standing == Standing.VERIFIED
    return Brought(
        visitor=Visitor(channel=Channel.WIDGET, person=vouched.person if is_proven else None),
        claimed=None if is_proven else vouched.person,
        context=_context(sent.get(CONTEXT, "")),
        standing=vouched.standing,
    )


def _context(raw: str) -> dict[str, str]:
    """Return the circumstances; what cannot be kept was not typed by a person, and is left out."""
    try:
        found = json.loads(raw) if raw and len(raw) <= CHARACTERS else {}
    except (ValueError, RecursionError):
        return {}
    made: dict[str, str] = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        is_name = len(name) <= CONTEXT_KEY_LIMIT and CONTEXT_KEY.fullmatch(name)
        line = _line(_address(value) if name == PAGE else value) if is_name else ""
        if line and len(made) < CONTEXT_KEYS:
            made[name] = line
    return made


def _line(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return ""
    try:
        return normalise_line(str(value)[:LINE_LIMIT])
    except (ValidationError, ValueError):
        return ""


def _address(value: object) -> str:
    """Return an address without what may be secret in it: who signs in, what was asked for, where on the page."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        host, port = (parts.hostname, parts.port) if parts else (None, None)
    except ValueError:
        return ""
    if parts is None or parts.scheme not in ("https", "http") or not host:
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"


def bring_along(
    form: PublicForm, sent: Mapping[str, str], entry: Entry, visitor: Visitor, *, now: float
) -> tuple[Entry, Visitor]:
    """Return ``entry`` and ``visitor`` of a form in a frame with what came along; a signed link speaks first."""
    found = read_brought(form, sent, now=now)
    person = visitor.person or found.visitor.person
    return found.added_to(entry), replace(visitor, person=person, channel=Channel.WIDGET)
