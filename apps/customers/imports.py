"""Customers from a file: read and checked row by row, shown before anything is written, then kept as one.

Who a row means is decided by ``customers.matching``: what is there is recognised, blanks are filled, nothing is
overwritten. No consent comes with a file.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import Product, ProductVersion
from apps.core.email_address import normalise_email
from apps.core.errors import DomainError
from apps.customers import profiles
from apps.customers.matching import CustomerRow, find_or_create_customers, known_customers
from apps.customers.merging import kept_ids
from apps.customers.vcard import VERSIONS, Card, read_cards

FILE_BYTES = 5_000_000
ROWS = 5_000
CELL_CHARACTERS = 2_000
COLUMNS = 100
NAME_CHARACTERS, EMAIL_CHARACTERS, ORGANISATION_CHARACTERS = 150, 254, 160
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for a formula
# What columns are called, in small letters without blanks and punctuation.
COLUMN_NAMES = {
    "name": "name", "fullname": "name", "displayname": "name", "vollername": "name",
    "firstname": "given", "givenname": "given", "vorname": "given",
    "lastname": "family", "familyname": "family", "surname": "family", "nachname": "family",
    "email": "email", "emailaddress": "email", "mail": "email", "address": "email", "emailadresse": "email",
    "organisation": "organisation", "organization": "organisation", "company": "organisation",
    "institution": "organisation", "firma": "organisation",
    "role": "role", "title": "role", "jobtitle": "role", "position": "role", "funktion": "role",
    "language": "languages", "languages": "languages", "sprache": "languages", "sprachen": "languages",
    "timezone": "time_zone", "zeitzone": "time_zone",
    "availability": "availability",
    "instrument": "instruments", "instruments": "instruments", "instrumente": "instruments",
    "site": "sites", "sites": "sites", "location": "sites", "standort": "sites",
    "product": "products", "products": "products", "produkt": "products", "produkte": "products",
}  # fmt: skip


class UnusableFileError(DomainError):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Row:
    """One person of a file, as it was given. ``problem``: why it is left out, "" where it is not."""

    line: int
    name: str = ""
    email: str = ""
    organisation: str = ""
    role: str = ""
    languages: list[str] = field(default_factory=list)
    time_zone: str = ""
    availability: str = ""
    instruments: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)  # "Scope", or "Scope 2.1"
    problem: str = ""

    @property
    def customer(self) -> CustomerRow:
        return CustomerRow(email=self.email, name=self.name, organisation=self.organisation, is_vouched=True)

    @property
    def profile(self) -> profiles.Profile:
        return profiles.Profile(
            role_title=self.role,
            languages=self.languages,
            time_zone=self.time_zone,
            availability=self.availability,
            instruments=self.instruments,
            sites=self.sites,
        )

    @property
    def key(self) -> tuple[str, ...]:
        """Who this is among the rows of one file."""
        return (normalise_email(self.email),) if self.email else (self.name, self.organisation.casefold())


@dataclass(frozen=True)
class Preview:
    """What an import would do. Every row is in one of the lists."""

    new: list[Row]
    known: list[tuple[Row, int]]  # with the customer's id
    repeated: list[Row]  # of somebody who stands further up in the file
    refused: list[Row]

    @property
    def wanted(self) -> list[Row]:
        """What is kept, in the order of the file."""
        return sorted([*self.new, *(row for row, _pk in self.known), *self.repeated], key=lambda row: row.line)


@dataclass(frozen=True)
class Imported:
    new_count: int
    known_count: int


# --- reading ------------------------------------------------------------------------------------------------------


def read_file(name: str, content: bytes) -> list[Row]:
    """Return the rows of a CSV file or of vCards, checked each for itself. No queries. Raises UnusableFileError."""
    if len(content) > FILE_BYTES:
        raise UnusableFileError(_("The file is over %(limit)s MB: split it.") % {"limit": FILE_BYTES // 1_000_000})
    text = _decoded(content)
    is_vcard = name.lower().endswith((".vcf", ".vcard")) or text.lstrip()[:11].upper() == "BEGIN:VCARD"
    rows: list[Row] = []
    for row in _card_rows(text) if is_vcard else _csv_rows(text):
        if len(rows) == ROWS:
            raise UnusableFileError(_("The file names more than %(limit)s people: split it.") % {"limit": ROWS})
        rows.append(row if row.problem else _checked(row))
    if not rows:
        raise UnusableFileError(_("The file names nobody."))
    return rows


def _decoded(content: bytes) -> str:
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]  # the last: a spreadsheet's own
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise UnusableFileError(_("This is no text. Save it as CSV (UTF-8) or as vCard, and send that."))


def _card_rows(text: str) -> Iterable[Row]:
    for card in read_cards(text):
        row = Row(
            line=card.line,
            name=card.name,
            email=card.email,
            organisation=card.organisation,
            role=card.role,
            languages=card.languages,
            time_zone=card.time_zone,
            sites=[card.site] if card.site else [],
        )
        yield replace(row, problem=_card_problem(card))


def _card_problem(card: Card) -> str:
    if not card.is_closed:
        return _("This card has no end (END:VCARD).")
    if card.version not in VERSIONS:
        return _("Only vCards of version 3.0 and 4.0 are read: export it again as one of these.")
    if card.kind != "individual":
        return _("This card is of no person.")
    return ""


def _csv_rows(text: str) -> Iterable[Row]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [COLUMN_NAMES.get(_plain(cell), "") for cell in next(reader, [])[:COLUMNS]]
        if not {"name", "given", "family", "email"} & set(header):
            raise UnusableFileError(
                _("No column is called “name” or “email”: the first line must name the columns, in English or German.")
            )
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _csv_row(line, header, cells)
            line = reader.line_num + 1
    except csv.Error:
        raise UnusableFileError(
            _("A quote in line %(line)s is not closed, or stands inside a cell without being doubled.")
            % {"line": reader.line_num}
        ) from None


def _csv_row(line: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) > len(header):
        return Row(line, problem=_("Has more cells than the header names columns."))
    if any(len(cell) > CELL_CHARACTERS for cell in cells):
        return Row(line, problem=_("A cell is over %(limit)s characters long.") % {"limit": CELL_CHARACTERS})
    found: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if name and cell.strip() and name not in found:
            found[name] = " ".join(cell.split())
    given = " ".join(filter(None, (found.pop("given", ""), found.pop("family", ""))))
    values: dict[str, Any] = {**found, "name": found.get("name") or given}  # Any: texts, and lists of them
    for name in ("languages", "instruments", "sites", "products"):
        mark = "," if name == "languages" and ";" not in values.get(name, "") else ";"
        values[name] = [part.strip() for part in values.get(name, "").split(mark) if part.strip()]
    return Row(line, **values)


def _plain(heading: str) -> str:
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def _checked(row: Row) -> Row:
    return replace(row, problem=_problem(row))


def _problem(row: Row) -> str:
    """Return why a row cannot be kept, "" where it can."""
    if not (row.name or row.email):
        return _("Names nobody: it has neither a name nor an address.")
    values = [row.name, row.email, row.organisation, row.role, row.availability, *row.instruments, *row.sites]
    if bad := next((value for value in values if value.startswith(FORMULA)), ""):
        return _("“%(value)s” begins like a spreadsheet's formula: mend it in the file.") % {"value": bad[:40]}
    if any(not letter.isprintable() for value in values for letter in value):
        return _("It holds signs that cannot be shown.")
    limits = ((row.name, NAME_CHARACTERS), (row.email, EMAIL_CHARACTERS), (row.organisation, ORGANISATION_CHARACTERS))
    if long := next((value for value, limit in limits if len(value) > limit), ""):
        return _("“%(value)s …” is too long.") % {"value": long[:40]}
    try:
        if row.email:
            validate_email(row.email)
    except ValidationError:
        return _("“%(value)s” is no e-mail address.") % {"value": row.email[:80]}
    try:
        profiles.cleaned(row.profile)
    except ValidationError as error:
        return error.messages[0]
    return ""


# --- looking, and keeping -----------------------------------------------------------------------------------------


def preview(rows: Sequence[Row]) -> Preview:
    """Return what importing ``rows`` would do. At most four queries, whatever their number; writes nothing."""
    named = _product_names()
    found = Preview([], [], [], [])
    known = known_customers([row.customer for row in rows])
    seen: set[tuple[str, ...]] = set()
    for row, customer_id in zip(rows, known, strict=True):
        unknown = next((name for name in row.products if name.casefold() not in named), "")
        problem = row.problem or (_("There is no product “%(name)s”.") % {"name": unknown[:80]} if unknown else "")
        if problem:
            found.refused.append(replace(row, problem=problem))
        elif row.key in seen:
            found.repeated.append(row)
        elif customer_id is not None:
            found.known.append((row, customer_id))
        else:
            found.new.append(row)
        if not problem:
            seen.add(row.key)
    return found


@transaction.atomic
def keep(rows: Sequence[Row]) -> Imported:
    """Keep what ``preview`` showed: make who is new, fill what is blank of who is known. All of it or nothing.

    Again changes nothing. What was refused is left out once more. A few dozen queries for thousands of rows.
    """
    wanted = preview(rows)
    ids = [pk for pk in find_or_create_customers([row.customer for row in wanted.wanted]) if pk is not None]
    kept = kept_ids(set(ids))
    found: dict[int, profiles.Profile] = {}
    uses: set[tuple[int, int, int | None]] = set()
    named = _product_names()
    for row, pk in zip(wanted.wanted, ids, strict=True):
        found[kept[pk]] = profiles.joined(found[kept[pk]], row.profile) if kept[pk] in found else row.profile
        uses |= {(kept[pk], *named[name.casefold()]) for name in row.products}
    profiles.fill_profiles(found)
    profiles.add_uses(uses)
    return Imported(len(wanted.new), len(wanted.known))


def _product_names() -> Mapping[str, tuple[int, int | None]]:
    """Return product and version by what they are called, in small letters. Two queries."""
    products = dict(Product.objects.values_list("pk", "name"))
    named: dict[str, tuple[int, int | None]] = {}
    for pk, product_id, name in ProductVersion.objects.values_list("pk", "product_id", "name"):
        named[f"{products[product_id]} {name}".casefold()] = (product_id, pk)
    return named | {name.casefold(): (pk, None) for pk, name in products.items()}


# --- between preview and import -----------------------------------------------------------------------------------


def packed(rows: Sequence[Row]) -> list[dict[str, Any]]:  # Any: as JSON takes it
    """Return the rows that can be kept, to be signed and sent along with the preview."""
    return [asdict(row) for row in rows if not row.problem]


def unpacked(packed_rows: Sequence[Mapping[str, Any]]) -> list[Row]:  # Any: as JSON gives it
    """Return what ``packed`` gave, checked again."""
    return [_checked(Row(**row)) for row in packed_rows]
