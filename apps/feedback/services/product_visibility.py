"""Who reads what was said of a product: for what came in before, changed in batches, in the background where many.

The rows to change are named once, in the outbox, by the topic "from one visibility to another"; each batch looks
again, under the product's lock, whether that is still wanted. What somebody set on one feedback alone stays.
"""

from collections.abc import Callable
from itertools import permutations

from django.db import transaction

from apps.catalog.models import Product, Visibility
from apps.core import outbox
from apps.core.acting import acting
from apps.feedback.models import Feedback
from apps.feedback.services.moderation import set_visibility


def topic_of(before: Visibility, after: Visibility) -> str:
    return f"feedback.visibility.{before}-{after}"


@transaction.atomic
def change_visibility_of_product(*, product: Product, before: Visibility, after: Visibility) -> int:
    """Give what came in with ``before`` the visibility ``after``, the product's default now; return how many rows.

    Up to a batch of them at once, more in the background, a thousand at a time. Again changes nothing.
    """
    Product.objects.select_for_update().get(pk=product.pk)  # batches of an earlier change wait, and look again
    wanted = Feedback.objects.filter(product=product, visibility=before)
    ids = list(wanted.order_by("id").values_list("id", flat=True))
    if len(ids) <= outbox.BATCH_IDS:
        set_visibility(ids, after)
    else:
        outbox.publish(topic_of(before, after), ids)
    return len(ids)


def _batch_handler(before: Visibility, after: Visibility) -> outbox.Handler:
    def change_batch(ids: list[int]) -> None:
        with transaction.atomic(), acting(via="system: visibility of a product"):
            products = Product.objects.select_for_update(no_key=True).filter(default_visibility=after)
            still = set(products.order_by("pk").values_list("pk", flat=True))
            rows = Feedback.objects.filter(id__in=ids, visibility=before, product__in=still)
            set_visibility(rows.values_list("id", flat=True), after)

    return change_batch


def subscriptions() -> list[tuple[str, str, Callable[[list[int]], None]]]:
    """Return (topic, subscriber, handler) for ``outbox.subscribe``."""
    return [
        (topic_of(before, after), f"feedback.set_{before}_to_{after}", _batch_handler(before, after))
        for before, after in permutations(Visibility, 2)
    ]
