"""The import page: from an uploaded file to feedback, its bad rows, its undoing; whose it is."""

import csv
import io
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from apps.accounts.models import Role, User
from apps.catalog.models import Product
from apps.core import lanes
from apps.core.models import Change
from apps.customers.models import Customer
from apps.feedback.import_models import ImportMapping, ImportProblem, Upload
from apps.feedback.imports import worker
from apps.feedback.models import Feedback, FeedbackState, Import
from apps.feedback.services import uploads
from apps.tagging import labels
from apps.tagging.models import Source, Tagging
from apps.tagging.services import reject_tag
from apps.workbench.room.erasure import erase_person
from tests.factories import FeedbackFactory, ProductFactory, SegmentFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

HEADER = "id,said,when,stars,who,labels,kind,state\n"
ROWS = (
    "1,It drifts after an hour,03/28/2026 2:05 PM,4/5,ada@example.org,Noise; Speed,Gold,open\n"
    "2,The lamp is dead,03/29/2026,1/5,bob@example.org,Nonsense,,declined\n"
    "3,,03/30/2026,5/5,,,,open\n"
)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    """Uploads go into a folder of the test's own, and no file stays open in this process."""
    settings.DATA_DIR = tmp_path
    yield
    worker.close()


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def product(team):
    return ProductFactory(name="Laser", slug="laser", team=team)


@pytest.fixture
def analyst(team):
    return UserFactory(role=Role.ANALYST, team=team)


@pytest.fixture
def page(analyst):
    return signed_in(analyst)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(page, content, *, name="feedback.csv", start="", like=None):
    """Upload a file; return the answer."""
    data = content if isinstance(content, bytes) else content.encode()
    url = reverse("workbench:new-import") + (f"?like={like}" if like else "")
    return page.post(url, {"file": SimpleUploadedFile(name, data), "start": start})


def draft(page, content=HEADER + ROWS, **more) -> Import:
    answer = upload(page, content, **more)
    assert answer.status_code == 302, answer.content
    return Import.objects.latest("id")


def columns(page, row, becomes, **options):
    """Say what the columns become, by name; return the answer."""
    url = reverse("workbench:import-columns", args=[row.pk])
    form = page.get(url).context["form"]
    sent = {field.html_name: becomes.get(column, "") for column, field in form.columns()}
    sent |= {"scale": "five", "separators": ",;|", "product": "laser"} | options
    return page.post(url, sent)


BECOMES = {
    "id": "external_id",
    "said": "text",
    "when": "captured_at",
    "stars": "rating",
    "who": "customer_email",
    "labels": "tags",
    "kind": "segment",
    "state": "status",
}


def run_all() -> int:
    """Do what workers do until nothing is left; return how many batches that took."""
    lane = lanes.get("feedback.imports")
    batches = 0
    while lane.has_work():
        assert lane.work()
        batches += 1
    return batches


def start(page, row):
    answer = page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "start"})
    assert answer.status_code == 302, answer.content
    return answer


def simple(page, rows: int = 3, **more) -> Import:
    """Return a draft of so many good rows, ready to start."""
    content = "text,id\n" + "".join(f"Row {number},{number}\n" for number in range(1, rows + 1))
    row = draft(page, content, **more)
    assert columns(page, row, {"text": "text", "id": "external_id"}).status_code == 302
    return row


# --- the whole way ------------------------------------------------------------------------------------------------


def test_a_file_goes_the_whole_way(page, analyst, product):
    noise, speed = TagFactory(name="Noise"), TagFactory(name="Speed")
    gold = SegmentFactory(name="Gold", slug="gold")
    row = draft(page)

    assert columns(page, row, BECOMES, scale="stars", zone="America/New_York").status_code == 302
    url = reverse("workbench:import-values", args=[row.pk])
    form = page.get(url).context["form"]
    chosen = {field.label: field.value() for _name, _label, rows in form.groups() for field, _count in rows}
    assert chosen == {
        "Noise": noise.slug,
        "Speed": speed.slug,
        "Nonsense": "",
        "Gold": "gold",
        "open": "",
        "declined": "",
    }
    sent = {field.html_name: field.value() for _name, _label, rows in form.groups() for field, _count in rows}
    declined = next(f.html_name for _n, _l, rows in form.groups() for f, _c in rows if f.label == "declined")
    assert page.post(url, sent | {declined: "held"}).status_code == 302

    shown = page.get(reverse("workbench:import", args=[row.pk])).context["preview"]
    assert [(one.line, one.problem, one.product) for one in shown.rows] == [
        (2, "", "Laser"),
        (3, "", "Laser"),
        (4, "Write what happened.", ""),
    ]
    assert shown.rows[0].beside.labels == (noise.slug, speed.slug)
    assert (shown.good, shown.tried, shown.problems) == (2, 3, [("said", "Write what happened.", 1, 4)])
    assert Feedback.objects.count() == 0

    start(page, row)
    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count, row.rejected_count) == ("done", 2, 0, 1)
    first, second = Feedback.objects.order_by("import_line")
    assert (first.text, first.rating, first.product, first.external_id) == ("It drifts after an hour", 4, product, "1")
    assert first.captured_at.isoformat() == "2026-03-28T18:05:00+00:00"  # five past two in New York
    assert (first.context, second.context) == ({"status": "open"}, {"status": "declined"})
    assert (first.state, second.state) == (FeedbackState.LIVE, FeedbackState.HELD)
    assert list(Customer.objects.order_by("email").values_list("email", "segment")) == [
        ("ada@example.org", gold.pk),
        ("bob@example.org", None),
    ]
    labels.tag_labelled([first.pk, second.pk])
    labels.tag_labelled([first.pk, second.pk])
    assert list(Tagging.objects.order_by("tag__name").values_list("feedback", "tag__name", "source", "state")) == [
        (first.pk, "Noise", Source.IMPORT, "confirmed"),
        (first.pk, "Speed", Source.IMPORT, "confirmed"),
    ]
    assert (row.started_by, list(row.bad_rows.values_list("line", "column"))) == (analyst, [(4, "said")])


def test_a_tag_that_a_person_took_off_does_not_come_back(page, analyst, product):
    noise = TagFactory(name="Noise")
    row = draft(page, "text,labels\nIt hums,noise\n")
    columns(page, row, {"text": "text", "labels": "tags"})
    start(page, row)
    run_all()
    [feedback] = Feedback.objects.all()
    labels.tag_labelled([feedback.pk])
    reject_tag(feedback_id=feedback.pk, tag=noise, user=analyst)

    labels.tag_labelled([feedback.pk])

    assert not Tagging.objects.filter(state="confirmed").exists()


def test_a_segment_of_a_file_stands_behind_what_staff_chose(page, product):
    silver = SegmentFactory(name="Silver", slug="silver")
    SegmentFactory(name="Gold", slug="gold")
    Customer.objects.create(email="ada@example.org", email_key="ada@example.org", segment=silver)
    row = draft(page, "text,email,kind\nIt hums,ada@example.org,Gold\n")
    columns(page, row, {"text": "text", "email": "customer_email", "kind": "segment"})
    start(page, row)

    run_all()

    assert Customer.objects.get().segment == silver


# --- what is in it ------------------------------------------------------------------------------------------------


def test_days_that_could_be_months_are_asked_for(page, product):
    row = draft(page, "text,when\nIt hums,03/04/2026\n")

    answer = columns(page, row, {"text": "text", "when": "captured_at"})

    assert answer.status_code == 422
    assert "Is 03/04/2026 the day first or the month first?" in answer.content.decode()
    assert columns(page, row, {"text": "text", "when": "captured_at"}, date_format="dmy").status_code == 302
    assert Upload.objects.get().plan["date_format"] == "dmy"


@pytest.mark.parametrize(
    ("becomes", "options", "told"),
    [
        ({"said": ""}, {}, "Choose the column that holds what they said."),
        ({"said": "text"}, {"product": ""}, "Choose a product, or a column that names it."),
        ({"said": "text", "stars": "rating", "kind": "rating"}, {}, "Two columns become “Rating or sentiment”"),
        ({"said": "text"}, {"zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
        ({"said": "text"}, {"date_format": "pattern", "date_pattern": "nonsense"}, "or as a pattern like"),
        ({"said": "text"}, {"product": "other"}, "Select a valid choice"),
    ],
)
def test_columns_that_do_not_fit_are_told_at_the_form(page, product, becomes, options, told):
    ProductFactory(name="Other", slug="other", team=TeamFactory())
    row = draft(page)

    answer = columns(page, row, becomes, **options)

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_several_columns_of_words_are_joined_under_their_names(page, product):
    row = draft(page, "liked,missed\nthe lamp,a door\nonly this,\n")
    columns(page, row, {"liked": "text", "missed": "text"}, headings="on")
    start(page, row)

    run_all()

    assert set(Feedback.objects.values_list("text", flat=True)) == {
        "liked: the lamp\n\nmissed: a door",
        "liked: only this",
    }


def test_a_spreadsheet_is_read_and_its_formulas_are_not(page, product):
    book, out = Workbook(), io.BytesIO()
    book.active.append(["text", "when", "rating"])
    book.active.append(["It hums", timezone.datetime(2026, 3, 28, 14, 5), 4])
    book.active.append(['=HYPERLINK("http://x.example")', None, None])
    book.active.append(["Silent", timezone.datetime(2026, 3, 29), 5.0])
    book.save(out)
    row = draft(page, out.getvalue(), name="Notes.XLSX")
    columns(page, row, {"text": "text", "when": "captured_at", "rating": "rating"}, zone="UTC")
    start(page, row)

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.rejected_count) == ("done", 2, 0)  # never saved: the formula has no value
    assert list(Feedback.objects.order_by("import_line").values_list("text", "rating", "captured_at__hour")) == [
        ("It hums", 4, 14),
        ("Silent", 5, 0),
    ]


def test_rows_of_another_teams_product_are_not_taken(page, product):
    ProductFactory(name="Secret", slug="secret", team=TeamFactory())
    row = draft(page, "text,product\nOurs,Laser\nTheirs,Secret\nNobody's,Unknown\n")
    assert columns(page, row, {"text": "text", "product": "product"}, product="").status_code == 302
    start(page, row)

    run_all()

    assert list(Feedback.objects.values_list("text", flat=True)) == ["Ours"]
    assert list(ImportProblem.objects.values_list("line", "reason")) == [
        (3, "You may not import for the product “Secret”."),
        (4, "There is no product “Unknown”."),
    ]
    assert set(Product.objects.values_list("slug", flat=True)) == {"laser", "secret"}


def test_products_are_made_where_somebody_says_so(page, product):
    row = draft(page, "text,product\nNew,Unknown\n")
    columns(page, row, {"text": "text", "product": "product"}, product="", makes_products="on")
    shown = page.get(reverse("workbench:import", args=[row.pk])).context["preview"]
    assert (shown.rows[0].product, Product.objects.count()) == ("a new product", 1)
    start(page, row)

    run_all()

    assert Feedback.objects.get().product.name == "Unknown"


# --- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.csv", "The submitted file is empty"),
        (b"%PDF-1.7", "a.csv", "a.csv is a PDF"),
        (b"PK\x03\x04rest", "a.xlsx", "is a spreadsheet or a zip archive"),
        (b"\n\n", "a.csv", "The file has no header"),
    ],
)
def test_a_file_of_no_use_is_refused_and_not_kept(page, settings, content, name, told):
    answer = upload(page, content, name=name)

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert Import.objects.count() == 0
    assert list(uploads.folder().iterdir()) == []


def test_a_file_too_large_is_refused_with_its_limit(page, settings):
    settings.IMPORT_UPLOAD_BYTES = 1_000_000

    answer = upload(page, b"text\n" + b"x" * 1_000_000)

    assert answer.status_code == 422
    assert "The file is larger than 1 MB." in answer.content.decode()
    assert list(uploads.folder().iterdir()) == []


def test_a_file_is_kept_under_a_name_of_ours_and_readable_by_us_alone(page, product):
    row = draft(page, "text\nx\n", name="../../Ada Lovelace.csv")

    [path] = uploads.folder().iterdir()
    assert re.fullmatch(r"[0-9a-f]{32}\.csv", path.name)
    assert (path.stat().st_mode & 0o777, row.file_name) == (0o600, "Ada Lovelace.csv")


def test_a_discarded_file_is_gone(page, product):
    row = draft(page)

    answer = page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "discard"})

    assert answer.status_code == 302
    assert (Import.objects.count(), list(uploads.folder().iterdir())) == (0, [])


def test_files_and_bad_rows_go_after_two_weeks_while_feedback_stays(page, product):
    row = draft(page, "text\nx\n\n \nz\n" + "text\n")
    columns(page, row, {"text": "text"})
    start(page, row)
    run_all()
    forgotten = draft(page, "text\ny\n")
    long_ago = timezone.now() - timedelta(days=15)
    assert (uploads.purge(), Import.objects.count(), ImportProblem.objects.count()) == (0, 2, 2)
    Import.objects.filter(pk=row.pk).update(finished_at=long_ago)
    Import.objects.filter(pk=forgotten.pk).update(started_at=long_ago)
    for path in uploads.folder().iterdir():
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))

    assert uploads.purge() == 2
    assert uploads.purge() == 0

    assert (Import.objects.count(), ImportProblem.objects.count(), Feedback.objects.count()) == (1, 0, 2)
    assert "Download them" not in page.get(reverse("workbench:import", args=[row.pk])).content.decode()


def test_erasing_a_person_takes_the_kept_files_that_name_them(page, product):
    for who in ("ada", "bob"):
        row = draft(page, f"text,email\nIt hums,{who}@example.org\n")
        columns(page, row, {"text": "text", "email": "customer_email"})
        start(page, row)
    run_all()

    erase_person(customer_id=Customer.objects.get(email="ada@example.org").pk, withdraws_feedback=False)

    assert [bool(upload.stored_name) for upload in Upload.objects.order_by("pk")] == [False, True]
    assert len(list(uploads.folder().iterdir())) == 1


# --- workers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_chunks(monkeypatch):
    real = worker.chunks
    monkeypatch.setattr(worker, "chunks", lambda records: real(records, rows=2))


def test_a_killed_worker_leaves_the_rest_to_the_next_one_exactly(page, product, small_chunks, monkeypatch):
    row = simple(page, rows=7)
    start(page, row)
    lanes.get("feedback.imports").work()
    real = worker.services.capture_chunk

    def killed(**arguments):
        real(**arguments)
        raise KeyboardInterrupt  # the transaction around is lost with the process

    monkeypatch.setattr(worker.services, "capture_chunk", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        lanes.get("feedback.imports").work()
    monkeypatch.setattr(worker.services, "capture_chunk", real)
    worker.close()  # another process
    assert (Feedback.objects.count(), Upload.objects.get().position) == (2, 2)
    Upload.objects.update(leased_until=timezone.now())

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 7, 0)
    assert sorted(Feedback.objects.values_list("import_line", flat=True)) == [2, 3, 4, 5, 6, 7, 8]


def test_a_chunk_that_another_worker_took_is_left_to_it(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    hand = uploads.claim()
    assert uploads.claim() is None  # leased
    worker._take_chunk(hand)

    with pytest.raises(worker.services.ChunkTakenError):
        worker._take_chunk(hand)  # its lease was over, and it did not know
    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 5, 0)


def test_one_that_reads_behind_goes_on_where_the_other_ended(page, product, small_chunks):
    row = simple(page, rows=8)
    start(page, row)
    lanes.get("feedback.imports").work()
    mine = worker._open_file
    worker._open_file = None  # as another process would find it
    lanes.get("feedback.imports").work()
    worker.close()
    worker._open_file = mine

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 8, 0)


def test_stopping_keeps_what_came_and_going_on_brings_the_rest(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    lanes.get("feedback.imports").work()

    page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "stop"})

    row.refresh_from_db()
    assert (row.status, row.new_count, lanes.get("feedback.imports").has_work()) == ("failed", 2, False)
    assert "Stopped by hand." in page.get(reverse("workbench:import", args=[row.pk])).content.decode()
    start(page, row)
    start(page, row)
    run_all()
    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 5, 0)


def test_undo_withdraws_all_in_the_background_and_the_file_can_come_again(page, product):
    row = simple(page)
    start(page, row)
    run_all()
    kept = FeedbackFactory(product=product)

    for _ in range(2):
        page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "undo"})
        run_all()

    row.refresh_from_db()
    assert row.status == "undone"
    assert list(Feedback.objects.live().values_list("pk", flat=True)) == [kept.pk]
    again = simple(page)
    start(page, again)
    run_all()
    again.refresh_from_db()
    assert again.new_count == 3


def test_an_import_that_fails_three_times_is_given_up_with_its_reason(page, product, monkeypatch):
    row = simple(page)
    start(page, row)

    def broken(**_arguments):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(worker.services, "capture_chunk", broken)

    assert run_all() == 3

    row.refresh_from_db()
    assert (row.status, row.upload.reason) == ("failed", "ZeroDivisionError: by zero")


def test_reasons_are_told_in_the_language_of_who_imports(page, analyst, product):
    User.objects.filter(pk=analyst.pk).update(language="de")
    row = draft(page, "text,stars\nx,9\n")
    columns(page, row, {"text": "text", "stars": "rating"})
    start(page, row)

    run_all()

    assert ImportProblem.objects.get().reason == "Geben Sie eine ganze Zahl von 1 bis 5 an."


def test_who_lost_the_role_imports_no_more(page, analyst, product):
    row = simple(page)
    start(page, row)
    analyst.memberships.all().delete()

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.upload.reason) == (
        "failed", 0, "Who began this import may not import any more.",
    )  # fmt: skip


# --- bad rows -----------------------------------------------------------------------------------------------------

BAD = "text,id,stars\nGood,1,5\n,2,5\n=1+1,3,9\n'quoted,4,x\ntoo,many,cells,here\n\"never closed,6,1\nGood too,7,\n"


def bad_csv(page, row) -> list[dict[str, str]]:
    answer = page.get(reverse("workbench:import-bad-rows", args=[row.pk]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{row.pk}-bad-rows.csv"'
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_bad_rows_come_as_a_file_with_line_column_and_reason(page, product):
    row = draft(page, BAD)
    columns(page, row, {"text": "text", "id": "external_id", "stars": "rating"})
    start(page, row)
    run_all()

    found = [list(one.values()) for one in bad_csv(page, row)]

    assert found == [
        ["", "2", "5", "3", "text", "Write what happened.", ""],
        ["'=1+1", "3", "9", "4", "stars", "Give a whole number from 1 to 5.", ""],
        ["''quoted", "4", "x", "5", "stars", "Give a whole number from 1 to 5.", ""],
        ["", "", "", "6", "", "Has 4 cells where the header names 3 columns.", "too,many,cells,here"],
        ["", "", "", "7", "", "A quote opened here is never closed.", '"never closed,6,1'],
    ]


def test_mended_rows_are_imported_alone_by_the_same_plan(page, product):
    row = draft(page, BAD)
    columns(page, row, {"text": "text", "id": "external_id", "stars": "rating"})
    start(page, row)
    run_all()
    answer = page.get(reverse("workbench:import-bad-rows", args=[row.pk]))
    mended = b"".join(answer.streaming_content).replace(b",9,", b",3,").replace(b",x,", b",2,")

    again = draft(page, mended, name="mended.csv", like=row.pk)
    assert again.upload.plan["columns"] == {"text": "text", "id": "external_id", "stars": "rating"}
    start(page, again)
    run_all()

    again.refresh_from_db()
    assert (again.new_count, again.repeated_count, again.rejected_count) == (2, 0, 3)
    assert list(Feedback.objects.filter(source_import=again).order_by("external_id").values_list("text", "rating")) == [
        ("=1+1", 3),
        ("'quoted", 2),
    ]


# --- mappings -----------------------------------------------------------------------------------------------------


def test_a_mapping_is_kept_under_a_name_used_again_and_forgotten(page, product):
    row = draft(page)
    columns(page, row, BECOMES, scale="stars", date_format="mdy")

    for _ in range(2):
        page.post(reverse("workbench:save-import-mapping", args=[row.pk]), {"name": " Field  notes "})

    saved = ImportMapping.objects.get()
    assert (saved.name, saved.plan["scale"], saved.plan["columns"]["said"]) == ("Field notes", "stars", "text")
    assert Change.objects.filter(kind="feedback.ImportMapping", object_id=saved.pk).exists()
    again = draft(page, start=f"saved:{saved.pk}")
    assert again.upload.plan["columns"] == BECOMES
    url = reverse("workbench:delete-import-mapping", args=[saved.pk])
    page.post(url)
    assert ImportMapping.objects.exists()
    page.post(url, {"is_sure": "1"})
    assert not ImportMapping.objects.exists()


def test_a_ready_mapping_fits_its_export(page, product):
    content = "number,title,description,created_at,created_by,votes_count,comments_count,status,tags\n"
    content += '7,Dark mode,My eyes hurt,2026-03-23T19:33:22Z,Ada,4,2,Open,"display, comfort"\n'

    row = draft(page, content, start="ready:fider")

    assert row.upload.plan["columns"] == {
        "number": "external_id",
        "title": "text",
        "description": "text",
        "created_at": "captured_at",
        "created_by": "customer_name",
        "status": "status",
        "tags": "tags",
        "votes_count": "context.votes",
    }


# --- the pages ----------------------------------------------------------------------------------------------------


def test_the_state_refreshes_itself_by_etag(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    url = reverse("workbench:import", args=[row.pk])

    whole, part = page.get(url), page.get(url, headers={"HX-Request": "true"})

    assert "<html" in whole.content.decode()
    assert part.content.decode().strip().startswith("{#") is False
    assert "<html" not in part.content.decode()
    same = page.get(url, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    lanes.get("feedback.imports").work()
    after = page.get(url, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert after.status_code == 200
    assert "data-live-url" in after.content.decode()
    run_all()
    assert "data-live-url" not in page.get(url).content.decode()


def test_progress_names_rate_and_time_left(page, product):
    row = simple(page)
    now = timezone.now()
    Import.objects.filter(pk=row.pk).update(status="running", new_count=50_000)
    Upload.objects.update(position=50_000, share=0.25, begun_at=now - timedelta(seconds=10))

    text = page.get(reverse("workbench:import", args=[row.pk])).content.decode()

    assert re.search(r"4,9\d\d rows a second|5,000 rows a second", text)
    assert "about 30 seconds left" in text or "about 31 seconds left" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(page, product, count, django_assert_num_queries):
    for _ in range(count):
        simple(page)
    page.get(reverse("workbench:import-list"))  # what is read once

    with django_assert_num_queries(6):
        answer = page.get(reverse("workbench:import-list"))

    assert len(answer.context["page"].rows) == count


def test_an_import_is_its_persons_own(page, team, product):
    row = simple(page)
    colleague, boss = signed_in(UserFactory(role=Role.ANALYST, team=team)), signed_in(UserFactory(is_superuser=True))
    paths = [reverse(f"workbench:{name}", args=[row.pk]) for name in ("import", "import-columns", "import-values")]

    assert [colleague.get(path).status_code for path in paths] == [404, 404, 404]
    assert colleague.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "start"}).status_code == 404
    assert list(colleague.get(reverse("workbench:import-list")).context["page"].rows) == []
    assert [one.pk for one in boss.get(reverse("workbench:import-list")).context["page"].rows] == [row.pk]


def test_a_started_import_is_planned_no_more(page, product):
    row = simple(page)
    start(page, row)

    assert page.get(reverse("workbench:import-columns", args=[row.pk])).status_code == 409
    assert page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "discard"}).status_code == 409
    assert page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "burn"}).status_code == 400


def test_nobodys_upload_is_read_before_they_are_known(product):
    client = Client(enforce_csrf_checks=True)

    stranger = client.post(reverse("workbench:new-import"), {"file": SimpleUploadedFile("a.csv", b"text\nx\n")})
    client.force_login(UserFactory(role=Role.ANALYST, team=TeamFactory()))
    forged = client.post(reverse("workbench:new-import"), {"file": SimpleUploadedFile("a.csv", b"text\nx\n")})

    assert (stranger.status_code, forged.status_code, Import.objects.count()) == (302, 403, 0)


def test_words_of_a_file_are_shown_as_they_are(page, product):
    row = draft(page, "<script>alert(1)</script>,text\n<b>x</b>,<img src=x onerror=alert(1)>\n", name="<i>.csv")

    seen = page.get(reverse("workbench:import-columns", args=[row.pk])).content.decode()
    columns(page, row, {"text": "text"})
    seen += page.get(reverse("workbench:import", args=[row.pk])).content.decode()

    assert not re.search(r"<script>alert|<b>x|<img src=x|<i>\.csv", seen)


def test_columns_are_guessed_by_name_and_by_what_is_in_them(page, product):
    content = "Nr,Kunde,Was,Wann,Stars\n1,ada@example.org,The lamp is dead,28.03.2026,5\n2,,Works,29.03.2026 10:00,\n"

    assert draft(page, content).upload.plan["columns"] == {
        "Stars": "rating",
        "Kunde": "customer_email",
        "Wann": "captured_at",
        "Was": "text",
    }


def test_json_lines_show_the_columns_that_occur(page, product):
    lines = [{"text": "It hums", "customer": {"email": "ada@example.org"}}, {"text": "Silent", "tags": ["a", "b"]}]
    row = draft(page, "\n".join(map(json.dumps, lines)), name="a.jsonl")

    seen = page.get(reverse("workbench:import-columns", args=[row.pk])).context["glance"]

    assert (seen.columns, seen.examples["tags"]) == (["text", "customer.email", "tags"], '["a", "b"]')
    assert Path(row.upload.stored_name).suffix == ".jsonl"
