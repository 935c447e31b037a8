"""What staff do to a product that reaches its forms and its feedback; to products alone: ``catalog.services``."""

from django.db import transaction

from apps.accounts.models import Team
from apps.catalog import services as catalog
from apps.catalog.models import Product, Visibility
from apps.feedback.services.product_visibility import change_visibility_of_product
from apps.feedback.services.public_forms import close_forms_of


@transaction.atomic
def save_product(
    *,
    product: Product,
    name: str,
    team: Team | None,
    description: str,
    default_visibility: Visibility,
    changes_existing: bool = False,
) -> int:
    """Change a product, all or nothing; return of how many pieces of feedback the readers change.

    With ``changes_existing`` that is what came in with the former default, else none. Raises ValidationError.
    """
    before = Visibility(product.default_visibility)
    catalog.update_product(
        product=product, name=name, team=team, description=description, default_visibility=default_visibility
    )
    if not changes_existing or before == default_visibility:
        return 0
    return change_visibility_of_product(product=product, before=before, after=default_visibility)


@transaction.atomic
def archive_product(*, product: Product) -> int:
    """Put a product away and close its forms; return how many were open. ``catalog.set_archived`` takes it back."""
    catalog.set_archived(product=product, is_archived=True)
    return close_forms_of(product=product)
