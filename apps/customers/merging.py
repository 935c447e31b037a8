"""Two records of one person: one is kept, the other points to it. Nothing moves, so undoing leaves no trace.

``Customer.merged_into`` is always the record that counts: pointers never form a chain, whatever was merged into what
before. Which merge made which pointer is kept in ``Merge``; only the newest merge of a record kept is undone first.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.core import outbox
from apps.core.turns import take_turn
from apps.customers.errors import CustomerErasedError, MergedAlreadyError, MergedLaterError, SameRecordError
from apps.customers.matching import CHANGED
from apps.customers.models import Customer, Merge

CONSENT_CHANGED = "customers.consent_changed"  # outbox topic of ``consents``: records speak for each other
FILLED = ("name", "organisation_id", "segment_id", "role_title", "languages", "time_zone", "availability")
COUNTED = ("organisation_id", "segment_id")  # of these the counts know
IDENTIFYING = ("name", "organisation_id")  # by these a customer without an address is found again (matching)


# --- reads --------------------------------------------------------------------------------------------------------


def kept_ids(customer_ids: Collection[int]) -> dict[int, int]:
    """Return for each id the record that counts for it: itself, or the one it was merged into. One query."""
    rows = Customer.objects.filter(pk__in=customer_ids)
    return dict(rows.values_list("pk", Coalesce("merged_into_id", "pk")))


def record_ids(customer_ids: Collection[int]) -> dict[int, list[int]]:
    """Return for each id the records of that person by id, its own among them. Two queries."""
    kept = kept_ids(customer_ids)
    of_kept: dict[int, list[int]] = {}
    found = Customer.objects.filter(Q(pk__in=set(kept.values())) | Q(merged_into__in=set(kept.values())))
    for record_id, kept_id in found.order_by("pk").values_list("pk", Coalesce("merged_into_id", "pk")):
        of_kept.setdefault(kept_id, []).append(record_id)
    return {customer_id: of_kept[kept_id] for customer_id, kept_id in kept.items()}


def person_records(customer_ids: Collection[int]) -> list[int]:
    """Return the records of all these persons by id; an id that is nobody's stays. Two queries."""
    found = record_ids(customer_ids)
    return sorted({*customer_ids, *(record_id for records in found.values() for record_id in records)})


def person_behind(field: str) -> QuerySet[Customer]:
    """Return, for a subquery, the record that counts for the customer in ``field`` of the outer row."""
    pointer = Customer.objects.filter(pk=OuterRef(OuterRef(field))).values("merged_into_id")
    return Customer.objects.filter(pk=Coalesce(Subquery(pointer), OuterRef(field)))


def records_of(people: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return the records that count as one of ``people``: of those who are not merged themselves."""
    kept = people.filter(merged_into=None).order_by().values("pk")
    return Customer.objects.filter(Q(pk__in=kept) | Q(merged_into__in=kept))


def records_with(customer_id: int) -> QuerySet[Customer]:
    """Return the records of the person whom ``customer_id`` is one of, for a subquery."""
    kept = Subquery(Customer.objects.filter(pk=customer_id).values(kept=Coalesce("merged_into_id", "pk"))[:1])
    return Customer.objects.filter(Q(pk=kept) | Q(merged_into=kept))


def standing_merges(customer_id: int) -> list[Merge]:
    """Return the merges by which ``customer_id`` speaks for other records, the newest first. At most two queries."""
    records = record_ids([customer_id]).get(customer_id, [])
    merges = Merge.objects.filter(merged__in=records, undone_at=None)
    return list(merges.select_related("kept", "merged", "merged_by"))


# --- writes -------------------------------------------------------------------------------------------------------


def take_turn_at_merging() -> None:
    """Until the transaction ends nobody else merges, undoes or erases: who belongs to whom stays as it is read."""
    take_turn("customers.merges")


@transaction.atomic
def merge_customers(*, kept_id: int, merged_id: int, merged_by: User | None) -> Merge:
    """Have ``kept_id`` speak for ``merged_id`` and all that was merged into it; fill the kept one's blanks.

    The same again returns the merge there is. Publishes whose feedback counts otherwise now. Raises
    Customer.DoesNotExist, SameRecordError, CustomerErasedError for tombstones, MergedAlreadyError where either was
    merged into another record.
    """
    if kept_id == merged_id:
        raise SameRecordError
    take_turn_at_merging()
    found = _locked(Q(pk__in=[kept_id, merged_id]) | Q(merged_into=merged_id))
    if not {kept_id, merged_id} <= found.keys():
        raise Customer.DoesNotExist
    kept, merged = found[kept_id], found[merged_id]
    if merged.merged_into_id == kept_id and (standing := _standing(merged_id)):
        return standing
    _refuse(kept, merged)
    filled = _fill(kept, merged)
    moved = [pk for pk, one in found.items() if pk == merged_id or one.merged_into_id == merged_id]
    Customer.objects.filter(pk__in=moved).update(merged_into=kept)
    outbox.publish(CHANGED, [*moved, *_recounted(kept, filled)])
    outbox.publish(CONSENT_CHANGED, [kept.pk, *moved])
    return Merge.objects.create(kept=kept, merged=merged, filled=filled, merged_by=merged_by)


@transaction.atomic
def undo_merge(*, merge_id: int, undone_by: User | None) -> None:
    """Let the two records stand as before: what the merge filled goes, but for what was changed since.

    Again changes nothing. Raises Merge.DoesNotExist, CustomerErasedError for tombstones, MergedLaterError where the
    kept record was merged into a third one since.
    """
    take_turn_at_merging()
    merge = Merge.objects.select_for_update().get(pk=merge_id)
    if merge.undone_at is not None:
        return
    moved = _below(merge.merged_id)
    found = _locked(Q(pk__in=[merge.kept_id, *moved]))
    kept, merged = found[merge.kept_id], found[merge.merged_id]
    if kept.erased_at or merged.erased_at:
        raise CustomerErasedError
    if kept.merged_into_id is not None:
        raise MergedLaterError
    emptied = _empty(kept, merged, merge.filled)
    Customer.objects.filter(pk__in=moved).update(merged_into=merged)
    Customer.objects.filter(pk=merged.pk).update(merged_into=None)
    merge.undone_at, merge.undone_by = timezone.now(), undone_by
    merge.save(update_fields=["undone_at", "undone_by"])
    outbox.publish(CHANGED, [*moved, *_recounted(kept, emptied)])
    outbox.publish(CONSENT_CHANGED, [kept.pk, *moved])


def _locked(which: Q) -> dict[int, Customer]:
    """Lock records in order of id. no_key: feedback just captured holds its customers' keys."""
    return {one.pk: one for one in Customer.objects.filter(which).select_for_update(no_key=True).order_by("pk")}


def _standing(merged_id: int) -> Merge | None:
    return Merge.objects.filter(merged=merged_id, undone_at=None).first()


def _refuse(kept: Customer, merged: Customer) -> None:
    if kept.erased_at or merged.erased_at:
        raise CustomerErasedError
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise MergedAlreadyError


def _below(merged_id: int) -> list[int]:
    """Return ``merged_id`` and what was merged into it, and into that, by merges that stand."""
    found, new = [merged_id], [merged_id]
    while new:
        rows = Merge.objects.filter(kept__in=new, undone_at=None).values_list("merged_id", flat=True)
        new = list(rows)
        found += new
    return found


def fillable(kept: Customer, merged: Customer) -> list[str]:
    """Return the fields that are blank in ``kept`` and that ``merged`` would fill.

    A customer without an address is found again by name and organisation: those stay as they are.
    """
    fixed = () if kept.email_key else IDENTIFYING
    return [field for field in FILLED if field not in fixed and not getattr(kept, field) and getattr(merged, field)]


def _fill(kept: Customer, merged: Customer) -> list[str]:
    filled = fillable(kept, merged)
    for field in filled:
        setattr(kept, field, getattr(merged, field))
    if filled:
        kept.save(update_fields=filled)
    return filled


def _empty(kept: Customer, merged: Customer, filled: Iterable[str]) -> list[str]:
    """Take back what a merge filled, where it is still as the other record has it; return what that is."""
    same = [field for field in filled if field in FILLED and getattr(kept, field) == getattr(merged, field)]
    for field in same:
        setattr(kept, field, None if field in COUNTED else [] if field == "languages" else "")
    if same:
        kept.save(update_fields=same)
    return same


def _recounted(kept: Customer, fields: Iterable[str]) -> list[int]:
    return [kept.pk] if set(fields) & set(COUNTED) else []
