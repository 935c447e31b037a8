"""Who said it: the person a capture names, and the customer they become."""

from collections.abc import Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from apps.core.email_address import normalise_email
from apps.customers.services import CustomerRow, find_or_create_customers
from apps.feedback import normalise
from apps.feedback.models import Identity

EMAIL_LIMIT = 254  # characters
NAME_LIMIT = 150
ORGANISATION_LIMIT = 160


class Person(NamedTuple):
    """What a channel knows of who speaks. Without e-mail and name it is nobody: anonymous."""

    email: str = ""
    name: str = ""
    organisation: str = ""

    @property
    def key(self) -> str:
        """Who this is when repeats are looked for."""
        if self.email:
            return "email:" + normalise_email(self.email)
        return f"name:{self.name}:{self.organisation}"


def normalise_person(given: Person) -> Person | None:
    """Return ``given`` cleaned, or None when it names nobody. Raises ValidationError by field."""
    person = Person(
        email=_line("customer_email", given.email, EMAIL_LIMIT),
        name=_line("customer_name", given.name, NAME_LIMIT),
        organisation=_line("organisation", given.organisation, ORGANISATION_LIMIT),
    )
    if person.email:
        try:
            validate_email(person.email)
        except ValidationError:
            raise ValidationError({"customer_email": _("Enter an e-mail address like name@example.com.")}) from None
    return person if person.email or person.name else None


def customer_ids(people: Sequence[tuple[Person | None, Identity]]) -> list[int | None]:
    """Return one customer id per person, made where new; None for nobody. A constant number of queries.

    A claim never verifies anybody and never changes what is known of a customer.
    """
    if not any(person for person, _ in people):
        return [None] * len(people)
    rows = [
        CustomerRow(*person, is_vouched=identity == Identity.VERIFIED) if person else CustomerRow()
        for person, identity in people
    ]
    return find_or_create_customers(rows)


def _line(field: str, raw: str, limit: int) -> str:
    try:
        return normalise.normalise_line(raw, limit=limit)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from None
