"""Erasing a person: one service over all that holds what they said or who they are."""

from django.db import transaction

from apps.customers.models import Customer
from apps.customers.services import erase_customer
from apps.dialogue.erasure import forget_address
from apps.feedback.services import moderation


@transaction.atomic
def erase_person(*, customer_id: int, withdraws_feedback: bool) -> int:
    """Blank name, address, words and kept mail of a customer, for good; return how much feedback that changed.

    The feedback goes on counting unless it is withdrawn too. All or nothing; again changes nothing. Raises
    Customer.DoesNotExist.
    """
    address = Customer.objects.get(pk=customer_id).email  # before it is blanked
    erase_customer(customer_id=customer_id)
    services = (moderation.redact_feedback_of, moderation.delete_feedback_of)
    changed = services[withdraws_feedback](customer_id)
    if address:
        forget_address(address)
    return len(changed)
