"""Mail that customers do not want any more is given up before it is sent."""

from apps.customers.consents import withdrawn_among
from apps.customers.merging import person_records
from apps.customers.models import Customer, Purpose
from apps.dialogue.models import Mail, MailState
from apps.dialogue.recipients import address_key

REASON = "The customer took back the consent to be contacted."


def stop_unwanted_mail(customer_ids: list[int]) -> None:
    """Give up invitations and reminders still queued to whoever took back the consent to be contacted.

    Subscriber of ``customers.consent_changed``. What they asked for themselves is sent. A mail that is just being sent
    is not called back, and not tried again. Six queries at most for any number of ids; again changes nothing.
    """
    refused = withdrawn_among(customer_ids, Purpose.CONTACT)
    addresses = (
        Customer.objects.filter(pk__in=person_records(refused)).exclude(email="").values_list("email", flat=True)
    )
    Mail.objects.filter(
        state=MailState.QUEUED, needs_contact=True, recipient_key__in={address_key(one) for one in addresses}
    ).update(state=MailState.FAILED, body="", calendar="", last_error=REASON)
