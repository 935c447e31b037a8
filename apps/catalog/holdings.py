"""The products of a team, for accounts.holdings."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.holdings import SHOWN, Counted, Holding, register
from apps.accounts.models import Team
from apps.catalog.models import Product


def products_of(team: Team) -> Counted:
    products = Product.objects.filter(team=team)
    return products.count(), [
        Holding(product.name, reverse("workbench:product", args=[product.pk])) for product in products[:SHOWN]
    ]


def announce() -> None:
    register(_("Products"), of_team=products_of)  # type: ignore[arg-type]  # lazy
