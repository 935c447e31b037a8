from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from apps.core import outbox
from apps.core.models import OutboxRow
from apps.customers.matching import CustomerRow, find_or_create_customers, get_or_create_organisations
from apps.customers.models import Customer, Organisation
from tests.factories import CustomerFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(monkeypatch):
    """The (topic, ids) that were published."""
    calls = []
    monkeypatch.setattr(outbox, "publish", lambda topic, ids: calls.append((topic, sorted(ids))))
    return calls


def known(customer_id):
    customer = Customer.objects.get(pk=customer_id)
    return (customer.email, customer.name, str(customer.organisation or ""), customer.verified_at is not None)


def vouched(**fields):
    return CustomerRow(**fields, is_vouched=True)


def test_rows_become_customers_in_their_order(published):
    rows = [
        vouched(email="Ann@Example.com", name="Ann", organisation="Acme"),
        CustomerRow(),
        CustomerRow(email="bob@example.com", name="Bob", organisation="Acme"),
        vouched(name="Carla", organisation="ACME"),
        CustomerRow(name="Dora"),
    ]

    ids = find_or_create_customers(rows)

    assert ids[1] is None
    assert [known(pk) for pk in ids if pk] == [
        ("Ann@Example.com", "Ann", "Acme", True),
        ("bob@example.com", "Bob", "", False),  # a claim gives itself no organisation
        ("", "Carla", "Acme", True),
        ("", "Dora", "", False),
    ]
    assert published == []  # nothing was said by them yet


def test_the_same_rows_again_change_nothing(published):
    rows = [vouched(email="ann@example.com", name="Ann", organisation="Acme"), CustomerRow(name="Dora")]
    first = find_or_create_customers(rows)

    again = find_or_create_customers([row._replace(email=row.email.upper()) for row in rows])

    assert again == first
    assert (Customer.objects.count(), Organisation.objects.count(), published) == (2, 1, [])


def test_several_rows_of_one_customer_make_one(published):
    ids = find_or_create_customers(
        [
            vouched(email="ann@example.com"),
            vouched(email=" ANN@example.com ", name="Ann"),
            CustomerRow(email="ann@example.com", name="Mallory"),
        ]
    )

    assert len(set(ids)) == 1
    assert known(ids[0]) == ("ann@example.com", "Ann", "", True)


@pytest.mark.parametrize("typed", ["m\u0131ke@example.com", "mike+x@example.com", "mike@ex\u00e4mple.com"])
def test_different_mailboxes_stay_apart(typed, published):
    mike = CustomerFactory(email="mike@example.com")

    assert find_or_create_customers([CustomerRow(email=typed)]) != [mike.pk]


def test_names_without_address_are_matched_within_their_organisation_only(published):
    acme, other = OrganisationFactory(name="Acme"), OrganisationFactory(name="Other")
    at_acme = CustomerFactory(email="", name="Ann", organisation=acme)
    CustomerFactory(email="", name="Ann", organisation=other)
    CustomerFactory(email="ann@example.com", name="Ann", organisation=acme)

    assert find_or_create_customers([vouched(name="Ann", organisation="acme")]) == [at_acme.pk]


def test_a_claim_changes_nothing_about_a_customer(published):
    customer = CustomerFactory(email="ann@example.com", name="")

    find_or_create_customers([CustomerRow(email="ann@example.com", name="Mallory", organisation="Acme")])

    assert known(customer.pk) == ("ann@example.com", "", "", False)
    assert (Organisation.objects.count(), published) == (0, [])


def test_a_voucher_replaces_what_was_only_claimed(published):
    customer = CustomerFactory(email="ann@example.com", name="Mallory")

    find_or_create_customers([vouched(email="ann@example.com", name="Ann", organisation="Acme")])

    assert known(customer.pk) == ("ann@example.com", "Ann", "Acme", True)
    assert published == [("customers.changed", [customer.pk])]


def test_a_voucher_fills_blanks_and_overwrites_nothing_verified(published):
    (pk,) = find_or_create_customers([vouched(email="ann@example.com", name="Ann")])

    find_or_create_customers([vouched(email="ann@example.com", name="Anna", organisation="Acme")])
    find_or_create_customers([vouched(email="ann@example.com", name="Bert", organisation="Other")])

    assert known(pk) == ("ann@example.com", "Ann", "Acme", True)
    assert published == [("customers.changed", [pk])]


def test_an_erased_address_makes_a_new_customer(published):
    tombstone = CustomerFactory(email="", name="")

    ids = find_or_create_customers([vouched(email="ann@example.com"), vouched(name="A customer")])

    assert tombstone.pk not in ids


def test_what_is_learned_is_published_in_the_same_transaction():
    outbox.subscribe("customers.changed", "test.matching", lambda ids: None)
    customer = CustomerFactory(email="ann@example.com")

    try:
        find_or_create_customers([vouched(email="ann@example.com")])
    finally:
        outbox._subscriptions.pop("test.matching")

    rows = OutboxRow.objects.filter(subscriber="test.matching")
    assert [row.payload for row in rows] == [{"ids": [customer.pk]}]


@pytest.mark.parametrize("size", [1, 300])
def test_query_counts_do_not_grow(size, published, django_assert_num_queries):
    rows = [vouched(email=f"p{n}@example.com", name=f"P {n}", organisation=f"Org {n}") for n in range(size)] + [
        CustomerRow(name=f"N {n}") for n in range(size)
    ]

    with django_assert_num_queries(8):  # savepoint, 3 for organisations, find, insert, find, release
        find_or_create_customers(rows)
    with django_assert_num_queries(4):  # savepoint, organisations, find, release
        find_or_create_customers(rows)


def test_organisations_are_found_as_the_database_folds_them(django_assert_num_queries):
    acme = OrganisationFactory(name="Ärzte & Söhne")

    with django_assert_num_queries(3):
        found = get_or_create_organisations(["ÄRZTE & SÖHNE", " ärzte & söhne ", "", " ", "New", "new"])

    new = Organisation.objects.get(name__in=["New", "new"])
    assert found == {"ÄRZTE & SÖHNE": acme.pk, " ärzte & söhne ": acme.pk, "New": new.pk, "new": new.pk}


@pytest.mark.django_db(transaction=True)
def test_imports_at_once_make_each_customer_once():
    rows = [vouched(email=f"p{n}@example.com", organisation="Acme") for n in range(40)]
    rows += [vouched(name=f"N {n}", organisation="Acme") for n in range(40)]
    barrier = Barrier(6)

    def work(number):
        try:
            barrier.wait(timeout=10)
            return find_or_create_customers(rows if number % 2 else rows[::-1])
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(work, range(6)))

    assert {tuple(ids if n % 2 else ids[::-1]) for n, ids in enumerate(answers)} == {tuple(answers[1])}
    assert (Customer.objects.count(), Organisation.objects.count()) == (80, 1)
