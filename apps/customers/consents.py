"""Consents as they were given: the one writer of that table, and what holds of them now."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from apps.customers.models import Consent, Purpose


class ConsentRow(NamedTuple):
    """One consent to be kept, with the words that were shown. ``customer_id`` None: of the feedback alone."""

    customer_id: int | None
    purpose: str
    text: str
    language: str
    channel: str
    feedback_id: int


INSERT = """
INSERT INTO customers_consent (customer_id, purpose, text, language, channel, feedback_id, is_given)
SELECT told.*, true
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]) AS told
"""


def record_consents(rows: Sequence[ConsentRow]) -> None:
    """Keep consents given, in the transaction of what they came with. One query, none for none."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])


def consents_of(customer_ids: Collection[int]) -> list[Consent]:
    """Return the newest word of each customer on each purpose, given or taken back. One query."""
    found = Consent.objects.filter(customer_id__in=customer_ids)
    return list(found.order_by("customer_id", "purpose", "-recorded_at", "-id").distinct("customer_id", "purpose"))


def standing(customer_ids: Collection[int], purpose: Purpose, *, as_of: date) -> set[int]:
    """Return who of the customers consents to ``purpose`` then: given, not taken back, not over. One query."""
    return {
        consent.customer_id
        for consent in consents_of(customer_ids)
        if consent.purpose == purpose
        and consent.is_given
        and consent.customer_id is not None
        and (consent.expires_on is None or consent.expires_on >= as_of)
    }


def has_withdrawn(*, customer_id: int, purpose: Purpose) -> bool:
    """Tell whether the customer's newest word on ``purpose`` is that it is taken back. One query."""
    return any(not one.is_given for one in consents_of([customer_id]) if one.purpose == purpose)
