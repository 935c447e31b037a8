"""Forgetting mail: what went to one address, and what is old."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now

from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import address_key

KEPT = timedelta(days=90)
PURGE_ROWS = 5_000  # deleted by one statement


@transaction.atomic
def forget_address(address: str) -> int:
    """Blank whom the mail to ``address`` went to and what it said; return how many rows that were.

    The rows stay, so that limits hold and nothing is asked twice. What waits is given up. Again changes nothing. Two
    queries; mail to several people, which only staff get, is looked through.
    """
    key = address_key(address)
    if not key:
        return 0
    several = Mail.objects.filter(recipient_key="").exclude(recipients=[]).values_list("pk", "recipients")
    shared = [pk for pk, recipients in several.iterator() if key in map(address_key, recipients)]
    return Mail.objects.filter(Q(recipient_key=key) | Q(pk__in=shared)).update(
        recipients=[],
        recipient_key="",
        subject="",
        body="",
        calendar="",
        last_error="",  # a mail server's answer names the address
        state=Case(When(state=MailState.QUEUED, then=Value(MailState.FAILED)), default="state"),
    )


def purge_old_mail(*, older_than: timedelta = KEPT) -> int:
    """Delete mail kept, sent or given up that is older; return how many. What still waits stays."""
    old = Mail.objects.exclude(state=MailState.QUEUED).filter(created_at__lt=Now() - older_than).order_by("created_at")
    purged = 0
    while ids := list(old.values_list("pk", flat=True)[:PURGE_ROWS]):
        purged += Mail.objects.filter(pk__in=ids).delete()[0]
    return purged
