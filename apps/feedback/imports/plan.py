"""How one file becomes feedback: a plan, as people make it on a page, save it, or find it ready. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.feedback.imports import mapping, moments, scales
from apps.feedback.imports.scales import fold

MAPPED = ("product", "rating", "segment", "status", "tags")  # fields whose values may be said one by one
VALUES_LIMIT = 2_000  # of one field
LIVE, HELD, LEFT_OUT = "live", "held", "left out"  # what a status may mean
STATUSES = (LIVE, HELD, LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``columns`` without a field in it are left aside; several may be text (joined) or tags."""

    columns: Mapping[str, str] = field(default_factory=dict)  # field of mapping.FIELDS by column
    product: str = ""  # a slug: everything is about it, whatever a column says
    version: str = ""  # where the file names none
    zone: str = ""  # of times without one; blank: the installation's
    date_format: str = ""  # of moments.FORMATS, or a pattern; blank: found out
    scale: str = scales.FIVE
    separators: str = ",;|"  # between the tags of a cell
    headings: bool = True  # several text columns: each after its name
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by field: what a folded value becomes
    makes_products: bool = False

    def as_json(self) -> dict[str, Any]:  # Any: what JSON has
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def meaning(self, name: str) -> Mapping[str, str]:
        """Return what the values of field ``name`` become, by value as ``fold`` has it."""
        return self.values.get(name, {})

    def fitted(self, columns: Sequence[str]) -> "Plan":
        """Return the plan for a file of ``columns``, spelling apart.

        Columns it does not have are left out; of two for one field the first stays.
        """
        known = {mapping.plain(column): column for column in reversed(columns)}
        fitting: dict[str, str] = {}
        for column, name in self.columns.items():
            own = known.get(mapping.plain(column))
            is_free = name in (*mapping.MANY, mapping.IGNORE) or name not in fitting.values()
            if own is not None and is_free:
                fitting[own] = name
        return replace(self, columns=fitting)


def plan_of(raw: object) -> Plan:
    """Return the plan that ``raw``, of JSON, describes. Raises ValidationError for what no plan says."""
    if not isinstance(raw, Mapping):
        raise ValidationError(_("This is no plan of an import."))
    known = {one.name: one for one in fields(Plan)}
    given = {name: value for name, value in raw.items() if name in known}
    default = Plan()
    if any(not isinstance(value, type(getattr(default, name))) for name, value in given.items()):
        raise ValidationError(_("This is no plan of an import."))
    plan = Plan(**given)
    check(plan)
    return plan


def check(plan: Plan) -> None:
    """Raise ValidationError, by field, for what cannot be."""
    problems: dict[str, str] = {}
    if any(not mapping.is_field(name) for name in plan.columns.values()):
        problems["columns"] = _("A column becomes a field that feedback does not have.")
    if plan.scale not in scales.SCALES:
        problems["scale"] = _("There is no such scale.")
    if plan.zone and not is_zone(plan.zone):
        problems["zone"] = _("There is no time zone “%(zone)s”.") % {"zone": plan.zone[:60]}
    try:
        moments.check_format(plan.date_format)
    except ValidationError as error:
        problems["date_format"] = error.messages[0]
    if len(plan.separators) > 10:
        problems["separators"] = _("Give at most ten characters.")
    problems |= {f"values.{name}": said for name, one in plan.values.items() if (said := _problem(name, one))}
    if problems:
        raise ValidationError(problems)


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def folded(values: Mapping[str, str]) -> dict[str, str]:
    """Return value mappings keyed as ``Plan.meaning`` wants them."""
    return {fold(value): meaning for value, meaning in values.items()}


def _problem(name: str, values: object) -> str:
    if name not in MAPPED or not isinstance(values, Mapping) or len(values) > VALUES_LIMIT:
        return _("At most %(limit)d values of a field can be said one by one.") % {"limit": VALUES_LIMIT}
    allowed = {"rating": ("", "1", "2", "3", "4", "5"), "status": ("", *STATUSES)}.get(name)
    if any(
        not isinstance(text, str) or len(text) > 200 or (allowed and text not in allowed) for text in values.values()
    ):
        return _("A value becomes what the field does not have.")
    return ""
