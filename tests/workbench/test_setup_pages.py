"""Products, segments, organisations, customers: every page works, refuses strangers and wrong roles, and saves."""

from datetime import date

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Product, Visibility
from apps.core.models import Change, OutboxRow
from apps.customers.models import Customer, Organisation, Segment
from apps.feedback.models import Feedback, FeedbackState, Form, Identity
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
    make_form,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics")


@pytest.fixture
def analyst(client, team):
    person = UserFactory(role=Role.ANALYST, team=team)
    client.force_login(person)
    return person


def url(name: str, *args: object) -> str:
    return reverse(f"workbench:{name}", args=args)


def everything(team) -> dict[str, tuple[object, ...]]:
    product = ProductFactory(team=team)
    version = ProductVersionFactory(product=product)
    customer = CustomerFactory(organisation=OrganisationFactory(segment=SegmentFactory()))
    return {
        "edit-product": (product.pk,),
        "edit-version": (product.pk, version.pk),
        "segment-list": (),
        "create-segment": (),
        "segment": (customer.organisation.segment.pk,),
        "organisation-list": (),
        "create-organisation": (),
        "organisation": (customer.organisation.pk,),
        "customer-list": (),
        "customer": (customer.pk,),
        "edit-customer": (customer.pk,),
    }


POSTS = ("archive-product", "delete-product", "delete-segment", "merge-organisation", "delete-organisation")


def test_every_page_opens_for_an_analyst_and_for_nobody_else(client, team):
    pages = everything(team)
    scientist, analyst = (UserFactory(role=role, team=team) for role in (Role.SCIENTIST, Role.ANALYST))

    def answers() -> list[int]:
        return [client.get(url(name, *args)).status_code for name, args in pages.items()]

    assert set(answers()) == {302}
    client.force_login(scientist)
    assert dict(zip(pages, answers(), strict=True)) == {**dict.fromkeys(pages, 403), "customer": 404}
    client.force_login(analyst)
    assert set(answers()) == {200}
    assert [client.get(url(name, 1)).status_code for name in POSTS] == [405] * len(POSTS)


def test_a_foreign_and_a_missing_thing(client, analyst):
    other = ProductFactory(team=TeamFactory())

    assert client.get(url("edit-product", other.pk)).status_code == 403
    assert client.post(url("archive-product", other.pk), {"action": "archive"}).status_code == 403
    assert client.post(url("delete-product", other.pk), {"is_sure": "1"}).status_code == 403
    for name in ("edit-product", "segment", "organisation", "customer", "edit-customer"):
        assert client.get(url(name, 987654)).status_code == 404


# --- products -----------------------------------------------------------------------------------------------------


def test_a_product_is_renamed_and_refused_a_name_that_is_taken(client, analyst, team):
    product, taken = ProductFactory(team=team, name="Aurora", slug="aurora"), ProductFactory(name="Borealis")
    asked = {"name": "Aurora X", "team": team.pk, "description": "A laser", "default_visibility": "everyone"}

    saved = client.post(url("edit-product", product.pk), asked)
    refused = client.post(url("edit-product", product.pk), {**asked, "name": taken.name})

    assert (saved.status_code, refused.status_code) == (302, 422)
    product.refresh_from_db()
    assert (product.name, product.slug, product.description) == ("Aurora X", "aurora", "A laser")
    assert "There is a product of this name already." in refused.content.decode()


def test_archiving_closes_forms_and_keeps_feedback(client, analyst, team):
    product = ProductFactory(team=team)
    make_form(product=product, slug="f", title="How is it?")
    feedback = FeedbackFactory(product=product)

    for _ in range(2):
        assert client.post(url("archive-product", product.pk), {"action": "archive"}).status_code == 302

    product.refresh_from_db()
    assert product.archived_at is not None
    assert not Form.objects.get().is_open
    assert client.get(reverse("workbench:feedback-detail", args=[feedback.pk])).status_code == 200
    assert product.name not in client.get(reverse("workbench:create-form")).content.decode()
    refused = client.post(url("open-or-close-form", Form.objects.get().pk), {"action": "open"}, follow=True)
    assert (Form.objects.get().is_open, "The product is archived." in refused.content.decode()) == (False, True)
    client.post(url("archive-product", product.pk), {"action": "restore"})
    product.refresh_from_db()
    assert product.archived_at is None
    assert client.post(url("archive-product", product.pk), {"action": "burn"}).status_code == 400


def test_only_a_product_nothing_was_said_of_is_deleted(client, analyst, team):
    spoken_of, unused = ProductFactory(team=team), ProductFactory(team=team)
    FeedbackFactory(product=spoken_of)
    ruled = ProductFactory(team=team)
    TagFactory(team=team).rules.create(product=ruled, phrases=["drift"])

    client.post(url("delete-product", unused.pk))  # not sure
    assert Product.objects.filter(pk=unused.pk).exists()
    for product in (spoken_of, ruled, unused):
        client.post(url("delete-product", product.pk), {"is_sure": "1"})

    assert set(Product.objects.values_list("pk", flat=True)) == {spoken_of.pk, ruled.pk}


def test_a_version_is_corrected(client, analyst, team):
    product = ProductFactory(team=team)
    version, other = ProductVersionFactory(product=product), ProductVersionFactory(product=product, name="2.0")
    address = url("edit-version", product.pk, version.pk)

    assert client.post(address, {"version": "1.1", "released_on": "2026-03-01"}).status_code == 302
    assert client.post(address, {"version": other.name}).status_code == 422

    version.refresh_from_db()
    assert (version.name, str(version.released_on)) == ("1.1", "2026-03-01")
    assert client.get(url("edit-version", ProductFactory(team=team).pk, version.pk)).status_code == 404


# --- segments -----------------------------------------------------------------------------------------------------


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


# --- organisations ------------------------------------------------------------------------------------------------


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


# --- customers ----------------------------------------------------------------------------------------------------


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


# --- visibility ---------------------------------------------------------------------------------------------------


def test_a_manager_opens_and_closes_one_feedback_of_their_team(client, team):
    feedback = FeedbackFactory(product=ProductFactory(team=team))
    foreign = FeedbackFactory(product=ProductFactory(team=TeamFactory()))
    address = url("set-visibility", feedback.pk)
    client.force_login(UserFactory(role=Role.ANALYST, team=team))
    assert client.post(address, {"visibility": "team"}).status_code == 403
    client.force_login(UserFactory(role=Role.MANAGER, team=team))

    assert client.get(address).status_code == 405
    assert client.post(address, {"visibility": "secret"}).status_code == 400
    assert client.post(url("set-visibility", foreign.pk), {"visibility": "team"}).status_code == 403
    for _ in range(2):
        assert client.post(address, {"visibility": "team"}).status_code == 302
    fragment = client.post(address, {"visibility": "everyone"}, headers={"HX-Request": "true"})
    assert 'id="visibility"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    closed = client.post(address, {"visibility": "restricted"}, headers={"HX-Request": "true"})

    assert (closed.status_code, closed.headers["HX-Redirect"]) == (204, reverse("workbench:feedback-list"))
    assert client.post(address, {"visibility": "everyone"}).status_code == 404
    told = Change.objects.filter(kind="feedback.Feedback").order_by("id").values_list("after", flat=True)
    assert [after["visibility"] for after in told] == ["team", "everyone", "restricted"]


def test_another_default_changes_what_came_in_before_only_when_asked(client, team):
    client.force_login(UserFactory(role=Role.MANAGER, team=team))
    person = UserFactory(role=Role.ADMINISTRATOR, team=team)
    client.force_login(person)
    product = ProductFactory(team=team)
    ordinary, closed = FeedbackFactory(product=product), FeedbackFactory(product=product, visibility="restricted")
    asked = {"name": product.name, "team": team.pk, "description": "", "default_visibility": "team"}

    client.post(url("edit-product", product.pk), asked)
    assert Feedback.objects.get(pk=ordinary.pk).visibility == "everyone"
    client.post(url("edit-product", product.pk), {**asked, "default_visibility": "everyone"})
    client.post(url("edit-product", product.pk), {**asked, "changes_existing": "on"})

    assert Feedback.objects.get(pk=ordinary.pk).visibility == "team"
    assert Feedback.objects.get(pk=closed.pk).visibility == "restricted"


def test_an_analyst_is_not_asked_about_what_came_in_before(client, analyst, team):
    product = ProductFactory(team=team)
    feedback = FeedbackFactory(product=product)
    asked = {"name": product.name, "team": team.pk, "default_visibility": "team", "changes_existing": "on"}

    assert client.post(url("edit-product", product.pk), asked).status_code == 302

    assert Feedback.objects.get(pk=feedback.pk).visibility == "everyone"


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
