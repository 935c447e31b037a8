"""The end of mail: of what was redacted or erased at once, of what was never taken after a while."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Now

from apps.feedback.models import Feedback
from apps.integrations.models import HookDelivery, InboundMail, MailState, OriginalMail

UNTAKEN_ORIGINAL = timedelta(days=30)  # how long mail that is no feedback can be replayed
UNTAKEN = timedelta(days=90)
BODY = timedelta(days=7)  # of a webhook's delivery
BATCH = 500
TAKEN = [MailState.CAPTURED, MailState.REPEATED]


@transaction.atomic
def forget_redacted(feedback_ids: list[int]) -> None:
    """Forget the mail and the posts that redacted feedback came by. Subscriber of ``feedback.changed``."""
    redacted = Feedback.objects.filter(pk__in=feedback_ids, redacted_at__isnull=False)
    _forget_senders(redacted.filter(customer__erased_at__isnull=False))  # their addresses are blanked by what follows
    _forget_what_brought(redacted)


@transaction.atomic
def forget_erased(customer_ids: list[int]) -> None:
    """Forget all mail of the addresses of erased customers, taken or not. Subscriber of ``customers.changed``."""
    theirs = Feedback.objects.filter(customer__in=customer_ids, customer__erased_at__isnull=False)
    _forget_senders(theirs)
    _forget_what_brought(theirs)


def _forget_senders(feedback: QuerySet[Feedback]) -> None:
    """Forget all mail of those who sent ``feedback``. What was erased first and what was redacted comes either way."""
    senders = InboundMail.objects.filter(feedback__in=feedback).exclude(sender="").values_list("sender", flat=True)
    known = set(senders)
    if known:
        forget_mail(InboundMail.objects.filter(sender__in=known))


def _forget_what_brought(feedback: QuerySet[Feedback]) -> None:
    forget_mail(InboundMail.objects.filter(feedback__in=feedback))
    HookDelivery.objects.filter(feedback__in=feedback, body__isnull=False).update(body=None)


@transaction.atomic
def forget_mail(mail: QuerySet[InboundMail]) -> int:
    """Blank who wrote what, and delete the originals; return how many. The rows stay: nothing comes back."""
    ids = list(mail.exclude(state=MailState.FORGOTTEN).values_list("pk", flat=True))
    OriginalMail.objects.filter(mail__in=ids).delete()
    return InboundMail.objects.filter(pk__in=ids).update(
        state=MailState.FORGOTTEN,
        sender="",
        sender_name="",
        subject="",
        message_id="",
        envelope_sender=None,
        envelope_recipient="",
        proof="",
        detail="",
        files=[],
    )


def purge(*, as_of_quota_bytes: int | None = None) -> None:
    """What a day brings: old bodies, mail that was never taken, and originals beyond the quota, the oldest first."""
    HookDelivery.objects.filter(body__isnull=False, received_at__lt=Now() - BODY).update(body=None)
    untaken = InboundMail.objects.exclude(state__in=[*TAKEN, MailState.RECEIVED])
    old = untaken.filter(received_at__lt=Now() - UNTAKEN_ORIGINAL)
    OriginalMail.objects.filter(mail__in=old.values("pk")).delete()
    for ids in _batches(untaken.filter(received_at__lt=Now() - UNTAKEN)):
        InboundMail.objects.filter(pk__in=ids).delete()
    trim_originals(settings.MAIL_IN_KEPT_BYTES if as_of_quota_bytes is None else as_of_quota_bytes)


def trim_originals(quota_bytes: int) -> int:
    """Delete the oldest originals of mail that was read until the rest is within ``quota_bytes``; return how many."""
    excess = (OriginalMail.objects.aggregate(total=Sum("stored_bytes"))["total"] or 0) - quota_bytes
    gone: list[int] = []
    read = OriginalMail.objects.exclude(mail__state=MailState.RECEIVED).order_by("mail_id")
    for key, size in read.values_list("mail_id", "stored_bytes").iterator():
        if excess <= 0:
            break
        gone.append(key)
        excess -= size
    return OriginalMail.objects.filter(mail_id__in=gone).delete()[0] if gone else 0


def _batches(mail: QuerySet[InboundMail]) -> Iterable[list[int]]:
    while ids := list(mail.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield ids
