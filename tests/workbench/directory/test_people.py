"""A customer's page: profile, one timeline of what the reader may know, merging with a look before and an undo."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.customers.contacts import record_contact
from apps.customers.merging import merge_customers
from apps.customers.models import ContactEvent, ContactKind, Customer, Merge, ProductUse
from apps.customers.services import set_segment
from apps.panels.models import Panel, Participant, ResearchSession, Seat, SeatState
from apps.workbench.directory import encounters
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductFactory,
    ProductVersionFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)
from tests.workbench.directory.addresses import url

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def session_of(team, **fields) -> ResearchSession:
    fields = {"kind": "interview", "title": "Interview", "time_zone": "UTC", "starts_at": NOW, **fields}
    return ResearchSession.objects.create(team=team, ends_at=fields["starts_at"] + timedelta(hours=1), **fields)


def contacted(customer, *, at, about, kind=ContactKind.SESSION, reason="") -> None:
    record_contact(customer_ids=[customer.pk], kind=kind, about=about, made_by=None, override_reason=reason)
    ContactEvent.objects.filter(about=about).update(at=at)


def shown(customer, reader, **more) -> list[str]:
    """Return the timeline in short words."""
    page = encounters.timeline([customer.pk], reader, **more)
    return [
        one.said.text if one.said
        else one.participant.session.title if one.participant
        else one.seat.panel.name if one.seat
        else f"asked: {one.label} {one.session or ''}".strip()
        for one in page.encounters
    ]  # fmt: skip


# --- the timeline -------------------------------------------------------------------------------------------------


@pytest.fixture
def world(team):
    """A customer with one of everything, and one of everything that only another team may open."""
    customer, other = CustomerFactory(name="Ada"), TeamFactory()
    for day, text, visibility in ((1, "Open words", "everyone"), (2, "zebra words", "restricted")):
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        FeedbackFactory(customer=customer, text=text, visibility=visibility, captured_at=at)
    open_one = session_of(team, starts_at=NOW)
    secret = session_of(other, title="zebra session", visibility=Visibility.TEAM, starts_at=NOW + timedelta(days=1))
    for number, session in enumerate((open_one, secret)):
        Participant.objects.create(session=session, customer=customer)
        contacted(customer, at=NOW - timedelta(days=number + 1), about=f"session:{session.pk}", reason=f"why {number}")
    panel = Panel.objects.create(name="Board", slug="board", team=team)
    Seat.objects.create(panel=panel, customer=customer, state=SeatState.ACCEPTED, answered_at=NOW - timedelta(days=3))
    return customer


def test_the_timeline_holds_everything_that_the_reader_may_know_newest_first(client, analyst, world):
    assert shown(world, analyst) == [
        "Interview",
        "asked: Invitation to a session Interview",
        "asked: Something else",  # of a session that is not theirs to know of
        "Board",
        "Open words",
    ]
    page = client.get(url("customer", world.pk)).content.decode()
    assert ("zebra" in page, "why 0" in page, "Open words" in page) == (False, True, True)


def test_scientists_are_not_told_whom_we_asked(client, team, world):
    client.force_login(reader := UserFactory(role=Role.SCIENTIST, team=team))

    assert shown(world, reader) == ["Interview", "Board", "Open words"]
    page = client.get(url("customer", world.pk)).content.decode()
    assert ("why 0" in page, world.email in page) == (False, False)


def test_managers_who_run_research_open_it_with_the_address(client, team):
    client.force_login(UserFactory(role=Role.MANAGER, team=team))
    silent = CustomerFactory()

    page = client.get(url("customer", silent.pk))

    assert silent.email in page.content.decode()
    assert client.post(url("change-customer-uses", silent.pk), {"used": "1"}).status_code == 403
    assert client.get(url("merge-customer", silent.pk)).status_code == 403


def test_pages_of_the_timeline_miss_nothing_and_repeat_nothing(analyst, monkeypatch):
    monkeypatch.setattr(encounters, "PAGE_ROWS", 3)
    customer = CustomerFactory()
    said = [FeedbackFactory(customer=customer, text=str(number), captured_at=NOW) for number in range(4)]
    for number in range(4):
        contacted(customer, at=NOW, about=f"mail:{number}", kind=ContactKind.MAIL)
    found, cursor = [], ""
    while True:
        page = encounters.timeline([customer.pk], analyst, cursor=cursor)
        found += [(one.said or one.contact) for one in page.encounters]
        if not (cursor := page.next_cursor):
            break

    assert len(found) == len(set(found)) == 8
    assert {one for one in found if one in said} == set(said)
    assert shown(customer, analyst, cursor="nonsense") == shown(customer, analyst)
    assert len(encounters.timeline([customer.pk], analyst, cursor="9" * 30 + "-1").encounters) == 3


def test_the_page_costs_the_same_for_one_and_for_three(client, analyst, team, django_assert_num_queries):
    customer = CustomerFactory()
    client.get(url("customer", customer.pk))  # what is read once for a process
    for number in (1, 2):
        for _ in range(number):
            FeedbackFactory(customer=customer)
            session = session_of(team)
            Participant.objects.create(session=session, customer=customer)
            contacted(customer, at=NOW, about=f"session:{session.pk}")
        with django_assert_num_queries(25):
            client.get(url("customer", customer.pk))


def test_the_history_of_segments(client, analyst):
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    customer = CustomerFactory(segment=gold)
    set_segment(customer_ids=[customer.pk], segment=silver)
    set_segment(customer_ids=[customer.pk], segment=None)

    history = client.get(url("customer", customer.pk)).context["segment_history"]

    assert [(one.before, one.after) for one in history] == [("Silver", ""), ("Gold", "Silver")]


# --- profile ------------------------------------------------------------------------------------------------------


def test_a_profile_is_edited_with_the_customer(client, analyst):
    customer = CustomerFactory(name="Ada", email="ada@example.org")
    asked = {
        "name": "Ada", "email": "ada@example.org", "role_title": "Professor", "languages": "de, EN",
        "time_zone": "Europe/Vienna", "instruments": "LSM 900\r\n\r\nSpinning disk", "sites": "Vienna",
    }  # fmt: skip

    assert client.post(url("edit-customer", customer.pk), asked).status_code == 302

    customer.refresh_from_db()
    assert (customer.role_title, customer.languages, customer.sites) == ("Professor", ["de", "en"], ["Vienna"])
    assert customer.instruments == ["LSM 900", "Spinning disk"]
    form = client.get(url("edit-customer", customer.pk)).content.decode()
    assert "LSM 900\nSpinning disk</textarea>" in form
    refused = client.post(url("edit-customer", customer.pk), {**asked, "languages": "klingon!", "name": "Eve"})
    customer.refresh_from_db()
    assert (refused.status_code, customer.name) == (422, "Ada")


def test_products_they_use_are_added_and_removed(client, analyst):
    customer, product = CustomerFactory(), ProductFactory(name="Scope")
    version, foreign = ProductVersionFactory(product=product, name="2.1"), ProductVersionFactory()

    for used in (f"{product.pk}", f"{product.pk}-{version.pk}", f"{product.pk}-{foreign.pk}", "x", ""):
        assert client.post(url("change-customer-uses", customer.pk), {"used": used}).status_code == 302

    assert set(ProductUse.objects.values_list("product", "version")) == {
        (product.pk, None),
        (product.pk, version.pk),
    }
    assert "Scope 2.1" in client.get(url("customer", customer.pk)).content.decode()
    for use in ProductUse.objects.all():
        client.post(url("change-customer-uses", customer.pk), {"remove": use.pk})
    assert ProductUse.objects.count() == 0


# --- merging ------------------------------------------------------------------------------------------------------


def test_merging_shows_what_will_happen_does_it_and_undoes_it(client, analyst):
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    kept = CustomerFactory(name="Ada Lovelace", segment=gold)
    merged = CustomerFactory(name="Ada Lovelace", segment=silver, role_title="Countess")
    stranger = CustomerFactory(name="Grace")
    FeedbackFactory(customer=merged, text="From the other record")
    address = url("merge-customer", kept.pk)

    assert client.get(address).context["others"] == [merged]
    assert client.get(address, {"q": "grac"}).context["others"] == [stranger]
    comparison = client.get(address, {"other": merged.pk}).context["comparison"]
    assert (comparison.kept, comparison.filled, comparison.moves_segment) == (kept, ["Role"], True)
    assert [side.said_count for side in comparison.sides] == [0, 1]
    assert client.get(address, {"other": merged.pk, "keep": "other"}).context["comparison"].kept == merged
    assert Merge.objects.count() == 0

    assert client.post(address, {"other": merged.pk}).headers["Location"] == url("customer", kept.pk)

    page = client.get(url("customer", kept.pk))
    assert "From the other record" in page.content.decode()
    assert client.get(url("customer", merged.pk)).headers["Location"] == url("customer", kept.pk)
    assert [row.customer for row in client.get(url("customer-list")).context["rows"]] == [stranger, kept]
    (made,) = page.context["merges"]
    assert client.get(url("feedback-list"), {"customer": kept.pk}).content.decode().count("From the other record")

    for _ in range(2):
        client.post(url("undo-merge", kept.pk, made.pk))
    assert Customer.objects.filter(merged_into=None).count() == 3
    assert "From the other record" not in client.get(url("customer", kept.pk)).content.decode()


def test_what_cannot_be_merged_is_refused(client, analyst):
    shown_one, other, third = (CustomerFactory() for _ in range(3))
    merge_customers(kept_id=third.pk, merged_id=other.pk, merged_by=None)
    address = url("merge-customer", shown_one.pk)

    for number in (shown_one.pk, other.pk, 999_999):
        assert client.post(address, {"other": number}).status_code == 404
    assert client.post(address, {"other": "x"}).headers["Location"] == address
    assert client.get(url("merge-customer", other.pk)).status_code == 404
    made = Merge.objects.get()
    assert client.post(url("undo-merge", shown_one.pk, made.pk)).status_code == 404
    assert client.get(url("undo-merge", third.pk, made.pk)).status_code == 405


def test_a_merged_record_counts_for_the_organisation_of_the_kept_one(client, analyst):
    acme, other = OrganisationFactory(name="Acme"), OrganisationFactory(name="Other")
    kept, merged = CustomerFactory(organisation=acme), CustomerFactory(organisation=other)
    FeedbackFactory(customer=merged, text="Said")
    merge_customers(kept_id=kept.pk, merged_id=merged.pk, merged_by=None)

    rows = client.get(url("organisation-list")).context["page"].rows

    assert [(row.organisation, row.customer_count, row.feedback_count) for row in rows] == [(acme, 1, 1), (other, 0, 0)]
    pages = [client.get(url("feedback-list"), {"organisation": one.pk}).content.decode() for one in (acme, other)]
    assert ["Said" in page for page in pages] == [True, False]


# --- importing ----------------------------------------------------------------------------------------------------


def test_a_file_is_looked_at_before_it_is_kept(client, analyst):
    address = url("import-customers")
    content = b"name,email\nAda,ada@example.org\n<b>x</b>,nonsense\n"

    looked = client.post(address, {"file": SimpleUploadedFile("people.csv", content)})

    assert (Customer.objects.count(), b"&lt;b&gt;x" in looked.content) == (0, True)
    rows = looked.context["packed"]
    for _ in range(2):
        assert client.post(address, {"rows": rows}).headers["Location"] == url("customer-list")
    assert list(Customer.objects.values_list("name", "email")) == [("Ada", "ada@example.org")]
    assert client.post(address, {"rows": rows + "x"}).headers["Location"] == address
    client.force_login(UserFactory(role=Role.ANALYST, team=TeamFactory()))
    assert client.post(address, {"rows": rows}).headers["Location"] == address  # somebody else's
    assert Customer.objects.count() == 1


def test_files_that_cannot_be_read_are_refused_with_a_reason(client, analyst, team):
    address = url("import-customers")

    for content in (b"", b"colour\nred\n", b"PK\x03\x04\0"):
        assert client.post(address, {"file": SimpleUploadedFile("x.csv", content)}).status_code == 422
    assert client.post(address, {}).status_code == 422
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    assert client.get(address).status_code == 403
