"""What staff know of a customer, for whom to ask and when: role, languages, time zone, what they use and where.

The one writer of ``ProductUse``. Nothing here changes how a customer counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import Product, ProductVersion
from apps.customers.errors import CustomerErasedError
from apps.customers.models import Customer, ProductUse

ITEMS = 30  # in one list
ITEM_CHARACTERS = 120
ROLE_CHARACTERS = 120
AVAILABILITY_CHARACTERS = 300
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """As it is kept: lists without blanks and repeats, language codes in small letters."""

    role_title: str = ""
    languages: Sequence[str] = ()  # BCP 47, the preferred one first
    time_zone: str = ""
    availability: str = ""
    instruments: Sequence[str] = ()
    sites: Sequence[str] = ()


def clean_list(values: Iterable[str]) -> list[str]:
    """Return the values in one line each, without blanks and repeats (case does not matter), in order."""
    found: dict[str, str] = {}
    for value in values:
        if line := " ".join(value.split()):
            found.setdefault(line.casefold(), line)
    return list(found.values())


def cleaned(given: Profile) -> Profile:
    """Return ``given`` as it is kept. Raises ValidationError by field for what is too long, or no code, or no zone."""
    problems: dict[str, str] = {}
    languages = [code.lower() for code in clean_list(given.languages)]
    lists = {"languages": languages, "instruments": clean_list(given.instruments), "sites": clean_list(given.sites)}
    for name, values in lists.items():
        if len(values) > ITEMS or any(len(value) > ITEM_CHARACTERS for value in values):
            problems[name] = _("At most %(items)s, of at most %(characters)s characters each.") % {
                "items": ITEMS,
                "characters": ITEM_CHARACTERS,
            }
    for code in languages:
        if not _CODE.fullmatch(code) or len(code) > 12:
            problems["languages"] = _("“%(code)s” is no code of a language, such as en, de or pt-br.") % {"code": code}
    texts = {"role_title": ROLE_CHARACTERS, "availability": AVAILABILITY_CHARACTERS}
    for name, limit in texts.items():
        if len(getattr(given, name).strip()) > limit:
            problems[name] = _("At most %(limit)s characters.") % {"limit": limit}
    if given.time_zone and given.time_zone not in available_timezones():
        problems["time_zone"] = _("There is no time zone of this name, such as Europe/Vienna.")
    if problems:
        raise ValidationError(problems)
    return Profile(
        role_title=" ".join(given.role_title.split()),
        availability=" ".join(given.availability.split()),
        time_zone=given.time_zone,
        **lists,
    )


def profile_of(customer: Customer) -> Profile:
    return Profile(**{one.name: getattr(customer, one.name) for one in fields(Profile)})


@transaction.atomic
def update_profile(*, customer_id: int, profile: Profile) -> None:
    """Replace what is known of a customer. Raises ValidationError as ``cleaned``, CustomerErasedError."""
    kept = cleaned(profile)
    customer = _locked(customer_id)
    _write(customer, {one.name: getattr(kept, one.name) for one in fields(Profile)})


def joined(first: Profile, second: Profile) -> Profile:
    """Return ``first`` with its blanks filled and its lists grown by what ``second`` says."""
    return Profile(
        role_title=first.role_title or second.role_title,
        time_zone=first.time_zone or second.time_zone,
        availability=first.availability or second.availability,
        languages=clean_list([*first.languages, *second.languages])[:ITEMS],
        instruments=clean_list([*first.instruments, *second.instruments])[:ITEMS],
        sites=clean_list([*first.sites, *second.sites])[:ITEMS],
    )


@transaction.atomic
def fill_profiles(given: Mapping[int, Profile]) -> int:
    """Fill what is blank, and add to the lists, of customers by id; return how many that changed.

    Nothing known is overwritten; a tombstone stays one. Two queries. Raises ValidationError as ``cleaned``.
    """
    found = Customer.objects.filter(pk__in=given, erased_at=None).select_for_update(no_key=True).order_by("pk")
    changed = []
    for customer in found:
        before = profile_of(customer)
        after = joined(before, cleaned(given[customer.pk]))
        if after != before:
            for one in fields(Profile):
                setattr(customer, one.name, getattr(after, one.name))
            changed.append(customer)
    Customer.objects.bulk_update(changed, [one.name for one in fields(Profile)], batch_size=500)
    return len(changed)


def add_uses(uses: Iterable[tuple[int, int, int | None]]) -> None:
    """Note what customers use, by the ids of customer, product and version. One query; again changes nothing."""
    in_order = sorted(uses, key=lambda use: (use[0], use[1], use[2] or 0))  # one order: no deadlock between two
    ProductUse.objects.bulk_create(
        [ProductUse(customer_id=one, product_id=product, version_id=version) for one, product, version in in_order],
        ignore_conflicts=True,
    )


@transaction.atomic
def add_use(*, customer_id: int, product: Product, version: ProductVersion | None = None) -> bool:
    """Note that a customer uses a product, or one of its versions; return whether that is new.

    Raises ValidationError for a version of another product, CustomerErasedError.
    """
    if version is not None and version.product_id != product.pk:
        raise ValidationError({"version": _("This is a version of another product.")})
    _locked(customer_id)
    row = ProductUse(customer_id=customer_id, product=product, version=version)
    before = ProductUse.objects.filter(customer_id=customer_id).count()
    ProductUse.objects.bulk_create([row], ignore_conflicts=True)
    return ProductUse.objects.filter(customer_id=customer_id).count() > before


def remove_use(*, customer_ids: Iterable[int], use_id: int) -> None:
    """Forget that a customer uses something. Again changes nothing."""
    ProductUse.objects.filter(pk=use_id, customer_id__in=list(customer_ids)).delete()


def _locked(customer_id: int) -> Customer:
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    if customer.erased_at is not None:
        raise CustomerErasedError
    return customer


def _write(customer: Customer, values: Mapping[str, object]) -> None:
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    if changed:
        customer.save(update_fields=list(changed))
