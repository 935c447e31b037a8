"""Merging two records: pointers never form a chain, blanks are filled and emptied again, tombstones are left alone."""

import pytest

from apps.core.models import OutboxRow
from apps.customers.errors import CustomerErasedError, MergedAlreadyError, MergedLaterError, SameRecordError
from apps.customers.matching import CustomerRow, find_or_create_customers
from apps.customers.merging import kept_ids, merge_customers, record_ids, standing_merges, undo_merge
from apps.customers.models import Customer, Merge
from apps.customers.services import erase_customer
from tests.factories import CustomerFactory, OrganisationFactory, SegmentFactory, UserFactory
from tests.feedback.test_races import at_once

pytestmark = pytest.mark.django_db


def merge(kept: Customer, merged: Customer, by=None) -> Merge:
    return merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=by)


def published() -> list[int]:
    """Return, and forget, whose feedback is to be booked again."""
    rows = OutboxRow.objects.filter(topic="customers.changed", subscriber="tagging.rebook_customers")
    found = sorted(id_ for row in rows for id_ in row.payload["ids"])
    rows.delete()
    return found


def test_the_kept_record_takes_what_it_lacks_and_gives_it_back():
    segment, organisation, user = SegmentFactory(), OrganisationFactory(), UserFactory()
    kept = CustomerFactory(name="", role_title="Postdoc")
    merged = CustomerFactory(
        name="Ada", role_title="Professor", segment=segment, organisation=organisation, languages=["de", "en"]
    )
    filled = ["name", "organisation_id", "segment_id", "languages"]

    made = merge(kept, merged, user)

    assert merge(kept, merged, user) == made
    kept.refresh_from_db()
    assert (kept.name, kept.role_title, kept.segment, kept.organisation) == ("Ada", "Postdoc", segment, organisation)
    assert kept.languages == ["de", "en"]
    assert (made.filled, published()) == (filled, [kept.pk, merged.pk])
    assert standing_merges(kept.pk) == standing_merges(merged.pk) == [made]

    Customer.objects.filter(pk=kept.pk).update(name="Ada Lovelace")  # by hand since: it stays
    for _ in range(2):
        undo_merge(merge_id=made.pk, undone_by=user)
    kept.refresh_from_db()
    assert (kept.name, kept.role_title, kept.segment, kept.organisation) == ("Ada Lovelace", "Postdoc", None, None)
    assert (kept.languages, published(), standing_merges(kept.pk)) == ([], [kept.pk, merged.pk], [])
    assert list(Merge.objects.values_list("undone_by_id", flat=True)) == [user.pk]
    assert set(kept_ids([kept.pk, merged.pk]).items()) == {(kept.pk, kept.pk), (merged.pk, merged.pk)}


def test_a_record_without_an_address_keeps_what_it_is_found_by():
    organisation = OrganisationFactory()
    kept = CustomerFactory(name="Ada", email="")
    merged = CustomerFactory(name="Ada", email="", organisation=organisation)

    assert merge(kept, merged).filled == []  # the organisation would make the two alike

    rows = [CustomerRow(name="Ada", organisation=name, is_vouched=True) for name in ("", organisation.name)]
    assert find_or_create_customers(rows) == [kept.pk, merged.pk]


def test_a_chain_is_flattened_and_taken_apart_from_its_end():
    a, b, c = (CustomerFactory() for _ in range(3))
    first = merge(b, a)
    second = merge(c, b)

    assert set(Customer.objects.filter(merged_into=c)) == {a, b}
    assert record_ids([a.pk]) == {a.pk: [a.pk, b.pk, c.pk]}
    assert standing_merges(c.pk) == [second, first]
    with pytest.raises(MergedLaterError):
        undo_merge(merge_id=first.pk, undone_by=None)
    undo_merge(merge_id=second.pk, undone_by=None)
    assert dict(Customer.objects.values_list("pk", "merged_into")) == {a.pk: b.pk, b.pk: None, c.pk: None}
    undo_merge(merge_id=first.pk, undone_by=None)
    assert set(Customer.objects.values_list("merged_into", flat=True)) == {None}


def test_what_cannot_be_merged():
    a, b, c, gone = (CustomerFactory() for _ in range(4))
    merge(b, a)
    erase_customer(customer_id=gone.pk)

    for kept, merged, error in (
        (c, c, SameRecordError),
        (a, c, MergedAlreadyError),  # into one that is merged itself
        (a, b, MergedAlreadyError),  # the other way round
        (c, a, MergedAlreadyError),
        (c, gone, CustomerErasedError),
        (gone, c, CustomerErasedError),
    ):
        with pytest.raises(error):
            merge(kept, merged)
    with pytest.raises(Customer.DoesNotExist):
        merge_customers(kept_id=c.pk, merged_id=999_999, merged_by=None)
    assert Merge.objects.count() == 1


def test_a_merge_with_a_tombstone_is_not_undone():
    kept, merged = CustomerFactory(), CustomerFactory()
    made = merge(kept, merged)
    erase_customer(customer_id=kept.pk)
    erase_customer(customer_id=merged.pk)

    with pytest.raises(CustomerErasedError):
        undo_merge(merge_id=made.pk, undone_by=None)
    assert Customer.objects.get(pk=merged.pk).merged_into_id == kept.pk


# --- at once ------------------------------------------------------------------------------------------------------


def outcome(kept_id: int, merged_id: int) -> str:
    try:
        merge_customers(kept_id=kept_id, merged_id=merged_id, merged_by=None)
    except MergedAlreadyError:
        return "refused"
    return "merged"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_merge():
    kept, merged = CustomerFactory(), CustomerFactory()

    assert at_once(4, lambda _: outcome(kept.pk, merged.pk)) == ["merged"] * 4

    assert Merge.objects.count() == 1
    made = Merge.objects.get()
    at_once(4, lambda _: undo_merge(merge_id=made.pk, undone_by=None))
    assert Customer.objects.filter(merged_into=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_each_into_the_other_at_once_is_one_merge_and_no_circle():
    a, b, c = (CustomerFactory() for _ in range(3))
    pairs = [(a.pk, b.pk), (b.pk, a.pk)] * 2

    told = at_once(4, lambda number: outcome(*pairs[number]))
    at_once(3, lambda number: outcome(*[(b.pk, c.pk), (c.pk, a.pk), (a.pk, c.pk)][number]))

    assert sorted(told) == ["merged", "merged", "refused", "refused"]
    pointers = dict(Customer.objects.values_list("pk", "merged_into"))
    roots = {pk for pk, into in pointers.items() if into is None}
    assert len(roots) == 1
    assert {into for into in pointers.values() if into is not None} == roots
