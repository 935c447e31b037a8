"""Finds candidates, and says why each of them fits.

Feedback that the reader may not open makes nobody match. Each criterion is a set of persons found by an index or one
pass over a narrow table; what a merged record said, uses or was asked is the kept one's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    Max,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import Permission, teams_where
from apps.customers.consents import standing, withdrawn_among
from apps.customers.models import Consent, ContactEvent, Customer, Organisation, ProductUse, Purpose
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.feedback.selectors import readable_by
from apps.insight import search
from apps.insight.models import SearchDocument, Sentiment
from apps.panels.models import Criteria, Panel, PanelState, ResearchSession, Seat, SessionState
from apps.panels.models.panels import OPEN_SEATS
from apps.panels.recruiting.wanted import AGREED, HAPPY, UNHAPPY, Wanted

PAGE_ROWS = 30
LEAD_CHARACTERS = 80  # shown before the first word that matches
OFFERED = 20  # panels, and sessions, to invite to
_MEMORY = "64MB"  # for the sets of one question; a set that did not fit would be gone through for every customer


@dataclass(frozen=True)
class Candidate:
    """One person who fits, and why."""

    customer: Customer
    has_agreed: bool  # to be contacted; else it was never asked or has run out, and never taken back
    asked_at: datetime | None  # last, by whatever channel
    is_tired: bool  # asked too lately to be asked again without a reason
    said: Feedback | None = None  # the newest that fits what was asked
    words: Sequence[search.Segment] = ()  # of it
    about: Feedback | None = None  # the newest on the product that was asked for
    uses: list[ProductUse] = field(default_factory=list)


@dataclass(frozen=True)
class CandidatePage:
    candidates: list[Candidate]
    next_id: int | None


# --- who fits -----------------------------------------------------------------------------------------------------


def candidate_page(reader: User, wanted: Wanted, *, as_of: datetime, before_id: int | None = None) -> CandidatePage:
    """Return one page of those who fit, the newest record first. At most 15 queries, whatever fits."""
    people = fitting(reader, wanted, as_of=as_of).select_related("segment", "organisation__segment")
    if before_id is not None:
        people = people.filter(pk__lt=before_id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_MEMORY])
        found = list(people.order_by("-pk")[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    agreed = standing([one.pk for one in shown], Purpose.CONTACT, as_of=timezone.localdate(as_of))
    next_id = shown[-1].pk if len(found) > PAGE_ROWS else None
    if wanted.consent == AGREED:  # the question above is wider: it knows nothing of proofs
        shown = [one for one in shown if one.pk in agreed]
    return CandidatePage(_explained(reader, wanted, shown, agreed, as_of=as_of), next_id)


def fitting(reader: User, wanted: Wanted, *, as_of: datetime) -> QuerySet[Customer]:
    """Return who fits, unordered: each person once, nobody erased, nobody who took back the consent to be contacted.

    Up to four small queries. Of ``AGREED`` also those whose consent is not proven: ``consents.standing`` tells.
    """
    people = Customer.objects.filter(erased_at=None, merged_into=None)
    people = _of_profile(people, wanted)
    if wanted.asks_use:
        people = people.filter(
            Q(pk__in=_persons(_users(wanted))) | Q(pk__in=_persons(_about(_told_to(reader), wanted)))
        )
    if wanted.asks_what_was_said:
        people = people.filter(_among(_persons(_said(reader, wanted))))
    if wanted.panel:
        people = people.exclude(pk__in=_persons(Seat.objects.filter(panel=wanted.panel, state__in=OPEN_SEATS)))
    if wanted.rested_days:
        people = people.exclude(pk__in=_persons(ContactEvent.objects.filter(at__gt=wanted.rested_since(as_of))))
    return _who_may_be_asked(people, wanted)


def _by_person(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:  # Any: of any table that names customers
    """Annotate ``rows`` with the ``person`` behind them, unordered.

    Of the large tables only the few pointers are joined, not all customers; Django would do that by an inner join
    where every row names a customer.
    """
    pointer = "customer__merged_into"
    if rows.model._meta.get_field("customer").null:  # noqa: SLF001 Django's documented name for it
        few = FilteredRelation("customer", condition=Q(customer__merged_into__isnull=False))
        rows, pointer = rows.alias(pointer=few), "pointer__merged_into"
    found: QuerySet[Any, Any] = rows.order_by().annotate(person=Coalesce(pointer, "customer"))
    return found


def _persons(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:  # Any: as above
    persons: QuerySet[Any, Any] = _by_person(rows).values("person")
    return persons


def _among(persons: QuerySet[Any, Any]) -> Coalesce:  # Any: as above
    """Return the condition that a customer is one of ``persons``, for the planner to make the set once.

    Left to choose, it would go through the set for every customer where it expects few of either, and it expects far
    too few of what is asked of lists and words.
    """
    return Coalesce(ExpressionWrapper(Q(pk__in=persons), output_field=BooleanField()), Value(False))


def _of_profile(people: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    if wanted.segment:
        theirs = Organisation.objects.filter(segment=wanted.segment).values("pk")
        people = people.filter(Q(segment=wanted.segment) | Q(segment=None, organisation__in=theirs))
    if wanted.organisation:
        named = Organisation.objects.filter(name__icontains=wanted.organisation.strip())
        people = people.filter(organisation__in=named.values("pk"))
    for name, value in (("sites", wanted.site), ("instruments", wanted.instrument)):
        if value.strip():
            people = people.filter(_among(_holders(name, value.strip())))
    if wanted.language:
        code = wanted.language.strip()
        people = people.filter(_among(_holders("languages", f"\n{code}\n", f"\n{code}-")))
    return people


def _holders(name: str, *values: str) -> QuerySet[Customer, Any]:  # Any: of persons, as "kept"
    """Return the persons on one of whose records the list ``name`` holds one of ``values``; "\n" is a value's edge."""
    lines = Func(F(name), Value("\n"), function="array_to_string", output_field=TextField())
    listed = Concat(Value("\n"), lines, Value("\n"), output_field=TextField())
    rows = Customer.objects.exclude(**{name: []}).annotate(listed=listed)
    holding = reduce(or_, (Q(listed__icontains=value) for value in values))
    return rows.filter(holding).values(kept=Coalesce("merged_into", "pk"))


def _told_to(reader: User) -> QuerySet[Feedback]:
    """Return what counts as said by a person, of what ``reader`` may open: a claim that is not proven is nobody's."""
    return readable_by(reader).filter(state=FeedbackState.LIVE, identity=Identity.VERIFIED)


def _about(feedback: QuerySet[Feedback], wanted: Wanted) -> QuerySet[Feedback]:
    if wanted.product:
        feedback = feedback.filter(product=wanted.product)
    return feedback.filter(version=wanted.version) if wanted.version else feedback


def _users(wanted: Wanted) -> QuerySet[ProductUse]:
    uses = ProductUse.objects.order_by()
    if wanted.product:
        uses = uses.filter(product=wanted.product)
    return uses.filter(version=wanted.version) if wanted.version else uses


def _said(reader: User, wanted: Wanted) -> QuerySet[Feedback]:
    """Return the feedback that holds the words and is of the mood. One query, to parse the words."""
    said = _told_to(reader)
    if parsed := search.parse(wanted.said):
        if not parsed.tsquery:
            return said.none()
        # By the index of words, not row by row: there is no list to stop in.
        match = RawSQL("document @@ %s::tsquery", [parsed.tsquery], output_field=BooleanField())
        said = said.filter(pk__in=SearchDocument.objects.filter(match).values("feedback_id"))
    if wanted.feeling == UNHAPPY:  # as booked (tagging.ledger): the machine's word counts where nobody gave a rating
        said = said.filter(Q(rating__lte=2) | Q(rating=None, reading__sentiment=Sentiment.NEGATIVE))
    if wanted.feeling == HAPPY:
        said = said.filter(Q(rating__gte=4) | Q(rating=None, reading__sentiment=Sentiment.POSITIVE))
    return said


def _who_may_be_asked(people: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    """Leave out who took the consent back. One query, and those of ``withdrawn_among`` where somebody changed twice.

    Nobody else's word can take it back, so what is newer than every consent given is certain; where a consent given
    is newer, it depends on its proof.
    """
    consents = Consent.objects.filter(purpose=Purpose.CONTACT, customer__isnull=False)
    words = _persons(consents).annotate(
        taken_back=Max("recorded_at", filter=Q(is_given=False)), given=Max("recorded_at", filter=Q(is_given=True))
    )
    certain = words.filter(Q(taken_back__isnull=False, given=None) | Q(taken_back__gt=F("given")))
    people = people.exclude(pk__in=certain.values("person"))
    doubtful = list(words.filter(taken_back__lte=F("given")).values_list("person", flat=True))
    if doubtful:
        people = people.exclude(pk__in=withdrawn_among(doubtful, Purpose.CONTACT))
    if wanted.consent == AGREED:
        people = people.filter(_among(_persons(consents.filter(is_given=True))))
    return people


# --- why each fits ------------------------------------------------------------------------------------------------


def _explained(
    reader: User, wanted: Wanted, shown: Sequence[Customer], agreed: Collection[int], *, as_of: datetime
) -> list[Candidate]:
    keys = [one.pk for one in shown]
    asked = _asked_at(keys, as_of=as_of)
    said = _newest(_said(reader, wanted), keys) if wanted.asks_what_was_said else {}
    about = _newest(_about(_told_to(reader), wanted), keys) if wanted.asks_use else {}
    uses = _uses_of(wanted, keys) if wanted.asks_use else {}
    return [
        Candidate(
            customer=one,
            has_agreed=one.pk in agreed,
            asked_at=asked.get(one.pk),
            is_tired=one.pk in asked and asked[one.pk] > Wanted().rested_since(as_of),
            said=said.get(one.pk),
            words=_around_match(search.highlight(said[one.pk].text, wanted.said)) if one.pk in said else (),
            about=about.get(one.pk),
            uses=uses.get(one.pk, []),
        )
        for one in shown
    ]


def _around_match(words: list[search.Segment]) -> list[search.Segment]:
    """Return the words with a long beginning cut off before the first match."""
    if len(words) > 1 and not words[0].is_match and len(words[0].text) > LEAD_CHARACTERS:
        return [search.Segment("… " + words[0].text[-LEAD_CHARACTERS:].partition(" ")[2], is_match=False), *words[1:]]
    return words


def _asked_at(keys: Sequence[int], *, as_of: datetime) -> dict[int, datetime]:
    events = _by_person(ContactEvent.objects.filter(_of_persons(keys), at__lte=as_of))
    return dict(events.values_list("person").annotate(last=Max("at")))


def _newest(said: QuerySet[Feedback], keys: Sequence[int]) -> dict[int, Feedback]:
    """Return the newest of ``said`` of each person."""
    theirs = _by_person(said.filter(_of_persons(keys))).select_related("product", "version")
    return {one.person: one for one in theirs.order_by("person", "-listed_at", "-pk").distinct("person")}


def _uses_of(wanted: Wanted, keys: Sequence[int]) -> dict[int, list[ProductUse]]:
    found: dict[int, list[ProductUse]] = {}
    uses = _by_person(_users(wanted).filter(_of_persons(keys)))
    for use in uses.select_related("product", "version").order_by("product__name", "version__name", "pk"):
        found.setdefault(use.person, []).append(use)
    return found


def _of_persons(keys: Sequence[int]) -> Q:
    records = Customer.objects.filter(Q(pk__in=keys) | Q(merged_into__in=keys))
    return Q(customer__in=records.values("pk"))


# --- what was kept, and what to invite to -------------------------------------------------------------------------


def kept_criteria(reader: User) -> QuerySet[Criteria]:
    """Return the reader's own criteria and those that others share, by name."""
    return Criteria.objects.filter(Q(owner=reader) | Q(is_shared=True)).select_related("owner")


def panels_to_invite_to(reader: User) -> list[Panel]:
    """Return the panels that ``reader`` may invite to, by name; at most OFFERED."""
    teams = teams_where(reader, Permission.RUN_RESEARCH)
    return list(Panel.objects.filter(team__in=teams).exclude(state=PanelState.CLOSED)[:OFFERED])


def sessions_to_invite_to(reader: User, *, as_of: datetime) -> list[ResearchSession]:
    """Return the sessions to come that ``reader`` may invite to, the next one first; at most OFFERED."""
    coming = ResearchSession.objects.visible_to(reader).filter(
        Q(starts_at=None) | Q(starts_at__gt=as_of),
        team__in=teams_where(reader, Permission.RUN_RESEARCH),
        state__in=[SessionState.DRAFT, SessionState.POLLING, SessionState.PLANNED],
    )
    return list(coming.order_by(F("starts_at").asc(nulls_last=True), "pk")[:OFFERED])
