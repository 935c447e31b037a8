"""Reads of the history: which changes are asked for, and what they read like in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.keyset import read_numbers
from apps.core.models import Action, Change
from apps.workbench.history.audit_words import KINDS, field_label, thing_name, thing_url

PAGE_ROWS = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMELESS = {"customers.Customer", "feedback.Feedback"}  # told by their number: history holds nobody's name

Names = Mapping[tuple[str, int], str]  # of (a model's label, an id): what it is called today


class AuditCursor(NamedTuple):
    """The last change of a page: the next one begins after it."""

    at: datetime
    change_id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.change_id}"

    @property
    def older(self) -> Q:
        return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(id__lt=self.change_id))


def parse_cursor(text: str) -> AuditCursor | None:
    """Return what ``str(cursor)`` wrote; None for anything else."""
    try:
        micros, change_id = read_numbers(text)
        return AuditCursor(EPOCH + timedelta(microseconds=micros), change_id)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What the history is narrowed to. ``until`` is included; days are of the reader's time zone."""

    person_id: int | None = None
    kind: str = ""
    object_id: int | None = None
    action: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str  # "" where there was nothing
    after: str


@dataclass(frozen=True)
class AuditEntry:
    """One change in words."""

    change: Change
    kind_label: str
    thing: str
    url: str  # of the thing's page; "" where it has none, or is gone
    person: User | None
    fields: list[FieldChange]


@dataclass(frozen=True)
class AuditPage:
    entries: list[AuditEntry]
    next_cursor: AuditCursor | None


def matching_changes(wanted: AuditFilter) -> QuerySet[Change]:
    """Return the changes that ``wanted`` asks for, unordered."""
    simple = {
        "person_id": wanted.person_id,
        "kind": wanted.kind or None,
        "object_id": wanted.object_id,
        "action": wanted.action or None,
        "at__gte": wanted.since and _start_of(wanted.since),
        "at__lt": wanted.until and _start_of(wanted.until + timedelta(days=1)),
    }
    return Change.objects.filter(**{lookup: value for lookup, value in simple.items() if value is not None})


def audit_page(changes: QuerySet[Change], *, cursor: AuditCursor | None, limit: int) -> AuditPage:
    """Return one page, newest first. One query, one for the people, and one per kind of thing that is named on it."""
    if cursor is not None:
        changes = changes.filter(cursor.older)
    rows = list(changes.order_by("-at", "-id")[: limit + 1])
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return AuditPage(_in_words(shown), AuditCursor(last.at, last.pk) if last else None)


def thing_in_words(kind: str, object_id: int) -> str:
    """Return what a thing is called today, or its number if it is gone. At most one query."""
    name = _names_of({(kind, object_id)}).get((kind, object_id))
    return name or _("no. %(number)s") % {"number": object_id}


def _in_words(rows: Sequence[Change]) -> list[AuditEntry]:
    people = User.objects.in_bulk({row.person_id for row in rows if row.person_id})
    names = _names_of({named for row in rows for named in _named_in(row)})
    return [_entry(row, people, names) for row in rows]


def _entry(row: Change, people: Mapping[int, User], names: Names) -> AuditEntry:
    told = row.after or row.before or {}
    words = {name: _value(row.kind, name, value, names) for name, value in told.items()}
    exists = (row.kind, row.object_id) in names
    return AuditEntry(
        change=row,
        kind_label=str(KINDS.get(row.kind, row.kind)),
        thing=thing_name(row.kind, row.object_id, words),
        url=thing_url(row.kind, row.object_id) if exists else "",
        person=people.get(row.person_id or 0),
        fields=_fields(row, names),
    )


def _fields(row: Change, names: Names) -> list[FieldChange]:
    before, after = row.before or {}, row.after or {}
    fields = []
    for name in after or before:
        old, new = (_value(row.kind, name, values.get(name), names) for values in (before, after))
        if row.action != Action.UPDATE and not (old or new):
            continue  # a thing made without it, or gone without it
        if row.action != Action.UPDATE or before.get(name) != after.get(name):
            fields.append(FieldChange(field_label(name), old, new))
    return fields


# --- names of what is referred to ---------------------------------------------------------------------------------


def _named_in(row: Change) -> Iterable[tuple[str, int]]:
    """Yield the thing itself and what its values refer to."""
    yield row.kind, row.object_id
    for values in (row.before or {}, row.after or {}):
        for name, value in values.items():
            related = _related(row.kind, name)
            if related is not None and isinstance(value, int):
                yield related._meta.label, value  # noqa: SLF001 Django's documented name for it


def _names_of(wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    by_kind: dict[str, set[int]] = {}
    for kind, object_id in wanted:
        by_kind.setdefault(kind, set()).add(object_id)
    found: dict[tuple[str, int], str] = {}
    for kind, ids in by_kind.items():
        if kind in KINDS:
            found |= {(kind, row.pk): _name(kind, row) for row in _rows(apps.get_model(kind), ids)}
    return found


def _rows(model: type[models.Model], ids: set[int]) -> QuerySet[models.Model]:
    keys = [field.name for field in model._meta.fields if field.is_relation]  # noqa: SLF001 likewise
    rows = model._default_manager.filter(pk__in=ids)  # noqa: SLF001 likewise
    label = model._meta.label  # noqa: SLF001 likewise
    return rows.only("pk") if label in NAMELESS else rows.select_related(*keys)


def _name(kind: str, row: models.Model) -> str:
    if kind in NAMELESS:
        return _("no. %(number)s") % {"number": row.pk}
    return str(row)


# --- values -------------------------------------------------------------------------------------------------------


def _field(kind: str, name: str) -> "models.Field[object, object] | None":
    fields = apps.get_model(kind)._meta.get_fields() if kind in KINDS else ()  # noqa: SLF001 likewise
    return next((field for field in fields if field.name == name and isinstance(field, models.Field)), None)


def _related(kind: str, name: str) -> type[models.Model] | None:
    field = _field(kind, name)
    related = field.related_model if field is not None else None
    return related if isinstance(related, type) else None


def _value(kind: str, name: str, value: object, names: Names) -> str:
    """Return a kept value as people say it; "" for nothing."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = _field(kind, name)
    related = _related(kind, name)
    if related is not None and isinstance(value, int):
        return names.get((related._meta.label, value)) or _("no. %(number)s") % {"number": value}  # noqa: SLF001 likewise
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if isinstance(field, models.DateTimeField) and (moment := parse_datetime(str(value))):
        return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    choices = dict(field.flatchoices) if field is not None and field.choices else {}
    return str(choices.get(value, value))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
