"""That we came to a customer, by whatever channel, and whom that protects from being asked again.

Whoever invites, mails a form or holds a session says so here. What a customer asked for (a receipt, a confirmation,
a link to their own page) is no contact.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.customers.merging import record_ids
from apps.customers.models import ContactEvent, ContactKind

FATIGUE_DAYS: int = settings.CONTACT_REST_DAYS
REASON_CHARACTERS = 300


@transaction.atomic
def record_contact(
    *,
    customer_ids: Iterable[int],
    kind: ContactKind,
    about: str,
    made_by: User | None,
    override_reason: str = "",
) -> None:
    """Note that we asked the customers something, in the transaction of what asked them. At most one query.

    ``about`` names the thing, as in "session:12", in at most 80 characters: the same again changes nothing.
    ``override_reason``: why although it was too soon; kept to REASON_CHARACTERS, and shown with the contact.
    """
    reason = " ".join(override_reason.split())[:REASON_CHARACTERS]
    rows = [
        ContactEvent(customer_id=customer_id, kind=kind, about=about, made_by=made_by, override_reason=reason)
        for customer_id in sorted(set(customer_ids))  # one order: two at once do not lock each other
    ]
    ContactEvent.objects.bulk_create(rows, ignore_conflicts=True)


def asked_lately(customer_ids: Collection[int], *, as_of: datetime, days: int = FATIGUE_DAYS) -> dict[int, datetime]:
    """Return whom the fatigue rule protects at ``as_of``, and when they were last asked.

    Asked in the ``days`` before, on any record of the same person. Nobody is protected by 0 days. Three queries.
    """
    records = record_ids(customer_ids)
    everyone = {record_id for found in records.values() for record_id in found}
    asked = ContactEvent.objects.filter(
        customer__in=everyone, at__gt=as_of - timedelta(days=days), at__lte=as_of
    ).order_by()
    last = dict(asked.values_list("customer_id").annotate(last=Max("at")))
    times = {customer_id: [last[one] for one in found if one in last] for customer_id, found in records.items()}
    return {customer_id: max(found) for customer_id, found in times.items() if found}
