"""Contacts and the fatigue rule: over all channels and records of a person, once each, overrides kept."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.customers.contacts import FATIGUE_DAYS, asked_lately, record_contact
from apps.customers.merging import merge_customers, undo_merge
from apps.customers.models import ContactEvent, ContactKind
from tests.factories import CustomerFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def contacted(customer, *, days_ago: float, about: str = "session:1", kind: ContactKind = ContactKind.SESSION):
    record_contact(customer_ids=[customer.pk], kind=kind, about=about, made_by=None)
    at = NOW - timedelta(days=days_ago)
    ContactEvent.objects.filter(customer=customer, kind=kind, about=about).update(at=at)
    return at


def test_a_contact_is_kept_once_with_its_reason():
    first, second, user = CustomerFactory(), CustomerFactory(), UserFactory()
    reason = " They  asked\nto be told. " + "x" * 400

    for _ in range(2):
        record_contact(
            customer_ids=[second.pk, first.pk, first.pk],
            kind=ContactKind.PANEL,
            about="seat:7",
            made_by=user,
            override_reason=reason,
        )

    rows = ContactEvent.objects.order_by("customer_id")
    kept = ("They asked to be told. " + "x" * 400)[:300]
    assert list(rows.values_list("customer_id", "kind", "about", "made_by_id", "override_reason")) == [
        (first.pk, "panel", "seat:7", user.pk, kept),
        (second.pk, "panel", "seat:7", user.pk, kept),
    ]


def test_whoever_was_asked_in_the_last_thirty_days_is_left_in_peace(django_assert_num_queries):
    lately, long_ago, never, tomorrow = (CustomerFactory() for _ in range(4))
    contacted(lately, days_ago=29.9, kind=ContactKind.FORM)
    last = contacted(lately, days_ago=10, about="session:2")
    old = contacted(long_ago, days_ago=FATIGUE_DAYS)
    contacted(tomorrow, days_ago=-1)
    everyone = [one.pk for one in (lately, long_ago, never, tomorrow)]

    with django_assert_num_queries(3):
        assert asked_lately(everyone, as_of=NOW) == {lately.pk: last}
    assert asked_lately(everyone, as_of=NOW, days=31) == {lately.pk: last, long_ago.pk: old}
    assert asked_lately(everyone, as_of=NOW, days=0) == {}
    assert asked_lately([], as_of=NOW) == {}


def test_a_contact_with_one_record_protects_the_person():
    kept, merged, user = CustomerFactory(), CustomerFactory(), UserFactory()
    at = contacted(merged, days_ago=1)
    merge = merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=user)

    assert asked_lately([kept.pk, merged.pk], as_of=NOW) == {kept.pk: at, merged.pk: at}
    undo_merge(merge_id=merge.pk, undone_by=user)
    assert asked_lately([kept.pk, merged.pk], as_of=NOW) == {merged.pk: at}
