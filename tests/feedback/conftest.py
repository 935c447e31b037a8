"""What is published, seen by a subscriber of the tests' own."""

from collections.abc import Callable

import pytest

from apps.catalog.models import Product
from apps.core import outbox
from apps.core.models import OutboxRow
from apps.feedback.models import Form
from tests.factories import ProductFactory, make_form
from tests.feedback.browser import FormClient


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[int]]:
    """Return a function that gives, and forgets, the ids published under a topic so far."""
    for topic in ("feedback.captured", "feedback.changed", "customers.changed"):
        name = f"tests.{topic}"
        subscription = outbox.Subscription(topic, name, lambda ids: None)
        monkeypatch.setitem(outbox._subscriptions, name, subscription)

    def take(topic: str) -> list[int]:
        rows = OutboxRow.objects.filter(subscriber=f"tests.{topic}").order_by("id")
        ids = [feedback_id for row in rows for feedback_id in row.payload["ids"]]
        rows.delete()
        return ids

    return take


@pytest.fixture
def product(db) -> Product:
    return ProductFactory(name="Spectrometer", slug="spectrometer")


@pytest.fixture
def form(product: Product, settings) -> Form:
    """An open form that believes everybody writes fast."""
    settings.FORM_MIN_SECONDS = 0.0
    return make_form(product=product, slug="spectrometer", title="Tell us about the Spectrometer")


@pytest.fixture
def browser() -> FormClient:
    """A browser that brings no cookie and no CSRF token, as a customer's does."""
    return FormClient(enforce_csrf_checks=True)
