"""Every write to products and their versions."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Team
from apps.catalog.errors import ProductUsedError
from apps.catalog.models import Product, ProductVersion, Visibility
from apps.core.slugs import unique_slug
from apps.core.turns import take_turn

PRODUCT_CHARACTERS = 120
SLUG_CHARACTERS = 80
VERSION_CHARACTERS = 60


@transaction.atomic
def create_product(
    *,
    name: str,
    team: Team | None = None,
    description: str = "",
    default_visibility: Visibility = Visibility.EVERYONE,
) -> Product:
    """Return a new product with a slug of its own. Raises ValidationError for a name blank, long or taken."""
    name = _free_name(name)
    return Product.objects.create(
        name=name,
        slug=unique_slug(name, taken=_taken_slugs(), max_length=SLUG_CHARACTERS, fallback="product"),
        team=team,
        description=description.strip(),
        default_visibility=default_visibility,
    )


@transaction.atomic
def update_product(
    *, product: Product, name: str, team: Team | None, description: str, default_visibility: Visibility
) -> None:
    """Change what a product is called, whose it is, and who reads what comes in from now on; its slug stays.

    Raises ValidationError for a name blank, long or taken.
    """
    product.name = _free_name(name, but_for=product)
    product.team, product.description, product.default_visibility = team, description.strip(), default_visibility
    product.save(update_fields=["name", "team", "description", "default_visibility"])


@transaction.atomic
def set_archived(*, product: Product, is_archived: bool) -> bool:
    """Put a product away, or take it back; return whether that changed anything. What was said of it stays."""
    rows = Product.objects.filter(pk=product.pk, archived_at__isnull=is_archived)
    product.archived_at = timezone.now() if is_archived else None
    return rows.update(archived_at=product.archived_at) > 0


@transaction.atomic
def delete_product(*, product: Product) -> None:
    """Delete a product of which nothing was ever said, with its versions. Raises ProductUsedError otherwise."""
    try:
        with transaction.atomic():
            product.delete()
    except (ProtectedError, IntegrityError):
        raise ProductUsedError from None


@transaction.atomic
def add_version(*, product: Product, name: str, released_on: date | None = None) -> ProductVersion:
    """Return a new version of ``product``. Raises ValidationError for a name blank, long or taken."""
    name = _checked_version(name)
    Product.objects.select_for_update(no_key=True).get(pk=product.pk)  # two of one name at once: the second is told
    if ProductVersion.objects.filter(product=product, name=name).exists():
        told = _("%(product)s has a version %(name)s already.") % {"product": product, "name": name}
        raise ValidationError({"version": told})
    return ProductVersion.objects.create(product=product, name=name, released_on=released_on)


@transaction.atomic
def update_version(*, version: ProductVersion, name: str, released_on: date | None) -> None:
    """Rename a version or say when it came out. Raises ValidationError for a name blank, long or taken."""
    name = _checked_version(name)
    try:
        with transaction.atomic():
            ProductVersion.objects.filter(pk=version.pk).update(name=name, released_on=released_on)
    except IntegrityError:
        told = _("%(product)s has a version %(name)s already.") % {"product": version.product, "name": name}
        raise ValidationError({"version": told}) from None
    version.name, version.released_on = name, released_on


def get_or_create_product(*, name: str) -> Product:
    """Return the product of this name, made where new."""
    return get_or_create_products([name])[name]


@transaction.atomic
def get_or_create_products(names: Iterable[str]) -> dict[str, Product]:
    """Return the product of each name, keyed as given; new ones belong to no team yet.

    Names are compared stripped, and exactly. One query where all exist, four otherwise; two callers at once
    end with the same rows. Raises ValidationError for a name that is blank or too long.
    """
    given = {name: _checked_name(name) for name in names}
    found = {product.name: product for product in Product.objects.filter(name__in=set(given.values()))}
    missing = sorted(set(given.values()) - found.keys())
    if missing:
        found |= _create_missing(missing)
    return {name: found[checked] for name, checked in given.items()}


def _create_missing(names: list[str]) -> dict[str, Product]:
    # Another caller may take a slug (or a name) between our look and our insert: then look again.
    found: dict[str, Product] = {}
    while len(found) < len(names):
        taken = _taken_slugs()
        rows = []
        for name in names:
            slug = unique_slug(name, taken=taken, max_length=SLUG_CHARACTERS, fallback="product")
            taken.add(slug)
            rows.append(Product(name=name, slug=slug))
        Product.objects.bulk_create(rows, ignore_conflicts=True)
        found = {product.name: product for product in Product.objects.filter(name__in=names)}
    return found


@transaction.atomic
def get_or_create_versions(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the version's id for each (product id, version name), keyed as given, made where new.

    One query where all exist, three otherwise. Raises ValidationError for a name that is blank or too long.
    """
    given = {(product_id, name): _checked_version(name) for product_id, name in wanted}
    pairs = {(product_id, checked) for (product_id, _given), checked in given.items()}
    found = _find_versions(pairs)
    missing = sorted(pairs - found.keys())
    if missing:
        ProductVersion.objects.bulk_create(
            [ProductVersion(product_id=product_id, name=name) for product_id, name in missing],
            ignore_conflicts=True,
        )
        found = _find_versions(pairs)
    return {key: found[key[0], checked] for key, checked in given.items()}


def _find_versions(pairs: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    rows = ProductVersion.objects.filter(
        product_id__in={product_id for product_id, _ in pairs}, name__in={name for _product_id, name in pairs}
    ).values_list("product_id", "name", "id")
    return {(product_id, name): pk for product_id, name, pk in rows}


def _taken_slugs() -> set[str]:
    return set(Product.objects.values_list("slug", flat=True))


def _free_name(name: str, *, but_for: Product | None = None) -> str:
    """Return ``name`` checked; until the transaction ends nobody else takes it."""
    name = _checked_name(name)
    take_turn("catalog.create_product")  # two of one name at the same instant: the second is told, not broken
    others = Product.objects.exclude(pk=but_for.pk) if but_for else Product.objects.all()
    if others.filter(name=name).exists():
        raise ValidationError({"name": _("There is a product of this name already.")})
    return name


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= PRODUCT_CHARACTERS:
        raise ValidationError(
            {"name": _("A product's name has 1 to %(limit)s characters.") % {"limit": PRODUCT_CHARACTERS}}
        )
    return name


def _checked_version(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= VERSION_CHARACTERS:
        raise ValidationError(
            {"version": _("A version's name has 1 to %(limit)s characters.") % {"limit": VERSION_CHARACTERS}}
        )
    return name
