"""Which product a row of an uploaded file means, for the person who imports it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.catalog import services as catalog
from apps.catalog.models import Product
from apps.feedback.selectors import products_managed_by

UNMADE = -1  # the id of a product that a rehearsal would make


def product_ids() -> dict[str, int]:
    """Return the products' ids by slug, which is what a saved mapping says, and by name. One query."""
    rows = list(Product.objects.values_list("pk", "name", "slug"))
    return {slug: pk for pk, _name, slug in rows} | {name: pk for pk, name, _slug in rows}


def no_product(name: str) -> ValidationError:
    return ValidationError(_("There is no product “%(name)s”.") % {"name": name[:120]})


class ProductFinder:
    """Finds products by name or slug, remembering them; a person may import for their own teams' alone."""

    def __init__(self, user: User, *, makes_products: bool, is_rehearsal: bool) -> None:
        self._ids = product_ids()
        self._allowed = set(products_managed_by(user, Permission.IMPORT_FEEDBACK).values_list("pk", flat=True))
        self._makes_products = makes_products and may(user, Permission.MANAGE_CATALOG)
        self._is_rehearsal = is_rehearsal

    def find(self, name: str) -> int:
        """Return the product's id. Raises ValidationError for one that is not there, or not the person's."""
        product_id = self._ids.get(name)
        if product_id is None:
            if not self._makes_products:
                raise no_product(name)
            product_id = UNMADE if self._is_rehearsal else catalog.get_or_create_product(name=name).pk
            self._ids[name] = product_id
            self._allowed.add(product_id)
        if product_id not in self._allowed:
            raise ValidationError(_("You may not import for the product “%(name)s”.") % {"name": name[:120]})
        return product_id


class OpenProductFinder:
    """Finds products for the command, which may import for all of them, and makes those that are missing.

    Unless the mapping says that none is made: then ``find`` raises ValidationError, as it does on the page.
    """

    def __init__(self, *, makes_products: bool, is_rehearsal: bool) -> None:
        self._ids = product_ids()
        self._makes_products = makes_products
        self._is_rehearsal = is_rehearsal

    def find(self, name: str) -> int:
        if name not in self._ids:
            if not self._makes_products:
                raise no_product(name)
            made = UNMADE - len(self._ids) if self._is_rehearsal else catalog.get_or_create_product(name=name).pk
            self._ids[name] = made
        return self._ids[name]
