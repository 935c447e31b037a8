"""How the body of a webhook becomes feedback: places to fields, values that are always so, and a condition. Pure."""

import re
from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.feedback.imports.scales import FIVE, SCALES, rating_reader
from apps.feedback.models import Channel, Identity
from apps.feedback.normalise import CONTEXT_KEY, LINE_LIMIT
from apps.feedback.services import Capture, Person
from apps.integrations.hooks.paths import CHARACTERS, value_at
from apps.integrations.mail.html_text import text_of_html

T = TypeVar("T")

CONTEXT = "context."
FIELDS = {
    "text": gettext_lazy("Words"),
    "rating": gettext_lazy("Rating"),
    "customer_email": gettext_lazy("Customer: e-mail"),
    "customer_name": gettext_lazy("Customer: name"),
    "organisation": gettext_lazy("Customer: organisation"),
    "external_id": gettext_lazy("Its number there"),
    "captured_at": gettext_lazy("When it was said"),
    "version": gettext_lazy("Version of the product"),
}
PATHS = 40
_EPOCH_MS = 10**11  # as seconds that would be the year 5138


class Operator(models.TextChoices):
    ALWAYS = "", gettext_lazy("Every post becomes feedback")
    IS = "is", gettext_lazy("is")
    IS_NOT = "is_not", gettext_lazy("is not")
    CONTAINS = "contains", gettext_lazy("contains")
    EXISTS = "exists", gettext_lazy("is there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """``paths``: field by place; several places may be words, which then stand below one another, in order."""

    paths: AnyMapping[str, str] = field(default_factory=dict)
    fixed: AnyMapping[str, str] = field(default_factory=dict)  # value by field
    scale: str = FIVE  # of feedback.imports.scales
    external_prefix: str = ""  # before the number, so that two systems' numbers never meet
    is_html: bool = False  # the words are
    operator: str = Operator.ALWAYS
    condition_path: str = ""
    condition_value: str = ""


def load(stored: AnyMapping[str, object]) -> Mapping:
    """Return the mapping that was stored; what this release does not know is left out."""
    known = {name: value for name, value in stored.items() if name in Mapping.__dataclass_fields__}
    known["paths"] = dict(known.get("paths", ()))  # type: ignore[call-overload]  # pairs
    return Mapping(**known)  # type: ignore[arg-type]  # as ``dump`` made it


def dump(mapping: Mapping) -> dict[str, object]:
    """Return ``mapping`` as it is stored: the places as pairs, for jsonb keeps no order of keys."""
    return {**asdict(mapping), "paths": [list(pair) for pair in mapping.paths.items()]}


def check(mapping: Mapping) -> None:
    """Raise ValidationError, by field, for a mapping that could never work."""
    faults: dict[str, list[str]] = {}
    fields = [*mapping.paths.values(), *mapping.fixed]
    if len(mapping.paths) > PATHS:
        faults["paths"] = [_("Map at most %(limit)d places.") % {"limit": PATHS}]
    for name in fields:
        if not is_field(name):
            faults["paths"] = [_("“%(name)s” is no field. Context is written like context.room.") % {"name": name[:60]}]
    doubles = {name for name in fields if name != "text" and fields.count(name) > 1}
    if doubles:
        faults["paths"] = [_("“%(name)s” is mapped twice.") % {"name": FIELDS.get(min(doubles), min(doubles))}]
    if any(len(path) > CHARACTERS for path in mapping.paths):
        faults["paths"] = [_("A place is too long.")]
    if mapping.scale not in SCALES:
        faults["scale"] = [_("Choose a scale.")]
    if mapping.operator and not mapping.condition_path:
        faults["condition_path"] = [_("Say of which place.")]
    if faults:
        raise ValidationError(faults)


def is_field(name: str) -> bool:
    key = name.removeprefix(CONTEXT)
    return name in FIELDS or (name.startswith(CONTEXT) and len(key) <= 40 and CONTEXT_KEY.fullmatch(key) is not None)


def is_wanted(mapping: Mapping, body: object) -> bool:
    """Return whether ``body`` meets the condition."""
    found, wanted = value_at(body, mapping.condition_path).casefold(), mapping.condition_value.casefold()
    return {
        Operator.ALWAYS: True,
        Operator.IS: found == wanted,
        Operator.IS_NOT: found != wanted,
        Operator.CONTAINS: wanted in found,
        Operator.EXISTS: found != "",
    }[Operator(mapping.operator)]


def read(mapping: Mapping, body: object, *, product_id: int, is_trusted: bool, repeat_key: str) -> Capture:
    """Return what ``body`` says, for the capture door, which checks the rest. Raises ValidationError by field."""
    said = _said(mapping, body)
    person = Person(
        email=said.get("customer_email", ""),
        name=said.get("customer_name", ""),
        organisation=said.get("organisation", ""),
    )
    number = said.get("external_id", "").strip()
    return Capture(
        product_id=product_id,
        channel=Channel.API,
        text=said.get("text", ""),
        rating=_checked("rating", lambda: rating_reader(mapping.scale, {})(said.get("rating", ""))),
        version=said.get("version", ""),
        context={
            name.removeprefix(CONTEXT): " ".join(value.split())[:LINE_LIMIT]
            for name, value in said.items()
            if name.startswith(CONTEXT)
        },
        person=person if person.email or person.name else None,
        identity=Identity.VERIFIED if is_trusted else Identity.CLAIMED,
        external_id=mapping.external_prefix + number if number else "",
        captured_at=_checked("captured_at", lambda: moment_in(said.get("captured_at", ""))),
        repeat_key="" if number else repeat_key,
    )


def _said(mapping: Mapping, body: object) -> dict[str, str]:
    """Return text by field."""
    said = dict(mapping.fixed)
    texts = []
    for path, name in mapping.paths.items():
        value = value_at(body, path)
        if name == "text":
            texts.append(text_of_html(value) if mapping.is_html else value)
        elif value:
            said[name] = value
    words = [one.strip() for one in texts if one.strip()]
    if words:
        said["text"] = "\n\n".join(words)
    return said


def moment_in(raw: str) -> datetime | None:
    """Return the time that ``raw`` spells: ISO 8601 (UTC where it names no zone), or seconds or ms since 1970.

    None for blank. Raises ValidationError.
    """
    text = raw.strip()
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{9,16}(\.\d{1,9})?", text):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if number >= _EPOCH_MS else number, tz=UTC)
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)) is not None:
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None:
        raise ValidationError(_("Give a time like 2026-03-02T10:00:00Z, or seconds since 1970."))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _checked(name: str, read_value: Callable[[], T]) -> T:
    try:
        return read_value()
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None
