"""Which product a row of an uploaded file means, for the person who imports it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.catalog import services as catalog
from apps.catalog.models import Product
from apps.feedback.selectors import products_managed_by

UNMADE = -1  # the id of a product that a rehearsal would make


class ProductFinder:
    """Finds products by name or slug, remembering them; a person may import for their own teams' alone."""

    def __init__(self, user: User, *, makes_products: bool, is_rehearsal: bool) -> None:
        self._ids = {text: pk for pk, *texts in Product.objects.values_list("pk", "name", "slug") for text in texts}
        self._allowed = set(products_managed_by(user, Permission.IMPORT_FEEDBACK).values_list("pk", flat=True))
        self._makes_products = makes_products and may(user, Permission.MANAGE_CATALOG)
        self._is_rehearsal = is_rehearsal

    def find(self, name: str) -> int:
        """Return the product's id. Raises ValidationError for one that is not there, or not the person's."""
        product_id = self._ids.get(name)
        if product_id is None:
            if not self._makes_products:
                raise ValidationError(_("There is no product “%(name)s”.") % {"name": name[:120]})
            product_id = UNMADE if self._is_rehearsal else catalog.get_or_create_product(name=name).pk
            self._ids[name] = product_id
            self._allowed.add(product_id)
        if product_id not in self._allowed:
            raise ValidationError(_("You may not import for the product “%(name)s”.") % {"name": name[:120]})
        return product_id
