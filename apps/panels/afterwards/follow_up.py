"""A form that is sent to whoever attended: once each, by a link of their own, in their language."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import languages
from apps.core.errors import DomainError
from apps.customers.contacts import record_contact
from apps.customers.models import ContactKind, Customer
from apps.dialogue.customer_mail import language_of, write_to_customer
from apps.feedback.links import make_link
from apps.feedback.models import Form
from apps.feedback.services.people import Person
from apps.feedback.services.submission import answered_links
from apps.panels.models import Participant, ParticipantState, ResearchSession

PURPOSE = "panels.follow_up"


@dataclass
class Sent:
    """To whom the form goes now, and to whom it does not: no address, or no wish to be contacted."""

    to: list[Participant] = field(default_factory=list)
    not_to: list[Participant] = field(default_factory=list)


@transaction.atomic
def send_follow_up(*, session: ResearchSession, form: Form, user: User) -> Sent:
    """Write to everybody who attended and was not written to; again it reaches only who attended since.

    The mails leave behind the transaction. Raises DomainError, having written nothing, for a form that is closed, and
    for another form than some have been sent.
    """
    kept = ResearchSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    form = Form.objects.select_related("product").get(pk=form.pk)
    people = list(attended(session).order_by("pk"))
    if not form.is_open or form.product.archived_at is not None:
        raise DomainError(_("This form is closed. Open it, or choose another."))
    if kept.follow_up_form_id not in (None, form.pk) and any(one.follow_up_sent_at for one in people):
        raise DomainError(_("Another form was sent for this session already: everybody gets the same."))
    if kept.follow_up_form_id != form.pk:
        kept.follow_up_form = form
        kept.save(update_fields=["follow_up_form"])
    sent = Sent()
    for one in people:
        if one.follow_up_sent_at is None:
            (sent.to if _write(one, kept, form) else sent.not_to).append(one)
    Participant.objects.filter(pk__in=[one.pk for one in sent.to]).update(follow_up_sent_at=timezone.now())
    record_contact(
        customer_ids=[one.customer_id for one in sent.to],
        kind=ContactKind.FOLLOW_UP,
        about=f"session:{session.pk}",
        made_by=user,
    )
    return sent


def attended(session: ResearchSession):  # type: ignore[no-untyped-def]  # a queryset of a reverse relation
    """Return who was there and is still known."""
    found = session.participants.filter(state=ParticipantState.ATTENDED, customer__erased_at=None)
    return found.select_related("customer__organisation")


def answered(session: ResearchSession, people: Sequence[Participant]) -> set[int]:
    """Return which of ``people`` sent the form; nobody of a form that keeps nobody's name. One query."""
    form = session.follow_up_form
    asked = {_nonce(one): one.pk for one in people if one.follow_up_sent_at is not None}
    if form is None or form.is_anonymous or not asked:
        return set()
    return {asked[nonce] for nonce in answered_links(form.pk, list(asked))}


def _write(participant: Participant, session: ResearchSession, form: Form) -> bool:
    customer = participant.customer
    language = language_of(customer)
    with translation.override(language):
        words = {"title": session.title, "name": customer.name, "link": _link(participant, form, language)}
        return write_to_customer(
            customer=customer,
            subject=_("After “%(title)s”: a few questions") % words,
            body=_body(customer, words),
            purpose=PURPOSE,
            about_id=participant.pk,
        )


def _body(customer: Customer, words: dict[str, str]) -> str:
    greeting = _("Hello %(name)s,") % words if customer.name else _("Hello,")
    rest = (
        _(
            "Thank you for taking part in “%(title)s”. We have a few questions about it; this link is yours alone, so"
            " please do not pass it on:"
        )
        % words
    )
    return f"{greeting}\n\n{rest}\n\n{words['link']}\n"


def _link(participant: Participant, form: Form, language: str) -> str:
    """Return the address of the form for this person: one response, in their name; an anonymous form learns nothing."""
    customer = participant.customer
    organisation = customer.organisation.name if customer.organisation else ""
    person = Person(email=customer.email, name=customer.name, organisation=organisation)
    if form.is_anonymous:
        address = make_link(form.pk, form.slug)
    else:
        address = make_link(form.pk, form.slug, person=person, nonce=_nonce(participant))
    return f"{address}&{urlencode({languages.PARAMETER: language})}"


def _nonce(participant: Participant) -> str:
    return salted_hmac(PURPOSE, participant.key.hex, algorithm="sha256").hexdigest()[:24]
