"""Customers: found, corrected, erased."""

from datetime import date

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.customers.models import Customer
from apps.feedback.models import FeedbackState
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    SegmentFactory,
    UserFactory,
)
from tests.workbench.directory.addresses import url

pytestmark = pytest.mark.django_db


def test_customers_are_found_by_name_address_organisation_and_segment(client, analyst, django_assert_num_queries):
    gold = SegmentFactory()
    acme = OrganisationFactory(name="Acme", segment=gold)
    ada = CustomerFactory(name="Ada Lovelace", email="ada@analytical.example", organisation=acme)
    grace = CustomerFactory(name="Grace Hopper", email="grace@navy.example")
    CustomerFactory(name="", email="", email_key=None, erased_at="2026-01-01T00:00:00Z")

    def found(**query) -> list[Customer]:
        return client.get(url("customer-list"), query).context["page"].customers

    assert found() == [grace, ada]
    assert found(q="LOVE") == [ada]
    assert found(q="navy.ex") == [grace]
    assert found(organisation=acme.pk) == [ada]
    assert found(segment=gold.pk) == [ada]
    assert found(q="100%") == []
    with django_assert_num_queries(7):  # session, person, roles, segments to choose, the page, its feedback, the frame
        client.get(url("customer-list"))


def test_the_customer_list_tells_what_was_said_and_when_of_what_the_reader_may_open(client, analyst):
    ada, silent = CustomerFactory(name="Ada", email="ada@analytical.example"), CustomerFactory(name="Kim")
    for day in (date(2026, 2, 1), date(2026, 3, 1)):
        FeedbackFactory(customer=ada, captured_on=day)
    FeedbackFactory(customer=ada, captured_on=date(2026, 4, 1), visibility=Visibility.RESTRICTED)
    FeedbackFactory(customer=ada, captured_on=date(2026, 5, 1), state=FeedbackState.SPAM)

    answer = client.get(url("customer-list"))

    rows = [
        (row.customer, row.feedback_count, row.last_heard_at and row.last_heard_at.date())
        for row in answer.context["rows"]
    ]
    assert sorted(rows, key=lambda row: row[0].pk) == [(ada, 2, date(2026, 3, 1)), (silent, 0, None)]
    assert "No address" not in answer.content.decode()


def test_a_customer_is_corrected_placed_and_verified(client, analyst):
    acme, gold = OrganisationFactory(name="Acme"), SegmentFactory()
    customer = CustomerFactory(name="Ada", email="ada@example.org")
    asked = {"name": "Ada L.", "email": "Ada@Example.org", "organisation": "acme", "segment": gold.pk}

    client.post(url("verify-customer", customer.pk), {"action": "verify"})
    assert client.post(url("edit-customer", customer.pk), asked).status_code == 302

    customer.refresh_from_db()
    assert (customer.name, customer.organisation, customer.segment) == ("Ada L.", acme, gold)
    assert customer.verified_at is not None
    client.post(url("edit-customer", customer.pk), {**asked, "email": "countess@example.org"})
    customer.refresh_from_db()
    assert (customer.email_key, customer.verified_at) == ("countess@example.org", None)
    assert client.post(url("edit-customer", customer.pk), {"organisation": "Nowhere"}).status_code == 422
    assert client.post(url("edit-customer", customer.pk), {"name": "", "email": ""}).status_code == 422
    other = CustomerFactory()
    taken = client.post(url("edit-customer", customer.pk), {"name": "x", "email": other.email})
    assert taken.status_code == 422


def test_a_scientist_sees_a_customer_without_the_address_by_what_they_may_open(client, team):
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    heard, unheard = (CustomerFactory(name=name, email=f"{name}@example.org") for name in ("Ada", "Grace"))
    FeedbackFactory(customer=heard, text="It drifts.")
    FeedbackFactory(customer=heard, text="A secret.", visibility=Visibility.RESTRICTED)
    FeedbackFactory(customer=unheard, text="Another secret.", visibility=Visibility.RESTRICTED)

    page = client.get(url("customer", heard.pk))

    assert client.get(url("customer", unheard.pk)).status_code == 404
    content = page.content.decode()
    assert ("It drifts." in content, "secret" in content, "Ada@example.org" in content) == (True, False, False)


def test_only_the_administrator_of_everything_erases(client, analyst):
    customer = CustomerFactory(name="Ada")
    address = url("erase-customer-record", customer.pk)
    assert client.post(address, {"is_sure": "1"}).status_code == 403
    client.force_login(AdministratorFactory())

    client.post(address)
    customer.refresh_from_db()
    assert customer.erased_at is None
    for _ in range(2):
        assert client.post(address, {"is_sure": "1"}).status_code == 302

    customer.refresh_from_db()
    assert (customer.name, customer.erased_at is not None) == ("", True)
    assert client.get(url("customer", customer.pk)).status_code == 200
    assert client.get(url("edit-customer", customer.pk)).status_code == 404


def test_a_customer_was_first_heard_with_their_oldest_piece_that_the_reader_may_open(client, analyst):
    heard, silent = CustomerFactory(), CustomerFactory()
    FeedbackFactory(customer=heard, captured_on=date(2024, 5, 6))
    FeedbackFactory(customer=heard, captured_on=date(2025, 5, 6))
    FeedbackFactory(customer=heard, captured_on=date(2023, 1, 2), visibility=Visibility.RESTRICTED)
    client.force_login(analyst)

    pages = [client.get(f"/customers/{one.pk}/").content.decode() for one in (heard, silent)]

    assert ["First heard" in page for page in pages] == [True, False]
    assert ["Recorded here since" in page for page in pages] == [False, True]
    assert ("6 May 2024" in pages[0], "2 January 2023" in pages[0]) == (True, False)
