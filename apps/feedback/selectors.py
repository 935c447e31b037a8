"""Reads of feedback's own pages."""

from django.db.models import QuerySet

from apps.feedback.models import Feedback, Form


def form_by_slug(slug: str) -> Form | None:
    """Return the form, open or closed, with its product. One query."""
    return Form.objects.select_related("product").filter(slug=slug).first()


def open_forms() -> QuerySet[Form]:
    """Return the forms that take feedback now, with their products, by title. One query."""
    return Form.objects.select_related("product").filter(is_open=True).order_by("title", "id")


def feedback_of_receipt(feedback_id: int) -> Feedback | None:
    """Return one feedback with all that its receipt shows. One query."""
    return Feedback.objects.select_related("product", "version", "customer").filter(pk=feedback_id).first()
