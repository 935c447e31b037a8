"""Mailing a customer the link to their own page."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from apps.core import limits
from apps.core.email_address import normalise_email
from apps.customers.models import Customer
from apps.customers.tokens import LINK_DAYS, mine_url
from apps.dialogue.customer_mail import language_of, write_to_customer

LINKS_A_DAY = "6/d"  # to one address: a stranger who types it in must not fill its box
PAUSE_SECONDS = 600  # within which asking twice is one mail

BODY = gettext_noop(
    """\
Hello,

you asked for the link to your own page with us. There you see what we know of
you and what you agreed to, and you can take any of it back:

%(url)s

The link works for %(days)d days, and whoever has it can open the page. If you
did not ask for it, do nothing.
"""
)


def mail_link(*, address: str) -> None:
    """Mail the link to whoever of our customers has ``address``. To nobody, or once more within ten minutes: nothing.

    What it does is not to be told to whoever asked: they might be anybody.
    """
    key = normalise_email(address)
    if not limits.take(purpose="my link to", client=key, limit=LINKS_A_DAY).is_allowed:
        return
    customer = Customer.objects.filter(email_key=key, erased_at=None).first()
    if customer is None:
        return
    with override(language_of(customer)):
        write_to_customer(
            customer=customer,
            subject=_("Your page with us"),
            body=_(BODY) % {"url": mine_url(customer), "days": LINK_DAYS},
            purpose=f"my link {customer.pk}",
            about_id=int(timezone.now().timestamp()) // PAUSE_SECONDS,
            is_asked_for=True,
        )
