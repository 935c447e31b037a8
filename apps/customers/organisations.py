"""Writes to organisations by staff: make, rename, merge, delete."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.core import outbox
from apps.customers.errors import NamesakesError, OrganisationUsedError
from apps.customers.matching import CHANGED
from apps.customers.models import Customer, Organisation, Segment
from apps.customers.services import set_organisation_segment

ORGANISATION_CHARACTERS = 160


@transaction.atomic
def create_organisation(*, name: str, segment: Segment | None = None) -> Organisation:
    """Return a new organisation. Raises ValidationError for a name blank, long or taken (case does not matter)."""
    name = _checked_name(name)
    try:
        with transaction.atomic():
            return Organisation.objects.create(name=name, segment=segment)
    except IntegrityError:
        raise _taken() from None


@transaction.atomic
def update_organisation(*, organisation: Organisation, name: str, segment: Segment | None) -> int:
    """Rename an organisation and set the segment of its customers without one of their own.

    Returns how many customers a new segment concerns. Raises ValidationError for a name blank, long or taken.
    """
    name = _checked_name(name)
    try:
        with transaction.atomic():
            Organisation.objects.filter(pk=organisation.pk).exclude(name=name).update(name=name)
    except IntegrityError:
        raise _taken() from None
    organisation.name = name
    return set_organisation_segment(organisation=organisation, segment=segment)


@transaction.atomic
def merge_organisations(*, source: Organisation, target: Organisation) -> int:
    """Move the customers of ``source`` to ``target`` and delete ``source``; return how many moved.

    They take the target's segment unless they have one of their own; all are published, and re-booked in the
    background. Again changes nothing. Raises ValidationError for one and the same, NamesakesError where both have a
    customer of one name without address: those two may or may not be one person.
    """
    if source.pk == target.pk:
        raise ValidationError({"target": _("Choose another organisation to merge with.")})
    ids = sorted({source.pk, target.pk})  # in one order: two merges at once do not lock each other
    locked = {row.pk: row for row in Organisation.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    if source.pk not in locked or target.pk not in locked:
        return 0
    moving = Customer.objects.filter(organisation_id=source.pk).select_for_update(no_key=True).order_by("pk")
    keys = list(moving.values_list("pk", flat=True))
    try:
        with transaction.atomic():
            Customer.objects.filter(pk__in=keys).update(organisation_id=target.pk)
    except IntegrityError:
        raise NamesakesError(_namesakes(source, target)) from None
    Organisation.objects.filter(pk=source.pk).delete()
    outbox.publish(CHANGED, keys)
    return len(keys)


@transaction.atomic
def delete_organisation(*, organisation: Organisation) -> None:
    """Delete an organisation nobody belongs to. Raises OrganisationUsedError otherwise; again changes nothing."""
    locked = Organisation.objects.select_for_update().filter(pk=organisation.pk).first()
    if locked is None:
        return
    if Customer.objects.filter(organisation=locked).exists():
        raise OrganisationUsedError
    locked.delete()


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= ORGANISATION_CHARACTERS:
        raise ValidationError(
            {"name": _("An organisation's name has 1 to %(limit)s characters.") % {"limit": ORGANISATION_CHARACTERS}}
        )
    return name


def _taken() -> ValidationError:
    return ValidationError({"name": _("There is an organisation of this name already: merge the two instead.")})


def _namesakes(source: Organisation, target: Organisation) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.name FROM customers_customer a JOIN customers_customer b ON b.name = a.name"
            " WHERE a.organisation_id = %s AND b.organisation_id = %s AND a.name <> ''"
            " AND a.email_key IS NULL AND b.email_key IS NULL AND a.erased_at IS NULL AND b.erased_at IS NULL"
            " ORDER BY a.name LIMIT 5",
            [source.pk, target.pk],
        )
        return [name for (name,) in cursor.fetchall()]
