"""Deleting and merging: everybody concerned is published, twice changes nothing, conflicts are refused."""

import pytest
from django.core.exceptions import ValidationError

from apps.core.models import OutboxRow
from apps.customers.errors import NamesakesError, OrganisationUsedError, SegmentUsedError
from apps.customers.models import Customer, Organisation, Segment
from apps.customers.organisations import create_organisation, delete_organisation, merge_organisations
from apps.customers.segments import delete_segment, update_segment
from tests.factories import CustomerFactory, OrganisationFactory, SegmentFactory

pytestmark = pytest.mark.django_db


def published() -> list[int]:
    rows = OutboxRow.objects.filter(topic="customers.changed", subscriber="tagging.rebook_customers")
    return sorted(id_ for row in rows for id_ in row.payload["ids"])


def test_deleting_a_segment_moves_and_publishes_own_and_inherited():
    gold, silver = SegmentFactory(), SegmentFactory()
    own = CustomerFactory(segment=gold)
    inherited = CustomerFactory(organisation=OrganisationFactory(segment=gold))
    CustomerFactory(segment=silver)

    assert delete_segment(segment=gold, move_to=silver) == 2
    assert delete_segment(segment=gold, move_to=silver) == 0

    assert published() == sorted([own.pk, inherited.pk])
    assert {row.effective_segment for row in Customer.objects.all()} == {silver}


def test_a_segment_somebody_is_in_is_not_deleted_into_nothing():
    gold, empty = SegmentFactory(), SegmentFactory()
    OrganisationFactory(segment=gold)

    for target in (None, gold):
        with pytest.raises(SegmentUsedError):
            delete_segment(segment=gold, move_to=target)
    assert delete_segment(segment=empty) == 0
    assert list(Segment.objects.all()) == [gold]


def test_a_name_that_is_taken_or_blank():
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    OrganisationFactory(name="Acme")

    for name in ("", " Silver "):
        with pytest.raises(ValidationError):
            update_segment(segment=gold, name=name, weight=1)
    with pytest.raises(ValidationError):
        create_organisation(name="ACME")
    with pytest.raises(ValidationError):
        create_organisation(name=" ")
    assert [str(row) for row in Segment.objects.order_by("pk")] == [str(gold), str(silver)]


def test_merging_moves_customers_and_publishes_them_once():
    source, target = OrganisationFactory(), OrganisationFactory()
    moved = CustomerFactory(organisation=source)
    CustomerFactory(organisation=target)

    assert merge_organisations(source=source, target=target) == 1
    assert merge_organisations(source=source, target=target) == 0

    moved.refresh_from_db()
    assert (moved.organisation, published()) == (target, [moved.pk])
    assert list(Organisation.objects.all()) == [target]


def test_namesakes_without_an_address_stop_a_merge():
    source, target = OrganisationFactory(), OrganisationFactory()
    for organisation in (source, target):
        CustomerFactory(name="Ada", email="", organisation=organisation)

    with pytest.raises(NamesakesError, match="Ada"):
        merge_organisations(source=source, target=target)
    with pytest.raises(ValidationError):
        merge_organisations(source=source, target=source)

    assert (Organisation.objects.count(), published()) == (2, [])


def test_only_an_empty_organisation_is_deleted():
    used = OrganisationFactory()
    CustomerFactory(organisation=used)

    with pytest.raises(OrganisationUsedError):
        delete_organisation(organisation=used)
    empty = OrganisationFactory()
    for _ in range(2):
        delete_organisation(organisation=empty)

    assert list(Organisation.objects.all()) == [used]
