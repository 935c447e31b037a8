"""What a merged record said is the kept one's voice: counts are exact before, after, undone, and with what comes in."""

import pytest

from apps.core import lanes
from apps.customers.merging import merge_customers, undo_merge
from apps.customers.models import Customer
from apps.customers.services import set_segment
from apps.feedback.models import Channel, Identity
from apps.feedback.services import Capture, Person, capture
from apps.priorities.check import compare_levels
from apps.priorities.models import Cell, Voice, VolumeCell
from apps.tagging import services
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def settled() -> None:
    lanes.settle()
    problems = [level for level in compare_levels().levels if level.mismatches]
    assert problems == []


def voices() -> list[tuple[int, int, int, int]]:
    """Return kind, party, segment and how often, of every voice."""
    rows = Voice.objects.order_by("party_kind", "party_id")
    return list(rows.values_list("party_kind", "party_id", "segment_id", "feedback_count"))


def cells() -> set[tuple[int, int, int]]:
    """Return segment, feedback and customers of every cell that holds something."""
    return set(Cell.objects.exclude(feedback_count=0).values_list("segment_id", "feedback_count", "customer_count"))


def volume() -> dict[int, int]:
    return dict(VolumeCell.objects.exclude(feedback_count=0).values_list("segment_id", "feedback_count"))


@pytest.fixture
def world():
    """Two records of one person, of two organisations in two segments: one said a thing once, the other twice."""
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    kept = CustomerFactory(organisation=OrganisationFactory(segment=gold))
    merged = CustomerFactory(organisation=OrganisationFactory(segment=silver), email="merged@example.org")
    product, tag, user = ProductFactory(), TagFactory(team=TeamFactory()), UserFactory()
    for customer in (kept, merged, merged):
        feedback = FeedbackFactory(customer=customer, product=product)
        services.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    settled()
    return kept, merged, product, tag, user


def test_counts_are_exact_before_after_and_undone(world):
    kept, merged, *_rest, user = world
    gold, silver = kept.organisation.segment_id, merged.organisation.segment_id
    before = (voices(), cells(), volume())
    assert before == (
        [
            (1, kept.pk, gold, 1),
            (1, merged.pk, silver, 2),
            *sorted([(2, kept.organisation_id, gold, 1), (2, merged.organisation_id, silver, 2)]),
        ],
        {(gold, 1, 1), (silver, 2, 1)},
        {gold: 1, silver: 2},
    )

    made = merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=user)
    settled()
    assert voices() == [(1, kept.pk, gold, 3), (2, kept.organisation_id, gold, 3)]
    assert (cells(), volume()) == ({(gold, 3, 1)}, {gold: 3})

    undo_merge(merge_id=made.pk, undone_by=user)
    settled()
    assert (voices(), cells(), volume()) == before


def test_a_segment_given_to_the_kept_record_holds_for_what_the_other_said(world):
    kept, merged, *_rest, user = world
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=user)
    settled()
    third = SegmentFactory()

    set_segment(customer_ids=[kept.pk], segment=third)
    assert compare_levels().is_equal  # what is on its way is known
    settled()

    assert (cells(), volume()) == ({(third.pk, 3, 1)}, {third.pk: 3})


def test_what_the_merged_address_says_next_finds_its_record_and_counts_for_the_kept_one(world):
    kept, merged, product, tag, user = world
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=user)

    captured = capture(
        Capture(
            product_id=product.pk,
            text="And again.",
            channel=Channel.API,
            person=Person(email="Merged@Example.org"),
            identity=Identity.VERIFIED,
        )
    )
    settled()
    services.confirm_tag(feedback_id=captured.feedback_id, tag=tag, user=user)
    settled()

    assert Customer.objects.count() == 2
    assert voices()[0] == (1, kept.pk, kept.organisation.segment_id, 4)
