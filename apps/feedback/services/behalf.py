"""On behalf: staff write down what a customer said to them, somewhere else."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.customers.models import Customer
from apps.feedback.behalf_models import Recording, SourceKind
from apps.feedback.models import Channel, Identity
from apps.feedback.services import dedupe
from apps.feedback.services.capture import Capture, Outcome, capture
from apps.feedback.services.people import Person


def person_of(customer: Customer) -> Person:
    """Return how the door of capture finds this very customer again."""
    organisation = customer.organisation.name if customer.organisation and not customer.email else ""
    return Person(email=customer.email, name=customer.name, organisation=organisation)


@transaction.atomic
def record(
    *,
    product_id: int,
    text: str,
    rating: int | None,
    person: Person | None,
    source_kind: SourceKind,
    link: str,
    said_at: datetime | None,
    recorded_by_id: int,
    nonce: str,
) -> Outcome:
    """Capture what a customer said, verified by the word of staff; the same ``nonce`` of one person again is a repeat.

    Raises ValidationError by field, also where nobody is named: what nobody said is no feedback on anybody's behalf.
    """
    if person is None or not (person.email.strip() or person.name.strip()):
        raise ValidationError({"customer_name": _("Say who said it: a name or an address.")})
    outcome = capture(
        Capture(
            product_id=product_id,
            channel=Channel.BEHALF,
            text=text,
            rating=rating,
            person=person,
            identity=Identity.VERIFIED,
            captured_at=said_at,
            repeat_key=dedupe.hash_parts("behalf", recorded_by_id, nonce),
        )
    )
    if outcome.is_new and outcome.feedback_id is not None:
        Recording.objects.create(
            feedback_id=outcome.feedback_id, source_kind=source_kind, link=link, recorded_by_id=recorded_by_id
        )
    return outcome
