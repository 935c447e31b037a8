"""The history's page and its CSV: words, filters, pages, and nobody but the administrator of everything."""

import csv
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import reverse

from apps.accounts.models import Role
from apps.core.acting import acting
from apps.core.spreadsheet import csv_line
from apps.customers.models import Customer
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    MembershipFactory,
    OrganisationFactory,
    ProductFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
AUDIT, EXPORT = "/audit/", "/audit/export.csv"


@pytest.fixture
def administrator(client):
    person = AdministratorFactory(name="Ada")
    client.force_login(person)
    return person


def told(response) -> list[tuple[str, str, str, list[tuple[str, str, str]]]]:
    return [
        (
            entry.change.action,
            entry.kind_label,
            entry.thing,
            [(str(field.label), field.before, field.after) for field in entry.fields],
        )
        for entry in response.context["entries"]
    ]


def test_the_address():
    assert (reverse("workbench:audit"), reverse("workbench:export-audit")) == (AUDIT, EXPORT)


def test_only_the_administrator_of_everything_reads_it(client):
    team = TeamFactory()
    ProductFactory(name="Secretive")
    assert client.get(AUDIT).status_code == 302
    for role in Role:
        client.force_login(UserFactory(role=role, team=team))
        for address in (AUDIT, EXPORT):
            answer = client.get(address)
            assert (answer.status_code, b"Secretive" in answer.content) == (403, False)
    client.force_login(AdministratorFactory())
    assert client.get(AUDIT).status_code == 200
    assert client.post(AUDIT).status_code == 405
    assert client.post(EXPORT).status_code == 405


def test_changes_read_in_words_with_before_and_after(client, administrator):
    gold, silver = SegmentFactory(name="Gold"), SegmentFactory(name="Silver")
    organisation = OrganisationFactory(name="Acme", segment=gold)
    person = UserFactory(name="Grace", email="grace@example.com")
    membership = MembershipFactory(user=person, team=TeamFactory(name="Optics"), role=Role.SCIENTIST)
    with acting(person_id=administrator.pk, via="/organisations/1/"):
        organisation.segment = silver
        organisation.save()
        membership.role = Role.MANAGER
        membership.save()
        product = ProductFactory(name="Aurora")
        product.default_visibility = "restricted"
        product.save()
        product.delete()

    page = client.get(AUDIT, {"since": "2000-01-01", "person": administrator.pk})

    assert told(page) == [
        (
            "delete",
            "Product",
            "Aurora",
            [
                ("Name", "Aurora", ""),
                ("Address part", product.slug, ""),
                ("Who reads its feedback", "Restricted", ""),
            ],
        ),
        ("update", "Product", "Aurora", [("Who reads its feedback", "All staff", "Restricted")]),
        (
            "insert",
            "Product",
            "Aurora",
            [("Name", "", "Aurora"), ("Address part", "", product.slug), ("Who reads its feedback", "", "All staff")],
        ),
        ("update", "Membership", "Grace in Optics", [("Role", "Scientist", "Manager")]),
        ("update", "Organisation", "Acme", [("Segment", "Gold", "Silver")]),
    ]
    content = page.content.decode()
    assert ("/organisations/1/" in content, "Ada" in content) == (True, True)


def test_a_customer_is_told_by_number_alone(client, administrator):
    customer = CustomerFactory(name="Grace Hopper", email="grace@example.org")
    Customer.objects.update(segment=SegmentFactory(name="Gold"))

    content = client.get(AUDIT).content.decode()

    assert ("Grace" in content, f"no. {customer.pk}" in content) == (False, True)


def test_the_history_of_one_thing(client, administrator):
    aurora, other = ProductFactory(name="Aurora"), ProductFactory(name="Borealis")
    feedback = FeedbackFactory(product=aurora)
    feedback.state = "spam"
    feedback.save()

    page = client.get(AUDIT, {"kind": "catalog.Product", "thing": aurora.pk})

    assert [entry.change.object_id for entry in page.context["entries"]] == [aurora.pk]
    assert other.name not in page.content.decode()
    spam = client.get(AUDIT, {"kind": "feedback.Feedback", "thing": feedback.pk})
    assert told(spam) == [("update", "Feedback", f"no. {feedback.pk}", [("State", "Live", "Spam")])]


def test_filters_by_action_and_day_of_the_readers_time_zone(client, administrator, settings):
    team = TeamFactory(name="Optics")
    team.delete()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_change DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE core_change SET at = %s WHERE action = 'delete'", [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)]
        )
        cursor.execute("ALTER TABLE core_change ENABLE TRIGGER USER")
    administrator.time_zone = "Europe/Berlin"  # where that is the second of March already
    administrator.save()

    def actions(**query) -> list[str]:
        return [entry.change.action for entry in client.get(AUDIT, query).context["entries"]]

    assert actions(action="delete") == ["delete"]
    assert actions(since="2026-03-02", until="2026-03-02") == ["delete"]
    assert actions(until="2026-03-01") == []
    assert (
        "2 March" in client.get(AUDIT, {"action": "delete"}).content.decode()
        or "March 2" in client.get(AUDIT, {"action": "delete"}).content.decode()
    )


@pytest.mark.parametrize(
    "query", [{"person": "x"}, {"kind": "nothing.Such"}, {"since": "31-31"}, {"thing": "-1"}, {"cursor": "9-9-9"}]
)
def test_what_is_not_understood_is_left_out(client, administrator, query):
    TeamFactory()

    assert client.get(AUDIT, query).status_code == 200


def test_pages_go_on_by_key(client, administrator, monkeypatch):
    monkeypatch.setattr("apps.workbench.history.audit_entries.PAGE_ROWS", 2)
    for _ in range(3):
        TeamFactory()

    first = client.get(AUDIT, {"kind": "accounts.Team"})
    second = client.get(AUDIT + first.context["older_url"])

    assert (len(first.context["entries"]), len(second.context["entries"])) == (2, 1)
    assert second.context["older_url"] == ""


def test_its_queries_do_not_depend_on_the_rows(client, administrator, django_assert_num_queries):
    segment = SegmentFactory()
    with acting(person_id=administrator.pk, via="x"):
        OrganisationFactory(segment=segment)
    # Session, person, the page, who, three kinds of thing, people to choose from, two of the frame.
    with django_assert_num_queries(10):
        client.get(AUDIT)
    with acting(person_id=administrator.pk, via="x"):
        OrganisationFactory(segment=segment)
        OrganisationFactory(segment=SegmentFactory())

    with django_assert_num_queries(10):
        client.get(AUDIT)


def test_a_fragment_is_the_rows_alone(client, administrator):
    TeamFactory()

    answer = client.get(AUDIT, headers={"HX-Request": "true"})

    assert ('id="audit-rows"' in answer.content.decode(), "<html" in answer.content.decode()) == (True, False)


def test_the_csv_is_streamed_and_holds_no_formula(client, administrator, monkeypatch):
    monkeypatch.setattr("apps.workbench.history.audit.EXPORT_ROWS", 2)
    with acting(person_id=administrator.pk, via="/x/"):
        for name in ("=HYPERLINK(1)", "Optics", "Lasers"):
            TeamFactory(name=name)

    answer = client.get(EXPORT, {"kind": "accounts.Team"})

    assert answer.streaming
    lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    assert lines[0][7:] == ["Field", "Before", "After"]
    assert [line[9] for line in lines[1:] if line[7] == "Name"] == ["Lasers", "Optics", "'=HYPERLINK(1)"]
    assert {line[1] for line in lines[1:]} == {"Ada"}


def test_csv_cells_are_text():
    cells = ["=1+1", " +1", "-1", "@x", "\tx", "a,b", 'say "so"', None, -3, "fine"]

    assert next(csv.reader([csv_line(cells)])) == [
        "'=1+1",
        "' +1",
        "'-1",
        "'@x",
        "'\tx",
        "a,b",
        'say "so"',
        "",
        "-3",
        "fine",
    ]
