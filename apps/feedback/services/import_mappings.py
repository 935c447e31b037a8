"""Saved mappings: plans of imports by name. Every write to them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.turns import take_turn
from apps.feedback.import_models import ImportMapping
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import Plan, plan_of

NAME_CHARACTERS = 80


@transaction.atomic
def save_mapping(*, name: str, plan: Plan, user_id: int | None = None) -> ImportMapping:
    """Keep ``plan`` under ``name``, in place of what was there. Raises ValidationError for a name blank or too long."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_CHARACTERS:
        raise ValidationError({"name": _("Give a name of at most %(limit)d characters.") % {"limit": NAME_CHARACTERS}})
    take_turn("feedback.import_mappings")
    mapping = ImportMapping.objects.filter(name=name).first() or ImportMapping(name=name, created_by_id=user_id)
    mapping.plan = plan.as_json()
    mapping.save()
    return mapping


def delete_mapping(*, mapping_id: int) -> None:
    """Forget a saved mapping; what was imported by it stays. Again changes nothing."""
    ImportMapping.objects.filter(pk=mapping_id).delete()


def saved_plan(name: str) -> Plan:
    """Return the plan saved under ``name``. Raises UnusableFileError, listing the names there are."""
    mapping = ImportMapping.objects.filter(name=name).first()
    if mapping is None:
        names = ", ".join(ImportMapping.objects.values_list("name", flat=True)[:50])
        raise UnusableFileError(
            f"There is no mapping {name!r}; there are: {names}." if names else f"There is no mapping {name!r}, nor any."
        )
    return plan_of(mapping.plan)
