"""Reads of the pages of mail in and webhooks in: always of the products of the teams that a person administers."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.permissions import Permission
from apps.catalog.models import Product
from apps.feedback.models import Feedback
from apps.feedback.selectors import products_managed_by
from apps.integrations.models import HookDelivery, InboundHook, InboundMail, Mailbox, MailState

SHOWN = 50  # rows of a page
RECENT = timedelta(days=30)


def products_of(user: User) -> QuerySet[Product]:
    """The products whose mail and webhooks are the person's business."""
    return products_managed_by(user, Permission.MANAGE_INTEGRATIONS)


def mailboxes_of(user: User) -> QuerySet[Mailbox]:
    """With what came by them lately. One query."""
    recent = Q(mail__received_at__gt=Now() - RECENT)
    return (
        Mailbox.objects.filter(product__in=products_of(user))
        .select_related("product__team")
        .annotate(
            mail_count=Count("mail", filter=recent),
            taken_count=Count("mail", filter=recent & Q(mail__state__in=[MailState.CAPTURED, MailState.REPEATED])),
            last_mail_at=Max("mail__received_at"),
        )
    )


def hooks_of(user: User) -> QuerySet[InboundHook]:
    return InboundHook.objects.filter(product__in=products_of(user)).select_related("product__team")


def mail_of(mailbox: Mailbox, *, state: str = "", before: int | None = None) -> list[InboundMail]:
    """Return a page of mail, the newest first, and one more where there is one. One query."""
    mail = InboundMail.objects.filter(mailbox=mailbox)
    if state:
        mail = mail.filter(state=state)
    if before is not None:
        mail = mail.filter(pk__lt=before)
    return list(mail.order_by("-pk")[: SHOWN + 1])


def readable_ids(user: User, feedback_ids: Iterable[int | None]) -> set[int]:
    """Return those of the feedback that ``user`` may open: it may have been moved to another team. One query."""
    wanted = [one for one in feedback_ids if one is not None]
    return (
        set(Feedback.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    )


def deliveries_of(hook: InboundHook) -> list[HookDelivery]:
    """Return the deliveries that are kept, the newest first. One query."""
    return list(HookDelivery.objects.filter(hook=hook).order_by("-pk"))
