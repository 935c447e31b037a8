"""Consents as they were given: the one writer of that table, and what holds of them now.

A consent is a fact and stays; a later one overrules it. All records of one person (``customers.merging``) speak for
each other: their newest word holds. A consent that came with feedback counts once it is proven who sent that feedback
(``register_proof``): else anybody who types an address into a form could overrule what its owner took back.
Whatever changes what holds is published as ``customers.consent_changed``, with all records of the person.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.accounts.models import User
from apps.core import outbox
from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.customers.consent_texts import Words, current_text, saved, words_of
from apps.customers.errors import CustomerErasedError
from apps.customers.merging import CONSENT_CHANGED, kept_ids, person_records
from apps.customers.models import Consent, Customer, Purpose

CHANGED = CONSENT_CHANGED  # outbox topic: ids of customers


class How(models.TextChoices):
    """By which way a consent was given or taken back; at most ten characters. Others are feedback's channels."""

    LINK = "link", gettext_lazy("On a page of their own")
    WRITING = "writing", gettext_lazy("In writing")
    CALL = "call", gettext_lazy("In a call")
    IN_PERSON = "in_person", gettext_lazy("In person")


_CHANNELS = {
    "form": pgettext_lazy("how a consent was given", "In a form"),
    "widget": pgettext_lazy("how a consent was given", "In the widget"),
    "api": pgettext_lazy("how a consent was given", "Through another system"),
    "email": pgettext_lazy("how a consent was given", "By mail"),
    "import": pgettext_lazy("how a consent was given", "Imported"),
    "session": pgettext_lazy("how a consent was given", "In a session"),
    "behalf": pgettext_lazy("how a consent was given", "Written down by staff"),
}
ON_BEHALF = (How.WRITING, How.CALL, How.IN_PERSON)  # what staff may write down


class WordsChangedError(DomainError):
    """The words were replaced while somebody read them: they are asked again."""

    def __init__(self) -> None:
        super().__init__(_("The words have changed meanwhile. Nothing was saved: read them, then choose again."))


class ConsentRow(NamedTuple):
    """One consent to be kept, with the words that were shown. ``customer_id`` None: of the feedback alone."""

    customer_id: int | None
    purpose: str
    text: str
    language: str
    channel: str
    feedback_id: int


class Entry(NamedTuple):
    """One line of the ledger."""

    consent: Consent
    is_proven: bool  # that it was they
    stands: bool  # it is the newest proven word, given and not over
    how: str  # in the reader's words
    recorded_by: User | None


# --- writing ------------------------------------------------------------------------------------------------------

INSERT = """
INSERT INTO customers_consent (customer_id, purpose, text, language, channel, feedback_id, is_given, recorded_at)
SELECT told.*, true, clock_timestamp()
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]) AS told
"""


def record_consents(rows: Sequence[ConsentRow]) -> None:
    """Keep consents given, in the transaction of what they came with. One query, none for none."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])


@transaction.atomic
def give(
    *,
    customer_id: int,
    purpose: str,
    how: str = How.LINK,
    language: str = "",
    number: int | None = None,
    recorded_by: User | None = None,
) -> bool:
    """Keep that the customer consents, in today's words in ``language``; return whether that says anything new.

    ``number``: the version that they read. Expiry follows from the version. Again, and twice at once, is one fact;
    after a new version, or later under one that expires, it is a renewal. Raises WordsChangedError for a version
    replaced meanwhile, CustomerErasedError.
    """
    newest = _turn_of(customer_id, purpose)
    version = current_text(purpose)
    if number is not None and number != version.number:
        raise WordsChangedError
    version = saved(version)
    expires_on = _months_later(timezone.localdate(), version.valid_months)
    if newest and newest.is_given and (newest.version_id, newest.expires_on) == (version.pk, expires_on):
        return False
    words = words_of(version, language)
    _keep(
        Consent(
            customer_id=customer_id,
            purpose=purpose,
            is_given=True,
            text=words.text,
            language=words.language,
            version=version,
            expires_on=expires_on,
            channel=how,
            recorded_by_id=recorded_by.pk if recorded_by else None,
        )
    )
    return True


@transaction.atomic
def take_back(
    *, customer_id: int, purpose: str, how: str = How.LINK, language: str = "", recorded_by: User | None = None
) -> bool:
    """Keep that the customer does not consent any more, or never will; return whether that says anything new.

    Beside it stand the words that were agreed to, else today's. Again, and twice at once, is one fact. Raises
    CustomerErasedError.
    """
    newest = _turn_of(customer_id, purpose)
    if newest and not newest.is_given:
        return False
    if newest:
        words, version = Words(newest.text, newest.language), newest.version
    else:
        version = saved(current_text(purpose))
        words = words_of(version, language)
    _keep(
        Consent(
            customer_id=customer_id,
            purpose=purpose,
            is_given=False,
            text=words.text,
            language=words.language,
            version=version,
            channel=how,
            recorded_by_id=recorded_by.pk if recorded_by else None,
        )
    )
    return True


def record_on_behalf(*, customer_id: int, purpose: str, is_given: bool, how: str, recorded_by: User) -> bool:
    """Write down what a customer said to staff; return whether that says anything new. As ``give``, ``take_back``.

    Raises DomainError for a ``how`` that is not in ``ON_BEHALF``.
    """
    if how not in ON_BEHALF:
        raise DomainError(_("Say how the customer told you."))
    write = give if is_given else take_back
    return write(customer_id=customer_id, purpose=purpose, how=how, recorded_by=recorded_by)


def _turn_of(customer_id: int, purpose: str) -> Consent | None:
    """Wait until nobody else writes a consent of this person; return their newest proven word on ``purpose``."""
    take_turn("customers.consents", kept_ids([customer_id]).get(customer_id, customer_id))
    if Customer.objects.only("erased_at").get(pk=customer_id).erased_at is not None:
        raise CustomerErasedError
    return _newest([customer_id], [Purpose(purpose)])[customer_id].get(purpose)


def _keep(consent: Consent) -> None:
    """Insert; by the clock and not by the transaction's beginning, so that turns and times have one order."""
    consent.recorded_at = models.Func(function="clock_timestamp", output_field=models.DateTimeField())
    consent.save(force_insert=True)
    outbox.publish(CHANGED, person_records([consent.customer_id or 0]))


def _months_later(day: date, months: int | None) -> date | None:
    """Return the last day of a consent given on ``day``: the 31st becomes the last of a shorter month."""
    if months is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# --- what holds ---------------------------------------------------------------------------------------------------

Proof = Callable[[Collection[int]], set[int]]
_proofs: list[Proof] = []


def register_proof(proof: Proof) -> None:
    """Have ``proof`` say of which feedback it is proven who sent it. For the app above, at its start."""
    _proofs.append(proof)


def standing(customer_ids: Collection[int], purpose: Purpose, *, as_of: date) -> set[int]:
    """Return who of the customers consents to ``purpose`` then: given, not taken back, not over, and not erased.

    Two queries, a third where consents came with feedback.
    """
    newest = _newest(customer_ids, [purpose])
    return {pk for pk, words in newest.items() if purpose in words and holds(words[purpose], as_of=as_of)}


def withdrawn_among(customer_ids: Collection[int], purpose: Purpose) -> set[int]:
    """Return whose newest word on ``purpose`` is that it is taken back. As many queries."""
    newest = _newest(customer_ids, [purpose])
    return {pk for pk, words in newest.items() if purpose in words and not words[purpose].is_given}


def has_withdrawn(*, customer_id: int, purpose: Purpose) -> bool:
    """Tell whether the customer's newest word on ``purpose`` is that it is taken back. As many queries."""
    return customer_id in withdrawn_among([customer_id], purpose)


def holds(consent: Consent, *, as_of: date) -> bool:
    """Tell whether this word, if it is the newest, is a consent then; nobody erased consents to anything.

    ``as_of``: a day, or an instant, whose day here it is. ``consent`` comes with its customer.
    """
    if consent.customer is None or consent.customer.erased_at is not None:
        return False
    day = timezone.localdate(as_of) if isinstance(as_of, datetime) else as_of
    return consent.is_given and (consent.expires_on is None or consent.expires_on >= day)


def newest_words(customer_id: int) -> dict[str, Consent]:
    """Return by purpose the person's newest proven word. As many queries."""
    return _newest([customer_id], list(Purpose))[customer_id]


def consents_of(customer_ids: Collection[int]) -> list[Consent]:
    """Return the newest word of each person on each purpose, given or taken back, proven or not. Two queries."""
    found: dict[tuple[int, str], Consent] = {}
    for asked, consent in _rows(customer_ids, list(Purpose)):
        found.setdefault((asked, consent.purpose), consent)
    return list({consent.pk: consent for consent in found.values()}.values())


def ledger(customer_id: int, *, as_of: date) -> list[Entry]:
    """Return every consent of the person, the newest first. Four queries at most."""
    rows = [consent for _asked, consent in _rows([customer_id], list(Purpose))]
    proven = _proven(rows)
    people = User.objects.in_bulk({row.recorded_by_id for row in rows if row.recorded_by_id})
    newest: dict[str, int] = {}
    for row in rows:
        if row.pk in proven:
            newest.setdefault(row.purpose, row.pk)
    return [
        Entry(
            consent=row,
            is_proven=row.pk in proven,
            stands=newest.get(row.purpose) == row.pk and holds(row, as_of=as_of),
            how=how_label(row.channel),
            recorded_by=people.get(row.recorded_by_id or 0),
        )
        for row in rows
    ]


def how_label(channel: str) -> str:
    """Return in words by which way a consent came."""
    return str(How(channel).label) if channel in How.values else str(_CHANNELS.get(channel, channel))


def _newest(customer_ids: Collection[int], purposes: Collection[str]) -> dict[int, dict[str, Consent]]:
    found: dict[int, dict[str, Consent]] = {pk: {} for pk in customer_ids}
    rows = _rows(customer_ids, purposes)
    proven = _proven(consent for _asked, consent in rows)
    for asked, consent in rows:
        if consent.pk in proven:
            found[asked].setdefault(consent.purpose, consent)
    return found


def _rows(customer_ids: Collection[int], purposes: Collection[str]) -> list[tuple[int, Consent]]:
    """Return the consents of all records of each person, with the id asked for, the newest first. Two queries."""
    kept = kept_ids(customer_ids)
    asked_by: dict[int, list[int]] = {}
    for asked, kept_id in kept.items():
        asked_by.setdefault(kept_id, []).append(asked)
    of_person = Q(customer_id__in=asked_by) | Q(customer__merged_into__in=asked_by)
    rows = Consent.objects.filter(of_person, purpose__in=purposes).select_related("customer", "version")
    found = rows.order_by("-recorded_at", "-id") if asked_by else []
    return [(asked, row) for row in found for asked in asked_by[_kept(row)]]


def _kept(consent: Consent) -> int:
    """Return the record that counts for whoever consented."""
    customer = consent.customer
    return (customer.merged_into_id or customer.pk) if customer else 0


def _proven(consents: Iterable[Consent]) -> set[int]:
    """Return the ids of those said by the customer or written down by staff, and not by whoever typed an address."""
    rows = list(consents)
    with_feedback = {row.feedback_id for row in rows if row.feedback_id}
    known = set().union(*(proof(with_feedback) for proof in _proofs)) if with_feedback else set()
    return {row.pk for row in rows if row.feedback_id is None or row.feedback_id in known}
