import pytest
from django.core.exceptions import ValidationError

from apps.core import outbox
from apps.core.models import OutboxRow
from apps.customers import services
from apps.customers.errors import CustomerErasedError, SameNameError
from apps.customers.models import Customer
from tests.factories import CustomerFactory, OrganisationFactory, SegmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch):
    calls = []
    monkeypatch.setattr(outbox, "publish", lambda topic, ids: calls.append((topic, sorted(ids))))
    return calls


def test_create_segment():
    segment = services.create_segment(name=" Key accounts ", weight=3)

    assert (segment.name, segment.slug, segment.weight) == ("Key accounts", "key-accounts", 3)


@pytest.mark.parametrize("fields", [{"name": " "}, {"name": "Taken"}, {"name": "x", "weight": 101}])
def test_create_segment_refused(fields):
    SegmentFactory(name="Taken")

    with pytest.raises(ValidationError):
        services.create_segment(**fields)


def test_set_segment_publishes_whom_it_changed(published):
    segment, old = SegmentFactory(), SegmentFactory()
    blank, other, same = CustomerFactory(), CustomerFactory(segment=old), CustomerFactory(segment=segment)
    everybody = [blank.pk, other.pk, same.pk]

    changed = [services.set_segment(customer_ids=everybody, segment=segment) for _ in range(2)]

    assert changed == [2, 0]
    assert published == [("customers.changed", [blank.pk, other.pk]), ("customers.changed", [])]
    assert Customer.objects.filter(segment=segment).count() == 3


def test_a_segment_can_be_taken_away(published):
    customer = CustomerFactory(segment=SegmentFactory())

    assert services.set_segment(customer_ids=[customer.pk], segment=None) == 1
    assert published == [("customers.changed", [customer.pk])]


def test_set_organisation(published):
    acme, customer = OrganisationFactory(), CustomerFactory()

    changed = [services.set_organisation(customer_ids=[customer.pk], organisation=acme) for _ in range(2)]

    assert changed == [1, 0]
    assert published[0] == ("customers.changed", [customer.pk])


def test_set_organisation_does_not_make_two_alike(published):
    acme = OrganisationFactory()
    CustomerFactory(email="", name="Ann", organisation=acme)
    other = CustomerFactory(email="", name="Ann")

    with pytest.raises(SameNameError):
        services.set_organisation(customer_ids=[other.pk], organisation=acme)

    other.refresh_from_db()
    assert other.organisation is None


def test_an_organisations_segment_concerns_those_without_their_own(published):
    segment, acme = SegmentFactory(), OrganisationFactory()
    member = CustomerFactory(organisation=acme)
    CustomerFactory(organisation=acme, segment=SegmentFactory())
    CustomerFactory()

    counts = [services.set_organisation_segment(organisation=acme, segment=segment) for _ in range(2)]

    assert counts == [1, 0]
    assert published == [("customers.changed", [member.pk])]


def test_a_large_organisation_is_published_in_chunks():
    outbox.subscribe("customers.changed", "test.chunks", lambda ids: None)
    acme = OrganisationFactory()
    Customer.objects.bulk_create(Customer(name=f"N {n}", organisation=acme) for n in range(2_500))

    try:
        services.set_organisation_segment(organisation=acme, segment=SegmentFactory())
    finally:
        outbox._subscriptions.pop("test.chunks")

    rows = OutboxRow.objects.filter(subscriber="test.chunks")
    assert sorted(len(row.payload["ids"]) for row in rows) == [500, 1_000, 1_000]


def test_verify_once(published):
    customer = CustomerFactory()

    for _ in range(2):
        services.verify_customer(customer_id=customer.pk)

    customer.refresh_from_db()
    assert customer.verified_at is not None
    assert published == [("customers.changed", [customer.pk])]


def test_erasure_leaves_a_tombstone_that_counts_the_same(published):
    segment, acme = SegmentFactory(), OrganisationFactory()
    customer = CustomerFactory(email="ann@example.com", name="Ann", segment=segment, organisation=acme)

    for _ in range(2):
        services.erase_customer(customer_id=customer.pk)

    left = Customer.objects.get(pk=customer.pk)
    assert (left.email, left.email_key, left.name) == ("", None, "")
    assert left.key != customer.key
    assert left.erased_at is not None
    assert (left.segment, left.organisation) == (segment, acme)
    assert published == [("customers.changed", [customer.pk])]


def test_two_of_the_same_name_can_both_be_erased(published):
    acme = OrganisationFactory()
    for email in ("", "ann@example.com"):
        customer = CustomerFactory(email=email, name="Ann", organisation=acme)
        services.erase_customer(customer_id=customer.pk)

    assert Customer.objects.filter(name="", erased_at__isnull=False).count() == 2


def test_a_tombstone_is_not_verified(published):
    customer = CustomerFactory()
    services.erase_customer(customer_id=customer.pk)

    with pytest.raises(CustomerErasedError):
        services.verify_customer(customer_id=customer.pk)
