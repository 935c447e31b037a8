"""Mail to customers who did not just write to us: invitations, reminders, links to their own pages."""

from django.conf import settings
from django.db import transaction

from apps.core.languages import platform_language
from apps.customers.consents import has_withdrawn
from apps.customers.models import Customer, Purpose
from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import address_key

SUBJECT_CHARACTERS = 200


def language_of(customer: Customer) -> str:
    """Return the first of the customer's languages that the platform speaks, else the installation's."""
    spoken = (platform_language(code.lower()) for code in customer.languages)
    return next((code for code in spoken if code), settings.LANGUAGE_CODE)


@transaction.atomic
def write_to_customer(
    *,
    customer: Customer,
    subject: str,
    body: str,
    purpose: str,
    about_id: int,
    calendar: str = "",
    is_asked_for: bool = False,
) -> bool:
    """Write one mail, to be delivered behind the transaction; return whether it is new.

    False: without an address, erased, written before (one mail for each ``purpose``, at most 40 characters, and
    ``about_id``), or not wanted: whoever took back the consent to be contacted gets only what ``is_asked_for``.
    """
    if not customer.email or customer.erased_at is not None:
        return False
    if not is_asked_for and has_withdrawn(customer_id=customer.pk, purpose=Purpose.CONTACT):
        return False
    row = Mail(
        sender=settings.DEFAULT_FROM_EMAIL,
        recipients=[customer.email],
        recipient_key=address_key(customer.email),
        subject=" ".join(subject.split())[:SUBJECT_CHARACTERS],
        body=body,
        calendar=calendar,
        purpose=purpose,
        about_id=about_id,
        needs_contact=not is_asked_for,
        state=MailState.QUEUED if settings.EMAIL_URL else MailState.KEPT,
    )
    if Mail.objects.filter(purpose=purpose, about_id=about_id).exists():
        return False
    return bool(Mail.objects.bulk_create([row], ignore_conflicts=True))
