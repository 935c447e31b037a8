"""The public form as it comes in: read by hand, for a Django form costs more than the rest of the request."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.feedback.normalise import normalise_line, normalise_text, rating_in
from apps.feedback.services.people import Person, normalise_person
from apps.feedback.services.submission import Entry

T = TypeVar("T")

RATINGS = [(1, _("Very bad")), (2, _("Bad")), (3, _("So-so")), (4, _("Good")), (5, _("Very good"))]
CONTEXT_FIELDS = ("instrument", "method")
FIELDS = ("text", "rating", "name", "email", "version", *CONTEXT_FIELDS)
TRAP = "website"  # hidden from people
FIELD_OF = {"customer_email": "email", "customer_name": "name"}


class EntryForm:
    """Reads a submission: ``entry`` when all is well, else ``errors`` by field; ``values`` are as sent."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.values = {name: data.get(name, "") for name in FIELDS}
        self.is_trap_sprung = bool(data.get(TRAP))
        self.errors: dict[str, str] = {}
        text = self._read("text", normalise_text, "")
        rating = self._read("rating", rating_in, None)
        lines = {name: self._read(name, normalise_line, "") for name in CONTEXT_FIELDS}
        version = self._read("version", lambda raw: normalise_line(raw, limit=60), "")
        self.entry = Entry(
            text=text,
            rating=rating,
            version=version,
            person=self._read_person(),
            context={name: line for name, line in lines.items() if line},
        )

    def _read(self, name: str, check: Callable[[str], T], missing: T) -> T:
        try:
            return check(self.values[name])
        except ValidationError as error:
            self.errors[name] = error.messages[0]
            return missing

    def _read_person(self) -> Person | None:
        try:
            return normalise_person(Person(email=self.values["email"], name=self.values["name"]))
        except ValidationError as error:
            for name, reasons in error.message_dict.items():
                self.errors[FIELD_OF[name]] = reasons[0]
            return None
