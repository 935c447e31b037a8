"""The signed link to a customer's own page: nobody keeps it, the signature is the check.

It holds for a week, for the address that the customer has now, and until they are erased.
"""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.customers.models import Customer

LINK_DAYS = 7
_CLOCK_SLACK_SECONDS = 120  # between two web hosts


def mine_token(customer: Customer) -> str:
    return _signer().sign(f"{customer.key.hex}.{_address_mark(customer)}")


def mine_url(customer: Customer) -> str:
    """Return the full address of the customer's own page: to be mailed to them and shown nowhere else."""
    return f"{settings.PUBLIC_URL}{reverse('customers:mine', args=[mine_token(customer)])}"


def read_mine_token(token: str) -> Customer | None:
    """Return whose page ``token`` opens; None for one that is not ours, too old, or of another address. One query."""
    try:
        value = _signer().unsign(token, max_age=LINK_DAYS * 86_400 + _CLOCK_SLACK_SECONDS)
        key, _dot, mark = value.partition(".")
        customer = Customer.objects.select_related("organisation").get(key=UUID(hex=key), erased_at=None)
    except (BadSignature, ValueError, Customer.DoesNotExist):
        return None
    return customer if constant_time_compare(mark, _address_mark(customer)) else None


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="customers.mine", sep=".")


def _address_mark(customer: Customer) -> str:
    return salted_hmac("customers.address", customer.email, algorithm="sha256").hexdigest()[:24]
