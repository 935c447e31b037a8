"""Feedback as a text that may be quoted elsewhere: words, a customer without a name, product, day, address."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.customers.consents import has_withdrawn
from apps.customers.models import Purpose
from apps.feedback.models import Feedback, Identity

QUOTE_CHARACTERS = 240
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")  # BibTeX's own names
_BIBTEX = str.maketrans({sign: f"\\{sign}" for sign in "&%$#_"} | {"{": "(", "}": ")", "\\": "/", "~": "-", "^": ""})


@dataclass(frozen=True, kw_only=True)
class Citation:
    plain: str
    bibtex: str
    url: str


def cite(feedback: Feedback, reader: User) -> Citation:
    """Return ``feedback`` as citations. Never the person's name or address: a citation leaves the house.

    The organisation is named for a verified customer where ``reader`` manages customers, else the segment; neither,
    where the customer took back the consent to be quoted. ``feedback`` comes with product, version and customer; three
    queries at most beside the roles.
    """
    url = permalink(feedback)
    who, quote, about = _who(feedback, reader), _quote(feedback), _about(feedback)
    day = localtime(feedback.captured_at)
    plain = _("%(quote)s — %(who)s, on %(product)s, %(day)s. Feedback %(number)d, %(url)s") % {
        "quote": quote,
        "who": who,
        "product": about,
        "day": date_format(day, "DATE_FORMAT"),
        "number": feedback.pk,
        "url": url,
    }
    fields = {
        "title": f"{{{quote.translate(_BIBTEX)}}}",
        "author": f"{{{who.translate(_BIBTEX)}}}",
        "year": str(day.year),
        "month": MONTHS[day.month - 1],
        "note": f"{{{_('Customer feedback')} {feedback.pk}, {about.translate(_BIBTEX)}}}",
        "url": f"{{{url}}}",
    }
    lines = "".join(f"  {name} = {value},\n" for name, value in fields.items())
    return Citation(plain=plain, bibtex=f"@misc{{feedback{feedback.pk},\n{lines}}}", url=url)


def permalink(feedback: Feedback) -> str:
    """Return the address under which ``feedback`` can always be found."""
    return f"{settings.PUBLIC_URL}{reverse('workbench:feedback-detail', args=[feedback.pk])}"


def _quote(feedback: Feedback) -> str:
    if feedback.redacted_at:
        return _("[words erased]")
    words = " ".join(feedback.text.split())
    if len(words) > QUOTE_CHARACTERS:
        words = words[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return _("“%(words)s”") % {"words": words}


def _about(feedback: Feedback) -> str:
    return f"{feedback.product.name} {feedback.version.name}" if feedback.version else feedback.product.name


def _who(feedback: Feedback, reader: User) -> str:
    if feedback.customer is None:
        return _("an anonymous customer")
    customer = feedback.customer.counted_as
    if feedback.identity != Identity.VERIFIED or customer.erased_at:
        return _("a customer")
    if has_withdrawn(customer_id=customer.pk, purpose=Purpose.INTERNAL_QUOTE):
        return _("a customer")
    if customer.organisation and may(reader, Permission.MANAGE_CUSTOMERS):
        return _("a customer at %(organisation)s") % {"organisation": customer.organisation.name}
    segment = customer.effective_segment
    return _("a customer in %(segment)s") % {"segment": segment.name} if segment else _("a customer")
