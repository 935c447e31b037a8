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
    lines = (" ".join(value.split()) for value in values)
    return list({line.casefold(): line for line in reversed([line for line in lines if line])}.values())[::-1]


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


@transaction.atomic
def fill_profile(*, customer_id: int, profile: Profile) -> bool:
    """Fill what is blank, and add to the lists; return whether that changed anything. Raises as ``update_profile``."""
    kept = cleaned(profile)
    customer = _locked(customer_id)
    news: dict[str, object] = {}
    for one in fields(Profile):
        had, given = getattr(customer, one.name), getattr(kept, one.name)
        if isinstance(had, list):
            both = clean_list([*had, *given])[:ITEMS]
            if len(both) > len(had):
                news[one.name] = both
        elif given and not had:
            news[one.name] = given
    _write(customer, news)
    return bool(news)


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
