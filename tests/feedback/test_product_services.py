"""Changes of a product that reach its forms and its feedback: whole, once, or not at all."""

import pytest
from django.core.exceptions import ValidationError

from apps.catalog.models import Product, Visibility
from apps.feedback.models import Feedback, Form
from apps.feedback.services import products
from tests.factories import FeedbackFactory, ProductFactory, TeamFactory

pytestmark = pytest.mark.django_db


def saved(product: Product, **fields: object) -> int:
    kept = {"name": product.name, "team": product.team, "description": "", "default_visibility": Visibility.TEAM}
    return products.save_product(product=product, **{**kept, **fields})


def test_what_came_in_before_changes_only_where_that_is_asked_for():
    product, team = ProductFactory(name="Aurora"), TeamFactory()
    FeedbackFactory(product=product), FeedbackFactory(product=product, visibility=Visibility.RESTRICTED)

    assert saved(product, team=team) == 0
    assert saved(product, default_visibility=Visibility.EVERYONE) == 0
    assert saved(product, changes_existing=True) == 1
    assert saved(product, changes_existing=True) == 0  # it is so already

    assert Product.objects.get(pk=product.pk).default_visibility == Visibility.TEAM
    found = Feedback.objects.order_by("pk").values_list("visibility", flat=True)
    assert list(found) == [Visibility.TEAM, Visibility.RESTRICTED]


def test_a_name_that_is_taken_changes_nothing_at_all():
    ProductFactory(name="Taken")
    product = ProductFactory(name="Aurora")
    FeedbackFactory(product=product)

    with pytest.raises(ValidationError):
        saved(product, name="Taken", changes_existing=True)

    assert Product.objects.get(pk=product.pk).default_visibility == Visibility.EVERYONE
    assert Feedback.objects.get().visibility == Visibility.EVERYONE


def test_an_archived_product_takes_its_forms_along_once():
    product, other = ProductFactory(), ProductFactory()
    for number, its in enumerate((product, product, other)):
        Form.objects.create(product=its, slug=f"form-{number}", title="How is it?")

    assert [products.archive_product(product=product) for _ in range(2)] == [2, 0]

    assert list(Form.objects.filter(is_open=True).values_list("product", flat=True)) == [other.pk]
    assert Product.objects.get(pk=product.pk).archived_at is not None
