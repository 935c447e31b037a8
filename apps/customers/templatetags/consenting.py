"""The ledger of consents, for the pages that show a customer."""

from django import template
from django.utils import timezone

from apps.customers import consents
from apps.customers.models import Customer

register = template.Library()


@register.simple_tag
def consent_ledger(customer: Customer) -> list[consents.Entry]:
    """Return every consent of the person, the newest first. Four queries at most."""
    return consents.ledger(customer.pk, as_of=timezone.localdate())


@register.filter
def newest_by_purpose(entries: list[consents.Entry]) -> list[consents.Entry]:
    """Return of each purpose the entry that counts: the newest proven one, else the newest."""
    found: dict[str, consents.Entry] = {}
    for entry in sorted(entries, key=lambda one: not one.is_proven):
        found.setdefault(entry.consent.purpose, entry)
    return sorted(found.values(), key=lambda one: one.consent.purpose)
