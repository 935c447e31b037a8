"""Keeps criteria under a name. Written by their owner alone."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.panels.models import Criteria


def save_criteria(*, owner: User, name: str, conditions: Mapping[str, str], is_shared: bool) -> Criteria:
    """Return the owner's criteria of this name with these conditions: new, or those of the name, replaced."""
    values = {"conditions": dict(conditions), "is_shared": is_shared}
    made, _is_new = Criteria.objects.update_or_create(owner=owner, name=name.strip(), defaults=values)
    return made


def update_criteria(*, criteria: Criteria, name: str, is_shared: bool) -> None:
    """Rename criteria, and share them or not. Raises ValidationError for a name the owner has given already."""
    try:
        with transaction.atomic():
            Criteria.objects.filter(pk=criteria.pk).update(name=name.strip(), is_shared=is_shared)
    except IntegrityError:
        raise ValidationError({"name": _("You have kept other criteria under this name.")}) from None


def delete_criteria(*, criteria: Criteria) -> None:
    """Again changes nothing."""
    Criteria.objects.filter(pk=criteria.pk).delete()
