"""Erasing a person: one service over all that holds what they said or who they are."""

from django.db import transaction

from apps.customers.merging import record_ids, take_turn_at_merging
from apps.customers.models import Customer
from apps.customers.services import erase_customer
from apps.dialogue.erasure import forget_address
from apps.dialogue.notes import forget_notes
from apps.feedback.models import Feedback
from apps.feedback.services import moderation
from apps.feedback.services.uploads import forget_files_of
from apps.panels.erasure import forget_in_research


@transaction.atomic
def erase_person(*, customer_id: int, withdraws_feedback: bool) -> int:
    """Blank name, address, words and kept mail of a customer, for good; return how much feedback that changed.

    All records of the person, whichever was named. Staff's notes on it go too: they may repeat what was said. The
    feedback goes on counting unless it is withdrawn too. All or nothing; again changes nothing. Raises
    Customer.DoesNotExist.
    """
    take_turn_at_merging()
    records = record_ids([customer_id]).get(customer_id)
    if records is None:
        raise Customer.DoesNotExist
    forget_in_research(records)
    return sum(_erase_record(one, withdraws_feedback=withdraws_feedback) for one in records)


def _erase_record(customer_id: int, *, withdraws_feedback: bool) -> int:
    address = Customer.objects.get(pk=customer_id).email  # before it is blanked
    erase_customer(customer_id=customer_id)
    services = (moderation.redact_feedback_of, moderation.delete_feedback_of)
    forget_notes(Feedback.objects.filter(customer_id=customer_id).values_list("pk", flat=True))
    changed = services[withdraws_feedback](customer_id)
    forget_files_of(customer_id)
    if address:
        forget_address(address)
    return len(changed)
