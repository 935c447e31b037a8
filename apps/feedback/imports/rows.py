"""From a record of a file to a capture: reading ratings and times, finding the product."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date

from apps.feedback.imports.mapping import CONTEXT_PREFIX
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.models import Channel, Identity
from apps.feedback.normalise import normalise_line, rating_in
from apps.feedback.services import Capture, Person

PRODUCT_LIMIT = 120  # characters
ProductOf = Callable[[str], int]  # the id of the product of this name, made where new


class RowReader:
    """Turns records into captures of one import, remembering products by name."""

    def __init__(
        self,
        mapping: Mapping[str, str],
        *,
        product_of: ProductOf,
        product_id: int | None = None,
        import_id: int | None = None,
    ) -> None:
        self.column_of = {field: column for column, field in mapping.items()}
        self._context = {
            field.removeprefix(CONTEXT_PREFIX): column
            for column, field in mapping.items()
            if field.startswith(CONTEXT_PREFIX)
        }
        self._product_of, self._product_id, self._import_id = product_of, product_id, import_id
        self._product_ids: dict[str, int] = {}

    def capture_of(self, record: Record) -> Capture | Rejection:
        """Return what the record says; its text and lengths are checked later, by the door of capture."""
        values = record.values
        column = ""
        try:
            column = self.column_of.get("product", "")
            product_id = self._product_id or self._find_product(values.get(column, ""))
            column = self.column_of.get("rating", "")
            rating = rating_in(values.get(column, ""))
            column = self.column_of.get("captured_at", "")
            captured_at = moment_in(values.get(column, ""))
        except ValidationError as error:
            return Rejection(record.line, column, error.messages[0])
        return Capture(
            product_id=product_id,
            channel=Channel.IMPORT,
            text=self._value(values, "text"),
            rating=rating,
            version=self._value(values, "version"),
            context={name: value for name, of in self._context.items() if (value := values.get(of, ""))},
            person=self._person(values),
            identity=Identity.VERIFIED,
            external_id=self._value(values, "external_id"),
            captured_at=captured_at,
            import_id=self._import_id,
            line=record.line,
        )

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
            if not name:
                raise ValidationError("Names no product.")
            self._product_ids[raw] = self._product_of(name)
        return self._product_ids[raw]


def moment_in(raw: str) -> datetime | None:
    """Return the time that ``raw`` spells in ISO 8601, None for blank; without a zone, the installation's.

    A date alone is its midnight there.
    """
    text = raw.strip()
    if not text:
        return None
    spelled = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", re.sub(r"\s*(UTC|GMT|Z)$", "+00:00", text))
    try:
        day = parse_date(spelled)
        moment = datetime.combine(day, time.min) if day else datetime.fromisoformat(spelled)
        return moment if moment.tzinfo else timezone.make_aware(moment)
    except (ValueError, OverflowError):
        raise ValidationError("Write times like 2026-03-29 or 2026-03-29T14:05:00+02:00.") from None
