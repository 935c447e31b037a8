"""From a record of a file to a capture: reading ratings and times, finding the product, saying what values mean."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.feedback.imports import moments, scales
from apps.feedback.imports.mapping import CONTEXT_PREFIX
from apps.feedback.imports.moments import moment_in
from apps.feedback.imports.plan import HELD, LEFT_OUT, Plan
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.scales import fold
from apps.feedback.models import Channel, Identity
from apps.feedback.normalise import normalise_line
from apps.feedback.services import Capture, Person
from apps.feedback.services.imports import Beside

__all__ = ["RowReader", "moment_in"]

PRODUCT_LIMIT = 120  # characters
LABELS = 50  # of one row
LABEL_LIMIT = 200  # characters
STATUS_HELD = "Held by its status in the file"
ProductOf = Callable[[str], int]  # the id of the product of this name, made where new; it may raise ValidationError


class RowReader:
    """Turns records into captures of one import, remembering products by name."""

    def __init__(
        self,
        mapping: Mapping[str, str],
        *,
        product_of: ProductOf,
        product_id: int | None = None,
        import_id: int | None = None,
        plan: Plan | None = None,
    ) -> None:
        plan = plan or Plan()
        self._columns_of: dict[str, list[str]] = {}
        for column, field in mapping.items():
            self._columns_of.setdefault(field, []).append(column)
        self.column_of = {field: columns[0] for field, columns in self._columns_of.items()}
        self._context = {
            field.removeprefix(CONTEXT_PREFIX): column
            for field, column in self.column_of.items()
            if field.startswith(CONTEXT_PREFIX)
        }
        self.has_besides = not self._columns_of.keys().isdisjoint(("tags", "segment"))
        self._plan = plan
        self._rating_in = scales.rating_reader(plan.scale, plan.meaning("rating"))
        self._moment_in = moments.parser_of(plan.date_format, plan.zone)
        self._splitter = _splitter(plan.separators)
        self._product_of, self._product_id, self._import_id = product_of, product_id, import_id
        self._product_ids: dict[str, int] = {}

    def capture_of(self, record: Record) -> Capture | Rejection:
        """Return what the record says; its text and lengths are checked later, by the door of capture."""
        values = record.values
        column = ""
        try:
            column = self.column_of.get("status", "")
            held_reason, context = self._standing(values)
            column = self.column_of.get("product", "")
            product_id = self._product_id or self._find_product(values.get(column, ""))
            column = self.column_of.get("rating", "")
            rating = self._rating_in(values.get(column, ""))
            column = self.column_of.get("captured_at", "")
            captured_at = self._captured_at(values.get(column, ""))
        except ValidationError as error:
            return Rejection(record.line, column, error.messages[0])
        return Capture(
            product_id=product_id,
            channel=Channel.IMPORT,
            text=self._text(values),
            rating=rating,
            version=self._value(values, "version") or self._plan.version,
            context=context,
            person=self._person(values),
            identity=Identity.VERIFIED,
            external_id=self._value(values, "external_id"),
            captured_at=captured_at,
            import_id=self._import_id,
            line=record.line,
            held_reason=held_reason,
        )

    def beside(self, record: Record) -> Beside:
        """Return the tags and the segment that the record names, by what the plan says they mean."""
        segment = self._value(record.values, "segment").strip()
        return Beside(
            tuple(self._labels(record.values)) if "tags" in self._columns_of else (),
            self._plan.meaning("segment").get(fold(segment), segment)[:LABEL_LIMIT] if segment else "",
        )

    def _labels(self, values: Mapping[str, str]) -> list[str]:
        meanings = self._plan.meaning("tags")
        given = [label for column in self._columns_of["tags"] for label in self.split(values.get(column, ""))]
        meant = [meanings.get(fold(label), label) for label in given]
        return list(dict.fromkeys(label[:LABEL_LIMIT] for label in meant if label and "\0" not in label))[:LABELS]

    def split(self, raw: str) -> list[str]:
        """Return the single tags of a cell: parted by the plan's separators, or the items of a JSON list."""
        if raw.startswith("["):
            try:
                items = json.loads(raw)
            except (ValueError, RecursionError):
                items = None
            if isinstance(items, list):
                names = (item.get("name", "") if isinstance(item, dict) else item for item in items)
                return [text for name in names if (text := str(name).strip())]
        return [label for part in self._splitter(raw) if (label := part.strip())]

    def _standing(self, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return why the row is held, blank mostly, and its context; a status is kept there as it is."""
        context = {name: value for name, of in self._context.items() if (value := values.get(of, ""))}
        status = self._value(values, "status").strip()
        if not status:
            return "", context
        meaning = self._plan.meaning("status").get(fold(status), "")
        if meaning == LEFT_OUT:
            raise ValidationError(_("Left out: its status is “%(status)s”.") % {"status": status[:60]})
        return STATUS_HELD if meaning == HELD else "", {"status": status, **context}

    def _captured_at(self, raw: str) -> datetime | None:
        return self._moment_in(raw) if raw else None

    def _text(self, values: Mapping[str, str]) -> str:
        columns = self._columns_of.get("text", ())
        if len(columns) == 1:
            return values.get(columns[0], "")
        said = [(column, text) for column in columns if (text := values.get(column, "").strip())]
        if self._plan.headings:
            return "\n\n".join(f"{column}: {text}" for column, text in said)
        return "\n\n".join(text for _column, text in said)

    def _value(self, values: Mapping[str, str], field: str) -> str:
        return values.get(self.column_of.get(field, ""), "")

    def _person(self, values: Mapping[str, str]) -> Person | None:
        email, name = self._value(values, "customer_email"), self._value(values, "customer_name")
        if not (email.strip() or name.strip()):
            return None
        return Person(email=email, name=name, organisation=self._value(values, "organisation"))

    def _find_product(self, raw: str) -> int:
        if raw not in self._product_ids:
            name = normalise_line(raw, limit=PRODUCT_LIMIT)
            name = self._plan.meaning("product").get(fold(name), name)
            if not name:
                raise ValidationError(_("Names no product."))
            self._product_ids[raw] = self._product_of(name)
        return self._product_ids[raw]


def _splitter(separators: str) -> Callable[[str], list[str]]:
    if not separators:
        return lambda raw: [raw]
    return re.compile("[" + "".join(re.escape(mark) for mark in separators) + "]").split
