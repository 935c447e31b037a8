"""Who reads what was said of a product: at once or in batches, and never against what is wanted by then."""

import pytest

from apps.catalog.models import Product, Visibility
from apps.core import lanes, outbox
from apps.core.models import Change, OutboxRow
from apps.feedback.models import Feedback
from apps.feedback.services.product_visibility import change_visibility_of_product
from tests.factories import FeedbackFactory, ProductFactory

pytestmark = pytest.mark.django_db


def change(product: Product, before: str, after: str) -> int:
    Product.objects.filter(pk=product.pk).update(default_visibility=after)
    return change_visibility_of_product(product=product, before=Visibility(before), after=Visibility(after))


def visibilities() -> list[str]:
    return list(Feedback.objects.order_by("id").values_list("visibility", flat=True))


def test_a_few_change_at_once_and_what_was_set_alone_stays():
    product = ProductFactory()
    FeedbackFactory(product=product)
    FeedbackFactory(product=product, visibility="restricted")
    FeedbackFactory()

    assert [change(product, "everyone", "team") for _ in range(2)] == [1, 0]

    assert visibilities() == ["team", "restricted", "everyone"]
    assert OutboxRow.objects.filter(topic="feedback.changed").exists()


def test_many_change_in_the_background(monkeypatch):
    monkeypatch.setattr(outbox, "BATCH_IDS", 2)
    product = ProductFactory()
    for _ in range(5):
        FeedbackFactory(product=product)

    assert change(product, "everyone", "restricted") == 5
    assert visibilities() == ["everyone"] * 5
    lanes.settle(queues=["feedback"])

    assert visibilities() == ["restricted"] * 5
    assert set(Change.objects.filter(kind="feedback.Feedback").values_list("via", flat=True)) == {
        "system: visibility of a product"
    }


def test_a_batch_that_comes_late_does_not_undo_a_newer_wish(monkeypatch):
    monkeypatch.setattr(outbox, "BATCH_IDS", 1)
    product = ProductFactory()
    first, _second = FeedbackFactory(product=product), FeedbackFactory(product=product)
    change(product, "everyone", "team")
    Feedback.objects.filter(pk=first.pk).update(visibility="restricted")  # by hand, meanwhile
    change(product, "team", "everyone")

    lanes.settle(queues=["feedback"])

    assert visibilities() == ["restricted", "everyone"]
