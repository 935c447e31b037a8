"""Reads of feedback's own pages, and who may open what."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may, read_roles, teams_where
from apps.catalog.models import Product
from apps.feedback.models import Feedback, FeedbackState, Form


class PublicForm(NamedTuple):
    """A form with all that its page shows and its capture needs."""

    pk: int
    slug: str
    title: str
    intro: str
    is_open: bool
    product_id: int
    product_name: str


# By hand: making this SQL through the ORM costs half of what showing a form costs otherwise.
FORM_BY_SLUG = """
SELECT f.id, f.slug, f.title, f.intro, f.is_open, f.product_id, p.name
FROM feedback_form f JOIN catalog_product p ON p.id = f.product_id WHERE f.slug = %s
"""


def form_by_slug(slug: str) -> PublicForm | None:
    """Return the form, open or closed. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FORM_BY_SLUG, [slug])
        row = cursor.fetchone()
    return PublicForm(*row) if row else None


def open_forms() -> QuerySet[Form]:
    """Return the forms that take feedback now, with their products, by title. One query."""
    return Form.objects.select_related("product").filter(is_open=True).order_by("title", "id")


def feedback_of_receipt(feedback_id: int) -> Feedback | None:
    """Return one feedback with all that its receipt shows. One query."""
    return Feedback.objects.select_related("product", "version", "customer").filter(pk=feedback_id).first()


def readable_by(user: User) -> QuerySet[Feedback]:
    """Return what ``user`` may open: live feedback, and in any state what they may moderate; nothing without a role.

    Every path to a piece of feedback asks this: pages, notes, notifications, mail.
    """
    if not may(user, Permission.READ_FEEDBACK):
        return Feedback.objects.none()
    visible = Feedback.objects.visible_to(user)
    if not may(user, Permission.MODERATE_FEEDBACK):
        return visible.live()
    if user.is_superuser:
        return visible
    moderated = products_managed_by(user, Permission.MODERATE_FEEDBACK)
    return visible.filter(Q(state=FeedbackState.LIVE) | Q(product__in=moderated))


def readers_among(people: Collection[User], feedback: Feedback) -> list[User]:
    """Return those of ``people`` who may open ``feedback``, in their order. Two queries for any number of them."""
    read_roles(people)
    may_open = [Exists(readable_by(user).filter(pk=OuterRef("pk"))) for user in people]
    answers = Feedback.objects.filter(pk=feedback.pk).values_list(*may_open).first() if may_open else None
    return [user for user, is_open in zip(people, answers or (), strict=answers is not None) if is_open]


def products_managed_by(user: User, permission: Permission) -> QuerySet[Product]:
    """Return the products of the teams in which ``user`` holds ``permission``; those of no team are everybody's."""
    if user.is_superuser:
        return Product.objects.all()
    return Product.objects.filter(Q(team__in=teams_where(user, permission)) | Q(team=None))
