"""What people say of a file they import: cleaned here into a plan, saved by services."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.catalog.models import Product
from apps.customers.models import Segment
from apps.feedback.import_models import ImportMapping
from apps.feedback.imports import mapping, moments, scales
from apps.feedback.imports.plan import HELD, LEFT_OUT, Plan, check, folded
from apps.feedback.imports.presets import PRESETS
from apps.feedback.normalise import CONTEXT_KEY_LIMIT
from apps.feedback.selectors import products_managed_by
from apps.feedback.services.import_mappings import NAME_CHARACTERS
from apps.tagging.tree import taxonomy

CONTEXT = "context"  # chosen for a column: a circumstance under the column's own name
LEFT = gettext_lazy("Leave aside")
FIELDS = {
    "text": gettext_lazy("What they said"),
    "product": gettext_lazy("Product"),
    "version": gettext_lazy("Version"),
    "rating": gettext_lazy("Rating or sentiment"),
    "customer_email": gettext_lazy("Customer: e-mail address"),
    "customer_name": gettext_lazy("Customer: name"),
    "organisation": gettext_lazy("Customer: organisation"),
    "segment": gettext_lazy("Customer: segment"),
    "captured_at": gettext_lazy("When it was said"),
    "external_id": gettext_lazy("Its number in the other system"),
    "tags": gettext_lazy("Tags"),
    "status": gettext_lazy("Status"),
    CONTEXT: gettext_lazy("A circumstance, under this name"),
}
PATTERN = "pattern"


class UploadForm(forms.Form):
    """A file, and what to begin with."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.gz,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx"}),
    )
    start = forms.ChoiceField(required=False, label=gettext_lazy("Where it comes from"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        megabytes = settings.IMPORT_UPLOAD_BYTES // 1_000_000
        self.fields["file"].help_text = _(
            "CSV (also gzipped), JSON Lines or a spreadsheet (XLSX), at most %(size)d MB."
            " The first line names the columns."
        ) % {"size": megabytes}
        saved = [(f"saved:{one.pk}", one.name) for one in ImportMapping.objects.all()]
        ready = [(f"ready:{key}", name) for key, (name, _plan) in PRESETS.items()]
        choices: list[object] = [("", _("Another file: I say what its columns are"))]
        choices += [(_("Your organisation's mappings"), saved)] if saved else []
        choices.append((_("An export of"), ready))
        self.fields["start"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_UPLOAD_BYTES:
            raise ValidationError(
                _("The file is larger than %(size)d MB.") % {"size": settings.IMPORT_UPLOAD_BYTES // 1_000_000}
            )
        return file


class ColumnsForm(forms.Form):
    """What each column becomes, and how to read it. ``plan`` is what it says, once it is valid."""

    product = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Everything is about"),
        help_text=gettext_lazy("Or choose a column that names the product of each row."),
    )
    version = forms.CharField(required=False, max_length=60, label=gettext_lazy("Version, where the file names none"))
    makes_products = forms.BooleanField(
        required=False, label=gettext_lazy("Make products that the file names and that are not there yet")
    )
    date_format = forms.ChoiceField(required=False, label=gettext_lazy("How times are written"))
    date_pattern = forms.CharField(
        required=False,
        max_length=moments.PATTERN_CHARACTERS,
        label=gettext_lazy("Pattern of times"),
        help_text=gettext_lazy("Only for “A pattern of my own”: like %d.%m.%Y %H:%M."),
    )
    zone = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("Time zone of times that name none"),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    scale = forms.ChoiceField(label=gettext_lazy("Ratings are"), choices=scales.SCALES)
    separators = forms.CharField(
        required=False,
        max_length=10,
        strip=False,
        label=gettext_lazy("Between the tags of a cell"),
        help_text=gettext_lazy("Each of these signs parts two tags."),
    )
    headings = forms.BooleanField(
        required=False, label=gettext_lazy("Several columns of words: put each under its column's name")
    )

    def __init__(self, *args: object, columns: Sequence[str], base: Plan, user: User, **kwargs: object) -> None:
        is_pattern = "%" in base.date_format
        initial = {
            "product": base.product,
            "version": base.version,
            "makes_products": base.makes_products,
            "date_format": PATTERN if is_pattern else base.date_format,
            "date_pattern": base.date_format if is_pattern else "",
            "zone": base.zone,
            "scale": base.scale,
            "separators": base.separators,
            "headings": base.headings,
        }
        super().__init__(*args, **{"initial": initial, **kwargs})  # type: ignore[arg-type]  # handed on as they came
        self._columns, self._base = columns, base
        products = products_managed_by(user, Permission.IMPORT_FEEDBACK).filter(archived_at=None).order_by("name")
        formats = [("", _("Find out")), *moments.FORMATS.items(), (PATTERN, _("A pattern of my own"))]
        self._offer("product", [("", _("What a column says")), *products.values_list("slug", "name")])
        self._offer("date_format", formats)
        self.fields["zone"].widget.attrs["placeholder"] = settings.TIME_ZONE
        if not may(user, Permission.MANAGE_CATALOG):
            del self.fields["makes_products"]
        for number, column in enumerate(columns):
            self._add_column(number, column)
        self.plan = base

    def _offer(self, name: str, choices: Sequence[tuple[str, object]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def _add_column(self, number: int, column: str) -> None:
        chosen = self._base.columns.get(column, "")
        choices: list[tuple[str, object]] = [("", LEFT), *FIELDS.items()]
        if chosen.startswith(mapping.CONTEXT_PREFIX):
            name = chosen.removeprefix(mapping.CONTEXT_PREFIX)
            choices.append((chosen, _("A circumstance: %(name)s") % {"name": name}))
        self.fields[f"column-{number}"] = forms.ChoiceField(
            required=False, choices=choices, label=column, initial="" if chosen == mapping.IGNORE else chosen
        )

    def columns(self) -> Iterator[tuple[str, forms.BoundField]]:
        """Yield each column with its field."""
        for number, column in enumerate(self._columns):
            yield column, self[f"column-{number}"]

    def options(self) -> list[forms.BoundField]:
        """Return the fields that are no column's."""
        return [self[name] for name in self.fields if not name.startswith("column-")]

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        columns = {}
        for number, column in enumerate(self._columns):
            chosen = cleaned.get(f"column-{number}", "")
            if chosen:
                columns[column] = _context_of(column) if chosen == CONTEXT else chosen
        self._refuse_columns(columns)
        if not cleaned.get("product") and "product" not in columns.values():
            self.add_error("product", _("Choose a product, or a column that names it."))
        chosen_format = cleaned.get("date_format", "")
        plan = replace(
            self._base,
            columns=columns,
            date_format=cleaned.get("date_pattern", "").strip() if chosen_format == PATTERN else chosen_format,
            makes_products=bool(cleaned.get("makes_products")),
            **{name: cleaned.get(name, "") for name in ("product", "version", "zone", "scale", "separators")},
            headings=bool(cleaned.get("headings")),
        )
        try:
            check(plan)
        except ValidationError as error:
            for name, reasons in error.message_dict.items():
                self.add_error(name if name in self.fields else None, reasons)
        self.plan = plan
        return cleaned

    def _refuse_columns(self, columns: dict[str, str]) -> None:
        chosen = list(columns.values())
        if "text" not in chosen:
            self.add_error(None, _("Choose the column that holds what they said."))
        names = [name for name in dict.fromkeys(chosen) if name not in mapping.MANY and chosen.count(name) > 1]
        for name in names:
            told = _("Two columns become “%(field)s”: leave one of them aside.")
            self.add_error(None, told % {"field": FIELDS.get(name, name.removeprefix(mapping.CONTEXT_PREFIX))})


def _context_of(column: str) -> str:
    """Return the field of a circumstance named as near to the column as such names may be."""
    name = " ".join(re.sub(r"[^A-Za-z0-9_ -]", " ", column).split()).lstrip("0123456789_- ")[:CONTEXT_KEY_LIMIT]
    return mapping.CONTEXT_PREFIX + (name.strip() or "column")


class ValuesForm(forms.Form):
    """What single values become. ``values`` is what it says, once it is valid."""

    def __init__(
        self, *args: object, found: dict[str, list[tuple[str, int]]], base: Plan, user: User, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self._found, self._base = found, base
        self._choices = {name: _choices(name, user) for name in found}
        for name, values in found.items():
            for number, (value, _count) in enumerate(values):
                self.fields[f"{name}-{number}"] = forms.ChoiceField(
                    required=False, label=value, choices=self._choices[name], initial=self._initial(name, value)
                )

    def _initial(self, name: str, value: str) -> str:
        said = self._base.meaning(name).get(scales.fold(value))
        if said is not None:
            return said
        return _same(value, self._choices[name])

    def groups(self) -> Iterator[tuple[str, object, list[tuple[forms.BoundField, int]]]]:
        """Yield the name of a field, what it is called, and its values' fields with how often they occur."""
        for name, values in self._found.items():
            rows = [(self[f"{name}-{number}"], count) for number, (_value, count) in enumerate(values)]
            yield name, FIELDS[name], rows

    @property
    def values(self) -> dict[str, dict[str, str]]:
        """What was said, and what an earlier plan says of values that this file does not show."""
        said = {name: dict(values) for name, values in self._base.values.items()}
        for name, values in self._found.items():
            chosen = {value: self.cleaned_data[f"{name}-{n}"] for n, (value, _count) in enumerate(values)}
            if name == "product":  # as it is named
                chosen = {value: meaning for value, meaning in chosen.items() if meaning}
            said[name] = {**said.get(name, {}), **folded(chosen)}
        return said


def _choices(name: str, user: User) -> list[tuple[str, object]]:
    if name == "tags":
        return [("", LEFT), *((node.tag.slug, node.path) for node in taxonomy())]
    if name == "segment":
        return [("", LEFT), *Segment.objects.values_list("slug", "name")]
    if name == "status":
        return [
            ("", _("Take it")),
            (HELD, _("Hold it for review")),
            (LEFT_OUT, _("Leave the row out")),
        ]
    if name == "rating":
        return [("", _("No rating")), *((str(number), str(number)) for number in range(1, 6))]
    products: Sequence[Product] = list(products_managed_by(user, Permission.IMPORT_FEEDBACK).order_by("name"))
    return [("", _("As it is named")), *((product.slug, product.name) for product in products)]


def _same(value: str, choices: Sequence[tuple[str, object]]) -> str:
    """Return the choice that is called as the value is, "" for none."""
    wanted = scales.fold(value)
    if wanted in scales.MEANINGS and any(key == "5" for key, _label in choices):
        return str(scales.MEANINGS[wanted])
    return next((key for key, label in choices if key and wanted in (scales.fold(key), scales.fold(str(label)))), "")


class MappingNameForm(forms.Form):
    name = forms.CharField(
        max_length=NAME_CHARACTERS,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy(
            "One of this name is replaced. It is offered with the next file, to everybody who imports."
        ),
    )


def zones() -> list[str]:
    """Return the names of all time zones that the form suggests."""
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
