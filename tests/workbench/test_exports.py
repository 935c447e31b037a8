"""The selection as a file: what is in it, who gets it, how it is written."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.insight.models import Reading
from apps.insight.services import read_feedback
from apps.workbench.browse import exports, reading
from tests.factories import (
    AdministratorFactory,
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    ProductVersionFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)
from tests.workbench import corpus

pytestmark = pytest.mark.django_db
CSV, JSON = "/feedback/export.csv", "/feedback/export.json"


@pytest.fixture
def feedback(product, scientist):
    organisation = OrganisationFactory(name="Uni", segment=SegmentFactory(name="Academia", slug="academia"))
    feedback = FeedbackFactory(
        product=product,
        version=ProductVersionFactory(product=product, name="4.2"),
        customer=CustomerFactory(name="Canary Person", email="canary@example.org", organisation=organisation),
        text="Größe:\nit leaks, badly",
        rating=2,
        context={"instrument": "X-200"},
        captured_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        received_at=datetime(2026, 3, 2, 13, tzinfo=UTC),
    )
    read_feedback([feedback.pk])
    Reading.objects.update(sentiment="negative", language="en")
    corpus._state(feedback.pk, TagFactory(name="Leaks"), scientist, "confirmed")
    return feedback


def body(client, address: str) -> str:
    return b"".join(client.get(address).streaming_content).decode()


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def expected(feedback) -> dict[str, object]:
    return {
        "id": feedback.pk,
        "captured_at": "2026-03-02T12:00:00+00:00",
        "received_at": "2026-03-02T13:00:00+00:00",
        "product": "aurora",
        "version": "4.2",
        "channel": "api",
        "text": "Größe:\nit leaks, badly",
        "rating": 2,
        "sentiment": "negative",
        "language": "en",
        "tags": ["leaks"],
        "identity": "verified",
        "segment": "academia",
        "organisation": "Uni",
        "customer": str(feedback.customer.key),
        "context": {"instrument": "X-200"},
        "state": "live",
        "visibility": "everyone",
        "address": f"http://testserver/feedback/{feedback.pk}/",
    }


def test_a_line_of_csv_says_everything_but_who(client, scientist, feedback, settings):
    settings.PUBLIC_URL = "http://testserver"
    client.force_login(scientist)

    response = client.get(CSV)
    head, line = table(b"".join(response.streaming_content).decode())

    assert head == list(exports.COLUMNS)
    wanted = {name: str(value) for name, value in expected(feedback).items()}
    assert dict(zip(head, line, strict=True)) == wanted | {"tags": "leaks", "context": '{"instrument": "X-200"}'}
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="feedback-20')
    assert response["Content-Disposition"].endswith('.csv"')
    assert response["X-Row-Limit"] == "100000"


def test_who_said_it_is_for_those_who_may_manage_customers(client, scientist, analyst, feedback):
    client.force_login(scientist)
    by_scientist = body(client, CSV) + body(client, JSON)
    client.force_login(analyst)
    head, line = table(body(client, CSV))

    assert "anary" not in by_scientist
    assert head == [*exports.COLUMNS, "customer_name", "customer_email"]
    assert line[-2:] == ["Canary Person", "canary@example.org"]


def test_json_says_how_it_ended_and_lines_are_alone(client, scientist, feedback, settings):
    settings.PUBLIC_URL = "http://testserver"
    client.force_login(scientist)

    document = json.loads(body(client, f"{JSON}?rating=2"))
    lines = body(client, f"{JSON}?lines=1").splitlines()

    assert document.pop("exported_at")
    assert document == {
        "query": "rating=2",
        "row_limit": 100_000,
        "feedback": [expected(feedback)],
        "row_count": 1,
        "is_complete": True,
    }
    assert [json.loads(line) for line in lines] == [expected(feedback)]
    assert json.loads(body(client, f"{JSON}?rating=1"))["feedback"] == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_cell_is_a_formula(client, scientist, product, text):
    FeedbackFactory(product=product, text=text, context={"a": text})
    client.force_login(scientist)

    line = table(body(client, CSV))[1]

    assert line[exports.COLUMNS.index("text")] == f"'{text}"


def test_the_mark_for_spreadsheets_is_there_when_asked_for(client, scientist, feedback):
    client.force_login(scientist)

    assert body(client, f"{CSV}?bom=1").startswith("\ufeffid,captured_at")
    assert body(client, CSV).startswith("id,captured_at")


def test_a_file_holds_the_selection_and_what_its_reader_may_open(client, company, monkeypatch, plan):
    monkeypatch.setattr(reading, "BATCH_ROWS", 4)
    for query in ("", "channel=api&order=oldest", "tag=hardware", "q=laser", "state=held&state=live"):
        wanted = reading.BrowseFilter.from_query(exports_query(query)).wanted
        for reader in ("administrator", "scientist", "analyst"):
            client.force_login(company.readers[reader])

            ids = [int(line[0]) for line in table(body(client, f"{CSV}?{query}"))[1:]]

            assert ids == company.found(reader, wanted)


def exports_query(query: str):
    from django.http import QueryDict

    return QueryDict(query)


def test_a_file_ends_at_the_limit_and_says_so(client, scientist, product, monkeypatch):
    monkeypatch.setattr(exports, "ROWS_MAX", 3)
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    made = [FeedbackFactory(product=product).pk for _ in range(5)]
    client.force_login(scientist)

    document = json.loads(body(client, JSON))

    assert [row["id"] for row in document["feedback"]] == made[:1:-1]
    assert (document["row_count"], document["is_complete"]) == (3, False)


def test_who_stops_reading_stops_the_work(client, scientist, product, monkeypatch, caplog):
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    for _ in range(6):
        FeedbackFactory(product=product)
    client.force_login(scientist)
    caplog.set_level("INFO", logger=exports.__name__)

    response = client.get(CSV)
    lines = iter(response.streaming_content)
    next(lines)  # the head
    next(lines)  # the first batch
    response.close()
    del lines

    assert [record.getMessage() for record in caplog.records] == [
        f"User {scientist.pk} exported 2 feedback: everything"
    ]


def test_a_batch_costs_the_same_for_one_row_and_three(client, scientist, product, django_assert_num_queries):
    client.force_login(scientist)
    for amount in (1, 2):  # then there are three
        for _ in range(amount):
            FeedbackFactory(product=product, customer=CustomerFactory(organisation=OrganisationFactory()))
        with django_assert_num_queries(15):  # session, person, roles, a slot (7), places, rows, taggings, beyond, free
            assert len(table(body(client, CSV))) > amount


def test_a_filter_that_is_not_understood_exports_nothing(client, scientist, product):
    FeedbackFactory(product=product)
    client.force_login(scientist)

    response = client.get(f"{CSV}?rating=9")

    assert (response.status_code, response["Location"]) == (302, "/feedback/?rating=9")


@pytest.mark.parametrize("name", ["export-csv", "export-json"])
def test_only_who_may_export_gets_a_file(client, name, product):
    FeedbackFactory(product=product, visibility=Visibility.EVERYONE)
    address = reverse(f"workbench:{name}")

    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    client.force_login(UserFactory(role=Role.SCIENTIST))
    assert client.post(address).status_code == 405
    assert client.get(address).status_code == 200


# --- how many at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_five_exports_at_once_two_run_and_the_others_are_told_what_to_do():
    user = UserFactory(role=Role.ANALYST, team=TeamFactory())
    FeedbackFactory(text="the canary")
    asked, answered = Barrier(5), Barrier(5)

    def export(_n: int) -> tuple[int, str]:
        try:
            client = Client()
            client.force_login(user)
            asked.wait(timeout=20)
            response = client.get(JSON)
            answered.wait(timeout=20)  # nobody has read theirs before all have asked
            text = response.getvalue().decode()
            response.close()
            return response.status_code, text
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = sorted(pool.map(export, range(5)))

    assert [status for status, _text in answers] == [200, 200, 429, 429, 429]
    assert all("the canary" in text for _status, text in answers[:2])
    assert all("Two files are on their way already" in text and "canary" not in text for _status, text in answers[2:])
    client = Client()
    client.force_login(user)
    assert client.get(CSV).status_code == 200  # the two have given theirs back


def test_a_history_counts_as_one_of_the_two_and_another_person_has_their_own(client):
    client.force_login(AdministratorFactory())
    audit = reverse("workbench:export-audit")
    open_ones = [client.get(CSV), client.get(audit)]

    refused = client.get(audit)

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    assert [one.status_code for one in open_ones] == [200, 200]
    client.force_login(AdministratorFactory())
    assert client.get(CSV).status_code == 200
