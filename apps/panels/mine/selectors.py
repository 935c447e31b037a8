"""Everything we hold of one customer, over all their records, as they see it themselves."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.customers import consent_texts, consents
from apps.customers.consent_texts import Words
from apps.customers.merging import person_records
from apps.customers.models import Consent, ConsentText, ContactEvent, Customer, ProductUse, Purpose
from apps.feedback.models import Answer, Feedback, FeedbackState
from apps.feedback.tokens import receipt_path
from apps.panels.members import links
from apps.panels.models import Participant, ParticipantState, Seat, SeatState, SessionNote, SessionState
from apps.panels.models.panels import OPEN_SEATS
from apps.panels.planning import tokens

SAID_SHOWN = 20
ASKED = (Purpose.CONTACT, Purpose.INTERNAL_QUOTE, Purpose.PUBLIC_QUOTE, Purpose.RECORDING, Purpose.STORY)
Json = dict[str, Any]  # Any: what is downloaded


class Choice(NamedTuple):
    """One purpose as its owner decides on it: today's words, and what they said of it last."""

    purpose: Purpose
    text: ConsentText
    words: Words
    said: Consent | None
    stands: bool
    is_asked: bool  # today's words are to be agreed to: it does not stand, or by other words


class Sits(NamedTuple):
    seat: Seat
    path: str  # of the member's page; blank once it opens no more


class Comes(NamedTuple):
    participant: Participant
    path: str  # of the participant's page


class Said(NamedTuple):
    feedback: Feedback
    path: str  # of its receipt


def choices(customer: Customer, *, as_of: date) -> list[Choice]:
    """Return every purpose that can be consented to. Four queries."""
    said = consents.newest_words(customer.pk)
    texts = consent_texts.current_texts()
    purposes = [*ASKED, *(purpose for purpose in Purpose if purpose not in ASKED and purpose in said)]
    return [_choice(purpose, texts[purpose], said.get(purpose), as_of=as_of) for purpose in purposes]


def _choice(purpose: Purpose, text: ConsentText, said: Consent | None, *, as_of: date) -> Choice:
    stands = said is not None and consents.holds(said, as_of=as_of)
    words = consent_texts.words_of(text)
    is_same = said is not None and (said.version_id == text.pk or said.text == words.text)
    return Choice(purpose, text, words, said, stands, is_asked=not (stands and is_same))


def records(customer: Customer) -> list[int]:
    return person_records([customer.pk])


def seats(ids: Sequence[int]) -> list[Seat]:
    """Return the seats on panels that the person has, had or is offered. One query."""
    rows = Seat.objects.filter(customer_id__in=ids).exclude(state=SeatState.WITHDRAWN)
    return list(rows.select_related("panel").order_by("-invited_at", "-pk"))


def sits(ids: Sequence[int]) -> list[Sits]:
    """Return ``seats`` with the addresses of those that are open. One query."""
    return [
        Sits(seat, reverse("panels:member", args=[links.token_of(seat)]) if seat.state in OPEN_SEATS else "")
        for seat in seats(ids)
    ]


def comes(ids: Sequence[int]) -> list[Comes]:
    """Return ``coming`` with the addresses of their own pages. One query."""
    return [Comes(one, reverse("sessions:participant", args=[tokens.token_of(one)])) for one in coming(ids)]


def coming(ids: Sequence[int]) -> list[Participant]:
    """Return the sessions ahead that the person is asked to or comes to, the next first. One query."""
    open_states = (ParticipantState.INVITED, ParticipantState.WAITING, ParticipantState.ACCEPTED)
    ahead = Q(session__state=SessionState.POLLING) | Q(
        session__state__in=(SessionState.PLANNED, SessionState.RUNNING), session__ends_at__gte=timezone.now()
    )
    rows = Participant.objects.filter(ahead, customer_id__in=ids, state__in=open_states)
    return list(rows.select_related("session").order_by("session__starts_at", "pk"))


def said(ids: Sequence[int]) -> tuple[list[Said], int]:
    """Return the newest feedback of the person, and how much there is. Two queries."""
    open_states = (FeedbackState.LIVE, FeedbackState.HELD)
    rows = Feedback.objects.filter(customer_id__in=ids, redacted_at=None, state__in=open_states)
    newest = rows.select_related("product").order_by("-received_at", "-pk")[:SAID_SHOWN]
    return [Said(row, receipt_path(row.pk)) for row in newest], rows.count()


# --- the download -------------------------------------------------------------------------------------------------


def held_data(customer: Customer, *, as_of: date) -> Json:
    """Return all of it as JSON. Eleven queries at most, for any number of things."""
    ids = records(customer)
    return {
        "profile": [_profile(row) for row in Customer.objects.filter(pk__in=ids).select_related("organisation")],
        "products_used": [str(use.product) for use in _uses(ids)],
        "consents": [_consent(entry) for entry in consents.ledger(customer.pk, as_of=as_of)],
        "feedback": _said_data(ids),
        "panels": [_seat(row) for row in seats(ids)],
        "sessions": [_participation(row) for row in _participations(ids)],
        "quotes": list(
            SessionNote.objects.filter(
                speaker__customer_id__in=ids, is_quote=True, erased_at=None, deleted_at=None
            ).values("at", "text", "session__title")
        ),
        "contacts": list(ContactEvent.objects.filter(customer_id__in=ids).values("at", "kind")),
    }


def _profile(row: Customer) -> Json:
    names = ("name", "email", "role_title", "languages", "time_zone", "availability", "instruments", "sites")
    told: Json = {name: getattr(row, name) for name in (*names, "verified_at", "created_at")}
    return {**told, "organisation": row.organisation.name if row.organisation else ""}


def _uses(ids: Sequence[int]) -> list[ProductUse]:
    return list(ProductUse.objects.filter(customer_id__in=ids).select_related("product"))


def _consent(entry: consents.Entry) -> Json:
    one = entry.consent
    return {
        "purpose": one.purpose,
        "is_given": one.is_given,
        "words": one.text,
        "how": entry.how,
        "recorded_at": one.recorded_at,
        "expires_on": one.expires_on,
    }


def _said_data(ids: Sequence[int]) -> list[Json]:
    kept = Feedback.objects.filter(customer_id__in=ids, redacted_at=None)
    rows = list(kept.select_related("product", "version").order_by("received_at", "pk"))
    answers: dict[int, list[str]] = {}
    for answer in Answer.objects.filter(feedback_id__in=[row.pk for row in rows]).exclude(text=""):
        answers.setdefault(answer.feedback_id, []).append(answer.text)
    return [
        {
            "number": row.pk,
            "product": row.product.name,
            "version": row.version.name if row.version else "",
            "received_at": row.received_at,
            "text": row.text,
            "rating": row.rating,
            "context": row.context,
            "answers": answers.get(row.pk, []),
        }
        for row in rows
    ]


def _seat(row: Seat) -> Json:
    dates = {"starts_on": row.starts_on, "ends_on": row.ends_on, "invited_at": row.invited_at}
    return {"panel": row.panel.name, "state": row.state, "reason": row.reason, **dates}


def _participations(ids: Sequence[int]) -> list[Participant]:
    rows = Participant.objects.filter(customer_id__in=ids).select_related("session")
    return list(rows.order_by("session__starts_at", "pk"))


def _participation(row: Participant) -> Json:
    return {
        "session": row.session.title,
        "starts_at": row.session.starts_at,
        "state": row.state,
        "reason": row.reason,
    }
