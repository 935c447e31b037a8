"""Reads of who tells us something: segments, organisations and customers with what is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower, Upper

from apps.accounts.models import User
from apps.customers.merging import person_behind, records_of
from apps.customers.models import NAME_AND_ADDRESS, Customer, Organisation, Segment
from apps.feedback.models import Feedback, FeedbackState, Identity
from apps.priorities.disclosure import LEAST_VOICES
from apps.priorities.models import VolumeCell
from apps.workbench.selectors import readable_feedback, with_everything

PAGE_ROWS = 50
INDEXED_LETTERS = 3  # of pg_trgm


@dataclass(frozen=True)
class SegmentRow:
    segment: Segment
    customer_count: int  # their own, or their organisation's
    organisation_count: int
    feedback_count: int | None  # of all but restricted feedback; None where there are too few customers to say


@dataclass(frozen=True)
class OrganisationRow:
    organisation: Organisation
    customer_count: int
    feedback_count: int  # live and of verified customers, as the counts take it; of what the reader may open


@dataclass(frozen=True)
class OrganisationPage:
    rows: list[OrganisationRow]
    next_id: int | None


@dataclass(frozen=True)
class CustomerRow:
    customer: Customer
    feedback_count: int  # live, and of what the reader may open
    last_heard_at: datetime | None


@dataclass(frozen=True)
class CustomerPage:
    customers: list[Customer]
    next_id: int | None


# --- segments -----------------------------------------------------------------------------------------------------


def segment_rows() -> list[SegmentRow]:
    """Return every segment, the weightiest first. Four queries, whatever the number of segments."""
    people = Customer.objects.filter(merged_into=None)
    effective = people.annotate(effective=Coalesce("segment_id", "organisation__segment_id"))
    customers = _counted(effective.filter(effective__isnull=False), "effective")
    organisations = _counted(Organisation.objects.filter(segment__isnull=False), "segment_id")
    volume = VolumeCell.objects.exclude(segment_id=0).order_by().values_list("segment_id")
    feedback = dict(volume.annotate(total=Sum("feedback_count")))
    return [
        SegmentRow(
            segment,
            customers.get(segment.pk, 0),
            organisations.get(segment.pk, 0),
            feedback.get(segment.pk, 0) if customers.get(segment.pk, 0) >= LEAST_VOICES else None,
        )
        for segment in Segment.objects.order_by("-weight", "name")
    ]


def segment_row(segment: Segment) -> SegmentRow:
    """Return one segment as ``segment_rows`` does. Three queries."""
    customers = customers_in(segment).count()
    cells = VolumeCell.objects.filter(segment_id=segment.pk).aggregate(total=Sum("feedback_count"))
    return SegmentRow(
        segment,
        customers,
        Organisation.objects.filter(segment=segment).count(),
        (cells["total"] or 0) if customers >= LEAST_VOICES else None,
    )


def customers_in(segment: Segment) -> QuerySet[Customer]:
    """Return the customers whom ``segment`` holds for: their own, or their organisation's."""
    theirs = Organisation.objects.filter(segment=segment).values("pk")
    return Customer.objects.filter(Q(segment=segment) | Q(segment=None, organisation__in=theirs), merged_into=None)


def _counted(rows: QuerySet[Any], by: str) -> dict[int, int]:  # Any: of two models
    return dict(rows.order_by().values_list(by).annotate(total=Count("pk")))


# --- organisations ------------------------------------------------------------------------------------------------


def organisation_page(
    reader: User, *, q: str = "", segment: Segment | None = None, after_id: int | None = None
) -> OrganisationPage:
    """Return one page by name, with counts. Three queries, one more after the first page."""
    rows = Organisation.objects.select_related("segment").annotate(folded=Lower("name"))
    if q:
        rows = rows.filter(name__icontains=q)
    if segment is not None:
        rows = rows.filter(segment=segment)
    last = Organisation.objects.filter(pk=after_id).annotate(folded=Lower("name")).first() if after_id else None
    if last is not None:
        rows = rows.filter(folded__gt=last.folded)
    found: list[Organisation] = [*rows.order_by("folded")[: PAGE_ROWS + 1]]
    shown = found[:PAGE_ROWS]
    return OrganisationPage(_counted_rows(shown, reader), shown[-1].pk if len(found) > PAGE_ROWS else None)


def _counted_rows(organisations: Sequence[Organisation], reader: User) -> list[OrganisationRow]:
    keys = [organisation.pk for organisation in organisations]
    people = Customer.objects.filter(organisation__in=keys, merged_into=None)
    customers = _counted(people, "organisation_id")
    feedback = _counted(_said_by_customers_of(keys, reader), "of_organisation")
    return [OrganisationRow(one, customers.get(one.pk, 0), feedback.get(one.pk, 0)) for one in organisations]


def _said_by_customers_of(organisation_ids: Sequence[int], reader: User) -> QuerySet[Feedback]:
    """Return what the reading room finds for these organisations: a claim that is not proven has none."""
    said = readable_feedback(reader).filter(state=FeedbackState.LIVE, identity=Identity.VERIFIED)
    people = records_of(Customer.objects.filter(organisation__in=organisation_ids))
    said = said.filter(customer__in=people.values("pk"))
    return said.annotate(of_organisation=Subquery(person_behind("customer_id").values("organisation_id")[:1]))


def feedback_of_organisation(organisation: Organisation, reader: User, *, limit: int = 10) -> list[Feedback]:
    """Return the newest feedback of its customers that ``reader`` may open. Two queries."""
    said = _said_by_customers_of([organisation.pk], reader)
    return list(with_everything(said).order_by("-listed_at", "-id")[:limit])


# --- customers ----------------------------------------------------------------------------------------------------


def customer_page(
    *,
    q: str = "",
    organisation: Organisation | None = None,
    segment: Segment | None = None,
    after_id: int | None = None,
) -> CustomerPage:
    """Return one page of those who are not erased, the newest first; each person once. One query.

    ``q`` is part of a name or an address, found by the index ``customer_search``.
    """
    rows = customers_in(segment) if segment is not None else Customer.objects.all()
    rows = rows.filter(erased_at=None, merged_into=None).select_related("organisation__segment", "segment")
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    if q:
        rows = matching_customers(rows, q)
    if after_id is not None:
        rows = rows.filter(pk__lt=after_id)
    # Few are found by a longer ``q``, and going by id through all would be the plan of a limit: "+ 0" leaves it to the
    # index, which knows nothing of fewer letters than three.
    order = (F("id") + 0).desc() if len(q) >= INDEXED_LETTERS else F("id").desc()
    found = list(rows.order_by(order)[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    return CustomerPage(shown, shown[-1].pk if len(found) > PAGE_ROWS else None)


def heard_rows(customers: Sequence[Customer], reader: User) -> list[CustomerRow]:
    """Return ``customers`` with how much they said that ``reader`` may open, and when last. One query.

    What was said by a record merged into theirs is theirs.
    """
    keys = [one.pk for one in customers]
    records = records_of(Customer.objects.filter(pk__in=keys))
    said = readable_feedback(reader).filter(state=FeedbackState.LIVE, customer__in=records.values("pk"))
    kept = Coalesce("customer__merged_into", "customer")
    counted = said.order_by().values_list(kept).annotate(total=Count("pk"), at=Max("captured_at"))
    heard = {customer_id: (total, at) for customer_id, total, at in counted}
    return [CustomerRow(one, *heard.get(one.pk, (0, None))) for one in customers]


def matching_customers(rows: QuerySet[Customer], q: str) -> QuerySet[Customer]:
    """Return those of ``rows`` whose name or address holds ``q``: for readers who may see addresses."""
    return rows.annotate(searched=NAME_AND_ADDRESS).filter(searched__contains=Upper(Value(q)))


def first_heard_at(records: Sequence[int], reader: User) -> datetime | None:
    """Return when the oldest feedback of a person's records that ``reader`` may open was said; None for none."""
    said = readable_feedback(reader).filter(customer__in=records)
    heard: datetime | None = said.aggregate(at=Min("captured_at"))["at"]
    return heard
