"""Every write to customers, organisations and segments but for ``matching``, which finds or makes them.

Whatever changes how a customer counts (segment, organisation, verification, erasure) is published as
``customers.changed`` in the same transaction; upper apps re-book what the customer said.
"""

import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import outbox
from apps.core.email_address import normalise_email
from apps.core.slugs import unique_slug
from apps.core.turns import take_turn
from apps.customers.errors import CustomerErasedError, SameNameError
from apps.customers.matching import (
    CHANGED,
    CustomerRow,
    find_or_create_customers,
    get_or_create_organisations,
)
from apps.customers.models import Customer, Organisation, Segment

ERASURE_ASKED = "customers.erasure_asked"  # outbox topic: ids of customers
PROFILE_FIELDS = ("role_title", "languages", "time_zone", "availability", "instruments", "sites")

__all__ = [
    "CHANGED",
    "ERASURE_ASKED",
    "PROFILE_FIELDS",
    "CustomerRow",
    "ask_for_erasure",
    "create_segment",
    "drop_erasure_request",
    "erase_customer",
    "find_or_create_customers",
    "get_or_create_organisations",
    "set_organisation",
    "set_organisation_segment",
    "set_segment",
    "set_segment_weight",
    "unverify_customer",
    "update_customer",
    "verify_customer",
]


@transaction.atomic
def create_segment(*, name: str, weight: float = 1.0) -> Segment:
    """Return a new segment. Raises ValidationError for a name blank or taken, or a weight not in 0 to 100."""
    take_turns_at_segment_names()
    name = name.strip()
    if not name or Segment.objects.filter(name=name).exists():
        raise ValidationError({"name": _("Give the segment a name that no other has.")})
    if not 0 <= weight <= 100:
        raise ValidationError({"weight": _("A weight is 0 to 100.")})
    taken = set(Segment.objects.values_list("slug", flat=True))
    slug = unique_slug(name, taken=taken, max_length=60, fallback="segment")
    return Segment.objects.create(name=name, slug=slug, weight=weight)


def take_turns_at_segment_names() -> None:
    """Until the transaction ends: two of one name at the same instant, the second is told and not broken."""
    take_turn("customers.segment_names")


@transaction.atomic
def set_segment_weight(*, segment: Segment, weight: float) -> None:
    """Change how much each voice of a segment counts where a team's policy says nothing else.

    Publishes ``customers.segments_changed``. Raises ValidationError for a weight not in 0 to 100.
    """
    if not 0 <= weight <= 100:
        raise ValidationError({"weight": _("A weight is 0 to 100.")})
    Segment.objects.filter(pk=segment.pk).update(weight=weight)
    segment.weight = weight
    outbox.publish("customers.segments_changed", [segment.pk])


@transaction.atomic
def set_segment(*, customer_ids: Iterable[int], segment: Segment | None) -> int:
    """Put the customers into ``segment``; None: back into their organisation's. Return how many changed."""
    return _change(Customer.objects.filter(pk__in=list(customer_ids)), segment=segment)


@transaction.atomic
def set_organisation(*, customer_ids: Iterable[int], organisation: Organisation | None) -> int:
    """Say whom the customers belong to; None: nobody. Return how many changed.

    Raises SameNameError where that would make two customers without address alike.
    """
    try:
        with transaction.atomic():
            return _change(Customer.objects.filter(pk__in=list(customer_ids)), organisation=organisation)
    except IntegrityError:
        raise SameNameError from None


@transaction.atomic
def set_organisation_segment(*, organisation: Organisation, segment: Segment | None) -> int:
    """Change the segment that holds for the organisation's customers without one of their own.

    Returns how many customers that concerns; all of them are published, a thousand to an outbox row.
    """
    locked = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if locked.segment_id == (segment.pk if segment else None):
        return 0
    Organisation.objects.filter(pk=locked.pk).update(segment=segment)
    organisation.segment = segment
    concerned = Customer.objects.filter(organisation=locked, segment__isnull=True)
    keys = list(concerned.values_list("pk", flat=True))
    outbox.publish(CHANGED, keys)
    return len(keys)


@transaction.atomic
def verify_customer(*, customer_id: int) -> None:
    """Record that the address (or the person) is proven. Verifying again changes nothing.

    Raises CustomerErasedError for a tombstone.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if customer.erased_at is not None:
        raise CustomerErasedError
    if customer.verified_at is None:
        customer.verified_at = timezone.now()
        customer.save(update_fields=["verified_at"])
        outbox.publish(CHANGED, [customer.pk])


@transaction.atomic
def unverify_customer(*, customer_id: int) -> None:
    """Take back that the address (or the person) is proven. Again changes nothing."""
    changed = Customer.objects.filter(pk=customer_id, verified_at__isnull=False).update(verified_at=None)
    if changed:
        outbox.publish(CHANGED, [customer_id])


@transaction.atomic
def update_customer(*, customer_id: int, name: str, email: str) -> None:
    """Correct a customer's name and address; another address is not proven yet, so verification goes with the old one.

    Raises CustomerErasedError for a tombstone, ValidationError for neither name nor address, for what is no address,
    and for one that another customer has; SameNameError where the name would make two of one kind.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if customer.erased_at is not None:
        raise CustomerErasedError
    customer.name, customer.email = name.strip(), email.strip()
    email_key = _checked_address(customer)
    if email_key != customer.email_key and customer.verified_at is not None:
        customer.verified_at = None
        outbox.publish(CHANGED, [customer.pk])
    customer.email_key = email_key
    try:
        with transaction.atomic():
            customer.save(update_fields=["name", "email", "email_key", "verified_at"])
    except IntegrityError:
        raise SameNameError from None


def _checked_address(customer: Customer) -> str | None:
    if not (customer.name or customer.email):
        raise ValidationError({"name": _("Give a name or an address; to forget this person, erase them.")})
    if not customer.email:
        return None
    validate_email(customer.email)
    email_key = normalise_email(customer.email)
    if Customer.objects.filter(email_key=email_key).exclude(pk=customer.pk).exists():
        raise ValidationError({"email": _("Another customer has this address.")})
    return email_key


@transaction.atomic
def erase_customer(*, customer_id: int) -> None:
    """Leave a tombstone: no name, no address, no profile, a fresh key. Segment and organisation stay, so counts do.

    That we asked something of them stays, without the reasons. Erasing again changes nothing. What they said is
    ``feedback``'s to redact, mail kept is ``dialogue``'s, seats and words at sessions are those of ``panels``.
    """
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if customer.erased_at is not None:
        return
    customer.key = uuid.uuid4()
    customer.email = customer.name = customer.role_title = customer.time_zone = customer.availability = ""
    customer.languages, customer.instruments, customer.sites = [], [], []
    customer.email_key = customer.erasure_asked_at = None
    customer.erased_at = timezone.now()
    blanked = ("email", "email_key", "name", "erasure_asked_at", *PROFILE_FIELDS)
    customer.save(update_fields=["key", "erased_at", *blanked])
    customer.uses.all().delete()
    customer.contact_events.exclude(override_reason="").update(override_reason="")
    outbox.publish(CHANGED, [customer.pk])


@transaction.atomic
def ask_for_erasure(*, customer_id: int) -> bool:
    """Keep that the customer wants to be erased; return whether that is new. An administrator confirms it.

    Publishes ``customers.erasure_asked``. Of a tombstone nothing is asked.
    """
    waiting = Customer.objects.filter(pk=customer_id, erased_at=None, erasure_asked_at=None)
    is_new = bool(waiting.update(erasure_asked_at=timezone.now()))
    if is_new:
        outbox.publish(ERASURE_ASKED, [customer_id])
    return is_new


def drop_erasure_request(*, customer_id: int) -> bool:
    """Forget that the customer asked to be erased; return whether they had. By themselves, or refused with reason."""
    asked = Customer.objects.filter(pk=customer_id, erasure_asked_at__isnull=False)
    return bool(asked.update(erasure_asked_at=None))


def _change(customers: QuerySet[Customer], **values: Segment | Organisation | None) -> int:
    (field, value), *_ = values.items()
    unchanged = Q(**{field: value}) if value is not None else Q(**{f"{field}__isnull": True})
    different = customers.exclude(unchanged).select_for_update(no_key=True).order_by("pk")
    keys = list(different.values_list("pk", flat=True))
    Customer.objects.filter(pk__in=keys).update(**values)
    outbox.publish(CHANGED, keys)
    return len(keys)
