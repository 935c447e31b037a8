"""The link that opens one seat: signed, kept nowhere, closed by a fresh key of the seat."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode

from apps.core import languages
from apps.customers.models import Customer
from apps.dialogue.customer_mail import language_of
from apps.feedback import links as form_links
from apps.feedback.models import Form
from apps.feedback.services.people import Person
from apps.panels.models import Seat

TOKEN_CHARACTERS = 120


def token_of(seat: Seat) -> str:
    return _signer().sign(seat.key.hex)


def seat_of(token: str) -> Seat | None:
    """Return the seat that ``token`` opens, with panel and customer; None for a token that is not ours. One query.

    The link of whoever was erased opens nothing.
    """
    try:
        key = uuid.UUID(_signer().unsign(token[:TOKEN_CHARACTERS]))
    except (BadSignature, ValueError):
        return None
    seats = Seat.objects.select_related("panel__team", "panel__onboarding_form", "customer__organisation")
    return seats.filter(key=key, customer__erased_at=None).first()


def member_url(seat: Seat) -> str:
    """Return the address of the seat's page, in its customer's language: to be mailed to them and shown nowhere."""
    language = urlencode({languages.PARAMETER: language_of(seat.customer)})
    return f"{settings.PUBLIC_URL}{reverse('panels:member', args=[token_of(seat)])}?{language}"


def onboarding_nonce(seat: Seat) -> str:
    """Return what makes the seat's link to its onboarding form one response."""
    return salted_hmac("panels.onboarding", seat.key.hex, algorithm="sha256").hexdigest()[:24]


def onboarding_url(form: Form, seat: Seat) -> str:
    """Return the address of the form for this member: one response, in their name; an anonymous form learns nothing."""
    if form.is_anonymous:
        return form_links.make_link(form.pk, form.slug)
    return form_links.make_link(form.pk, form.slug, person=_person(seat.customer), nonce=onboarding_nonce(seat))


def _person(customer: Customer) -> Person:
    organisation = customer.organisation.name if customer.organisation else ""
    return Person(email=customer.email, name=customer.name, organisation=organisation)


def _signer() -> Signer:
    return Signer(salt="panels.seat", sep=".")
