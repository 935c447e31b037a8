"""Which column of a file becomes which field of feedback."""

from collections import Counter
from collections.abc import Mapping, Sequence

from apps.feedback.imports.source import UnusableFileError

IGNORE = "ignore"
CONTEXT_PREFIX = "context."
FIELDS = (
    "text",
    "product",
    "version",
    "rating",
    "customer_name",
    "customer_email",
    "organisation",
    "external_id",
    "captured_at",
    "tags",
    "segment",
    "status",
    "language",  # known, and left aside: the reader finds the language
)
ASKED = ("tags", "segment", "status")  # taken only where somebody says so: they bring more than words
MANY = ("text", "tags")  # several columns may become these
OWN_COLUMNS = ("import_line", "import_column", "import_reason", "import_raw")  # of a file of bad rows: no content
SYNONYMS = {  # of a field, the likeliest first
    "text": ("body", "message", "comment", "feedback", "comments", "verbatim"),
    "external_id": ("id", "ticket_id", "ticket"),
    "captured_at": ("created_at", "timestamp", "date", "created", "submitted_at", "when"),
    "customer_email": ("email", "e_mail", "customer.email", "mail", "email_address"),
    "customer_name": ("name", "customer.name"),
    "organisation": ("organization", "customer.organisation"),
    "rating": ("stars",),
    "tags": ("labels", "tag", "label"),
}


def parse_map(pairs: Sequence[str]) -> dict[str, str]:
    """Return column to field of ``--map column=field`` arguments. Raises UnusableFileError."""
    explicit: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = (part.strip() for part in pair.rpartition("="))
        if not (column and equals and is_field(field)):
            raise UnusableFileError(
                f"--map {pair}: write column=field, the field being one of {', '.join(FIELDS)},"
                f" context.NAME or {IGNORE}."
            )
        explicit[column] = field
    return explicit


def resolve(columns: Sequence[str], explicit: Mapping[str, str]) -> dict[str, str]:
    """Return field by column, for the columns used: those told, then same-named ones, then synonyms.

    Raises UnusableFileError, saying what to do, when a told column is missing, a field is told twice, a used
    column stands twice in the header, or nothing becomes the text.
    """
    mapping = {_find(column, columns): field for column, field in explicit.items()}
    by_name = {plain(column): column for column in reversed(columns)}
    for field in FIELDS:
        if field not in ASKED:
            _guess(field, by_name, mapping)
    for column in columns:
        if plain(column).startswith(CONTEXT_PREFIX) and len(plain(column)) > len(CONTEXT_PREFIX):
            mapping.setdefault(column, CONTEXT_PREFIX + column.strip()[len(CONTEXT_PREFIX) :])
    used = {c: f for c, f in mapping.items() if f not in (IGNORE, "language") and plain(c) not in OWN_COLUMNS}
    _refuse_doubles(columns, used)
    if "text" not in used.values():
        raise UnusableFileError(
            f"No column holds the text. Say which one does with --map COLUMN=text; the columns are: {_listed(columns)}."
        )
    return used


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Return field by column as the columns' names suggest, for a person to look at; of two alike the first."""
    by_name = {plain(column): column for column in reversed(columns) if plain(column) not in OWN_COLUMNS}
    mapping: dict[str, str] = {}
    for field in FIELDS:
        _guess(field, by_name, mapping)
    return mapping


def _guess(field: str, by_name: Mapping[str, str], mapping: dict[str, str]) -> None:
    for name in (field, *SYNONYMS.get(field, ())):
        column = by_name.get(name)
        if column is not None and column not in mapping and field not in mapping.values():
            mapping[column] = field


def describe(mapping: Mapping[str, str], columns: Sequence[str]) -> str:
    """Return the mapping as one line for people."""
    used = ", ".join(column if column == field else f"{column} -> {field}" for column, field in mapping.items())
    left = [column for column in columns if column not in mapping]
    return f"Columns used: {used}." + (f" Not used: {_listed(left)}." if left else "")


def is_field(field: str) -> bool:
    """Return whether a column may become ``field``."""
    return field in FIELDS or field == IGNORE or (field.startswith(CONTEXT_PREFIX) and field != CONTEXT_PREFIX)


def _find(wanted: str, columns: Sequence[str]) -> str:
    for column in columns:
        if column == wanted:
            return column
    for column in columns:
        if plain(column) == plain(wanted):
            return column
    raise UnusableFileError(f"There is no column {wanted!r}. The columns are: {_listed(columns)}.")


def _refuse_doubles(columns: Sequence[str], used: Mapping[str, str]) -> None:
    for column, count in Counter(columns).items():
        if count > 1 and column in used:
            raise UnusableFileError(f"The header names {column!r} {count} times: rename all but one of them.")
    for field, count in Counter(used.values()).items():
        if count > 1 and field not in MANY:
            raise UnusableFileError(f"Two columns are mapped to {field}: leave one of them out.")


def plain(column: str) -> str:
    """Return a column's name as it is compared."""
    return column.strip().lower().replace(" ", "_").replace("-", "_")


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(column or "(no name)" for column in columns[:30])
    return f"{shown} and {len(columns) - 30} more" if len(columns) > 30 else shown
