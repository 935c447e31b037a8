"""Segments and organisations."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core.models import OutboxRow
from apps.customers.models import Organisation, Segment
from apps.feedback.models import FeedbackState, Identity
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TagFactory,
    UserFactory,
    make_form,
)
from tests.workbench.directory.addresses import url

pytestmark = pytest.mark.django_db


def test_the_segment_list_counts_own_and_inherited_customers(client, analyst, django_assert_num_queries):
    gold = SegmentFactory(name="Gold", weight=3)
    organisation = OrganisationFactory(segment=gold)
    CustomerFactory(segment=gold)
    CustomerFactory(organisation=organisation)
    CustomerFactory(organisation=organisation, segment=SegmentFactory(name="Silver"))
    with django_assert_num_queries(8):  # session, person, roles, four of the page, teams of the frame
        one = client.get(url("segment-list"))
    SegmentFactory()

    with django_assert_num_queries(8):
        client.get(url("segment-list"))

    assert [(str(row.segment), row.customer_count, row.organisation_count) for row in one.context["rows"]] == [
        ("Gold", 2, 1),
        ("Silver", 1, 0),
    ]


def test_another_weight_wants_a_tick_and_queues_a_derivation(client, analyst):
    segment = SegmentFactory(name="Gold", weight=1)
    address = url("segment", segment.pk)

    assert client.post(address, {"name": "Gold", "weight": "3"}).status_code == 422
    assert client.post(address, {"name": "Gold plus", "weight": "1"}).status_code == 302
    assert not OutboxRow.objects.filter(topic="customers.segments_changed").exists()
    assert client.post(address, {"name": "Gold plus", "weight": "3", "is_sure": "on"}).status_code == 302

    segment.refresh_from_db()
    assert (segment.name, segment.weight) == ("Gold plus", 3.0)
    assert OutboxRow.objects.filter(topic="customers.segments_changed").exists()


def test_a_segment_goes_only_with_a_place_for_who_is_in_it(client, analyst):
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    customer = CustomerFactory(segment=gold)
    address = url("delete-segment", gold.pk)

    assert client.post(address, {"is_sure": "on"}).status_code == 422
    assert client.post(address, {"move_to": silver.pk}).status_code == 422
    assert client.post(address, {"move_to": silver.pk, "is_sure": "on"}).status_code == 302

    customer.refresh_from_db()
    assert (customer.segment, Segment.objects.count()) == (silver, 1)


def test_the_organisation_list_counts_only_what_the_reader_may_open(client, analyst, django_assert_num_queries):
    organisation = OrganisationFactory(name="Acme")
    customer = CustomerFactory(organisation=organisation)
    FeedbackFactory(customer=customer)
    FeedbackFactory(customer=customer, visibility=Visibility.RESTRICTED)
    with django_assert_num_queries(8):  # session, person, roles, segments to choose, three of the page, the frame
        one = client.get(url("organisation-list"))
    OrganisationFactory(name="Beta")
    OrganisationFactory(name="alpha")

    with django_assert_num_queries(8):
        three = client.get(url("organisation-list"))

    assert [row.feedback_count for row in one.context["page"].rows] == [1]
    assert [str(row.organisation) for row in three.context["page"].rows] == ["Acme", "alpha", "Beta"]
    found = client.get(url("organisation-list"), {"q": "cm"}).context["page"].rows
    assert [str(row.organisation) for row in found] == ["Acme"]


def test_the_next_page_of_organisations_begins_after_the_last(client, analyst, monkeypatch):
    monkeypatch.setattr("apps.workbench.directory.directory.PAGE_ROWS", 2)
    for name in ("Beta", "alpha", "Gamma"):
        OrganisationFactory(name=name)

    first = client.get(url("organisation-list"))
    second = client.get(url("organisation-list") + first.context["older_url"])

    names = [[str(row.organisation) for row in page.context["page"].rows] for page in (first, second)]
    assert names == [["alpha", "Beta"], ["Gamma"]]


def test_an_organisation_is_saved_and_merged(client, analyst):
    source, target = OrganisationFactory(name="Acme Ltd"), OrganisationFactory(name="Acme")
    customer = CustomerFactory(organisation=source)

    assert client.post(url("organisation", source.pk), {"name": "acme"}).status_code == 422
    assert client.post(url("organisation", source.pk), {"name": "Acme Limited"}).status_code == 302
    merge = url("merge-organisation", source.pk)
    assert client.post(merge, {"target": "Acme"}).status_code == 422
    assert client.post(merge, {"target": "Nowhere", "is_sure": "on"}).status_code == 422
    assert client.post(merge, {"target": "acme", "is_sure": "on"}).status_code == 302

    customer.refresh_from_db()
    assert (customer.organisation, Organisation.objects.count()) == (target, 1)


def test_an_organisation_with_customers_is_not_deleted(client, analyst):
    used, empty = OrganisationFactory(), OrganisationFactory()
    CustomerFactory(organisation=used)

    for organisation in (used, empty):
        client.post(url("delete-organisation", organisation.pk))
        client.post(url("delete-organisation", organisation.pk), {"is_sure": "on"})

    assert list(Organisation.objects.all()) == [used]


def test_an_organisation_counts_what_its_link_finds(client, analyst, team):
    acme = OrganisationFactory(name="Acme")
    known = CustomerFactory(organisation=acme)
    product = ProductFactory(team=team)
    said = FeedbackFactory(product=product, customer=known)
    FeedbackFactory(product=product, customer=known, identity=Identity.CLAIMED)
    FeedbackFactory(product=product, customer=known, state=FeedbackState.SPAM)

    (row,) = client.get(url("organisation-list")).context["page"].rows
    page = client.get(url("organisation", acme.pk)).context["feedback"]
    found = client.get(reverse("workbench:feedback-list"), {"organisation": acme.pk}).context["rows"]

    assert (row.feedback_count, page, [one.feedback for one in found]) == (1, [said], [said])


@pytest.mark.parametrize(
    "kind",
    [
        "catalog.Product",
        "customers.Segment",
        "customers.Organisation",
        "customers.Customer",
        "accounts.User",
        "accounts.Team",
        "tagging.Tag",
        "feedback.Form",
    ],
)
def test_the_history_of_a_thing_is_one_click_away_for_those_who_read_it(client, analyst, team, kind):
    product = ProductFactory(team=team)
    tag, segment, organisation = TagFactory(team=team), SegmentFactory(), OrganisationFactory()
    customer, form = CustomerFactory(), make_form(product=product, slug="f", title="How is it?")
    thing, page = {
        "catalog.Product": (product, url("product", product.pk)),
        "customers.Segment": (segment, url("segment", segment.pk)),
        "customers.Organisation": (organisation, url("organisation", organisation.pk)),
        "customers.Customer": (customer, url("customer", customer.pk)),
        "accounts.User": (analyst, reverse("people:person", args=[analyst.pk])),
        "accounts.Team": (team, reverse("people:team", args=[team.slug])),
        "tagging.Tag": (tag, reverse("tagging:tag", args=[tag.slug])),
        "feedback.Form": (form, url("form-list")),
    }[kind]
    link = f"/audit/?kind={kind}&amp;thing={thing.pk}"
    team_administrator = UserFactory(role=Role.ADMINISTRATOR, team=team)

    shown = []
    for person in (team_administrator, AdministratorFactory()):
        client.force_login(person)
        response = client.get(page)
        shown.append((response.status_code, response.content.decode().count(link)))

    assert shown == [(200, 0), (200, 1)]
    assert client.get(link.replace("&amp;", "&")).status_code == 200
