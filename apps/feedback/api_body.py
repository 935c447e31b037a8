"""What a program sends as feedback, read by hand: a serializer costs more than the rest of a call.

Every sentence is gathered, by where it belongs in the body; ``CaptureSerializer`` (api.py) documents the same shape.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from apps.feedback import normalise
from apps.feedback.models import Channel, Identity
from apps.feedback.services import Capture, Person
from apps.feedback.services.people import normalise_person

T = TypeVar("T")
Errors = dict[str, Any]  # sentences by name, nested as the body is

FIELDS = frozenset(
    {"text", "product", "rating", "customer", "context", "version", "external_id", "captured_at"},
)
CUSTOMER_FIELDS = {"email": "customer_email", "name": "customer_name", "organisation": "organisation"}
PRODUCT_LIMIT = 80  # characters
VERSION_LIMIT = 60
# RFC 3339 with seconds left out at will; what no calendar has is refused by fromisoformat.
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)

REQUIRED = "This is needed."
NO_SUCH_FIELD = "There is no such field."
UNKNOWN_SHOWN = 20  # fields that are told to be unknown; a body may have a hundred thousand
NAME_SHOWN = 100  # characters
NO_OBJECT = "Give an object."


class BodyError(Exception):
    """The body is not to be taken; ``errors`` says why, by name."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


def read_capture(sent: object, product_ids: Mapping[str, int]) -> Capture:
    """Return the capture that ``sent`` asks for. Raises BodyError. ``product_ids``: those of the slugs that exist."""
    if not isinstance(sent, dict):
        raise BodyError({"": NO_OBJECT})
    reader = _Reader(sent, FIELDS)
    capture = Capture(
        product_id=reader.required("product", lambda slug: _product_id(slug, product_ids), 0),
        channel=Channel.API,
        text=reader.required("text", normalise.normalise_text, ""),
        rating=reader.optional("rating", normalise.normalise_rating, None),
        version=reader.optional("version", lambda raw: normalise.normalise_line(raw, limit=VERSION_LIMIT), ""),
        context=reader.optional("context", normalise.normalise_context, {}),
        person=reader.optional("customer", _person, None),
        identity=Identity.VERIFIED,
        external_id=reader.optional("external_id", normalise.normalise_line, ""),
        captured_at=reader.optional("captured_at", _moment, None),
    )
    if reader.errors:
        raise BodyError(reader.errors)
    return capture


def slug_in(sent: object) -> str | None:
    """Return the product's slug that ``sent`` names, None where it is none that could exist."""
    slug = sent.get("product") if isinstance(sent, dict) else None
    return slug if isinstance(slug, str) and len(slug) <= PRODUCT_LIMIT else None


def unknown_fields(sent: Iterable[str], fields: Collection[str]) -> Errors:
    """Return what to say of the names in ``sent`` that are not ``fields``: of the first few, cut short."""
    unknown = (name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…" for name in sent if name not in fields)
    return dict.fromkeys(islice(unknown, UNKNOWN_SHOWN), NO_SUCH_FIELD)


class _Reader:
    """Takes values out of an object, and gathers what is wrong with them."""

    def __init__(self, sent: Mapping[str, object], fields: frozenset[str]) -> None:
        self.sent = sent
        self.errors: Errors = {} if fields >= sent.keys() else unknown_fields(sent, fields)

    def required(self, name: str, read: Callable[[Any], T], missing: T) -> T:
        """Return what ``read`` makes of the value. Any: whatever JSON has."""
        if name not in self.sent:
            self.errors[name] = REQUIRED
            return missing
        return self._read(name, read, missing)

    def optional(self, name: str, read: Callable[[Any], T], missing: T) -> T:
        """Do the same; null and nothing are ``missing``."""
        return missing if self.sent.get(name) is None else self._read(name, read, missing)

    def _read(self, name: str, read: Callable[[Any], T], missing: T) -> T:
        try:
            return read(self.sent[name])
        except ValidationError as error:
            self.errors[name] = error.messages[0]
        except BodyError as error:
            self.errors[name] = error.errors
        return missing


def _product_id(slug: object, product_ids: Mapping[str, int]) -> int:
    if not isinstance(slug, str):
        raise ValidationError("Give a product's slug as text.")
    if slug not in product_ids:
        raise ValidationError("There is no product with this slug.")
    return product_ids[slug]


def _person(sent: object) -> Person | None:
    if not isinstance(sent, dict):
        raise BodyError({"": NO_OBJECT})
    reader = _Reader(sent, frozenset(CUSTOMER_FIELDS))
    given = {name: reader.optional(name, _text, "") for name in CUSTOMER_FIELDS}
    if reader.errors:
        raise BodyError(reader.errors)
    try:
        return normalise_person(Person(**given))
    except ValidationError as error:
        named = {name: error.message_dict.get(field) for name, field in CUSTOMER_FIELDS.items()}
        raise BodyError({name: reasons[0] for name, reasons in named.items() if reasons}) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValidationError("Write this as text.")
    return value


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValidationError("Give a time with its zone, as 2026-03-02T12:00:00Z.")
    try:
        moment = datetime.fromisoformat(value.upper())
    except (ValueError, OverflowError):
        raise ValidationError("There is no such time.") from None
    return normalise.normalise_moment(moment)
