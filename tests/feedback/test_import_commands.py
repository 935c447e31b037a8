"""import_feedback, undo_import and list_imports, from a file to the table and back."""

import gzip
import json
import os
import re
import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.catalog.models import Product, ProductVersion
from apps.customers.models import Customer
from apps.feedback.imports import runner
from apps.feedback.models import Feedback, FeedbackState, Identity, Import
from apps.feedback.services import imports
from tests.factories import FeedbackFactory

HEADER = "id,text,product,created_at,stars\n"
GOOD = HEADER + "".join(f"{n},Row {n},{'Laser' if n % 2 else 'Pump'},2026-03-02,{n % 5 + 1}\n" for n in range(1, 8))

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and gives its path."""

    def write(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def run(command, *args, **options) -> list[str]:
    """Run a command; return the lines of its stdout."""
    out = StringIO()
    call_command(command, *(str(arg) for arg in args), stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


def live() -> int:
    return Feedback.objects.live().count()


def test_a_file_goes_in_with_its_products(write, published):
    lines = run("import_feedback", write(GOOD))

    row = Import.objects.get()
    assert lines == [
        "Reading a.csv: CSV, UTF-8.",
        "Columns used: text, product, stars -> rating, id -> external_id, created_at -> captured_at.",
        f"Undo with: python manage.py undo_import {row.pk}",
        "7 new, 0 repeated, 0 rejected",
    ]
    assert (row.status, row.new_count, row.repeated_count, row.rejected_count, row.file_name) == (
        "done",
        7,
        0,
        0,
        "a.csv",
    )
    assert set(Product.objects.values_list("name", flat=True)) == {"Laser", "Pump"}
    assert list(
        Feedback.objects.order_by("import_line").values_list("import_line", "external_id", "product__name", "rating")
    ) == [(n + 1, str(n), "Laser" if n % 2 else "Pump", n % 5 + 1) for n in range(1, 8)]
    assert sorted(published("feedback.captured")) == sorted(Feedback.objects.values_list("id", flat=True))


def test_the_same_file_again_brings_nothing(write, published):
    path = write(GOOD)
    run("import_feedback", path)
    published("feedback.captured")

    lines = run("import_feedback", path)

    assert lines[-1] == "0 new, 7 repeated, 0 rejected"
    assert lines[2:9] == [f"line {number}: repeated" for number in range(2, 9)]
    assert (live(), published("feedback.captured")) == (7, [])


def test_undo_leaves_nothing_and_the_file_can_come_again(write, published):
    path = write(GOOD)
    run("import_feedback", path)
    first = Import.objects.get()

    assert run("undo_import", first.pk) == [f"Import {first.pk} undone: 7 rows withdrawn."]
    assert (live(), len(published("feedback.changed"))) == (0, 7)
    assert run("undo_import", first.pk) == [f"Import {first.pk} holds nothing (any more): nothing to withdraw."]
    assert published("feedback.changed") == []
    assert run("import_feedback", path)[-1] == "7 new, 0 repeated, 0 rejected"
    assert live() == 7


def test_undo_leaves_other_imports_alone(write):
    run("import_feedback", write(GOOD))
    run("import_feedback", write(GOOD.replace("Row", "Other").replace("\n", "\nx"), "b.csv"))
    newest = Import.objects.first()

    run("undo_import", newest.pk)

    assert list(
        Feedback.objects.filter(state=FeedbackState.WITHDRAWN).values_list("source_import", flat=True).distinct()
    ) == [newest.pk]
    assert live() == 7


def test_undo_of_no_import_is_refused(db):
    with pytest.raises(CommandError, match="There is no import 999"):
        run("undo_import", 999)


def test_a_dry_run_says_the_same_and_writes_nothing(write):
    data = GOOD + "3,Row 3,Laser,2026-03-02,\n8,,Laser,2026-03-02,\n9,x,New,2026-03-02,7\n10,x,New,2026-03-02,\n"
    path = write(data)
    run("import_feedback", write(GOOD.rpartition("7,")[0], "before.csv"))
    counts = (Feedback.objects.count(), Product.objects.count(), Import.objects.count())

    dry = run("import_feedback", path, dry_run=True)

    assert dry[-1] == "2 new, 7 repeated, 2 rejected"
    assert (Feedback.objects.count(), Product.objects.count(), Import.objects.count()) == counts
    wet = run("import_feedback", path)
    assert [line for line in dry if not line.startswith("Dry run")] == [
        line for line in wet if not line.startswith("Undo")
    ]


def test_bad_rows_are_reported_by_line_and_column_while_good_ones_go_in(write):
    rows = [
        "1,Good,Laser,2026-03-02,5",
        "2,,Laser,2026-03-02,5",
        "3,x,Laser,someday,5",
        "4,x,Laser,2026-03-02,6",
        "5,a\0b,Laser,2026-03-02,5",
        "6,x,,2026-03-02,5",
        "7,x",
        '8,"unclosed,Laser,2026-03-02,5',
        "9,Also good,Laser,2026-03-02,",
    ]

    lines = run("import_feedback", write(HEADER + "\n".join(rows) + "\n"))

    assert lines[2:-2] == [
        "line 3, text: Write what happened.",
        "line 4, created_at: Write times like 2026-03-29 or 2026-03-29T14:05:00+02:00.",
        "line 5, stars: Give a whole number from 1 to 5.",
        "line 6, text: Remove the NUL character.",
        "line 7, product: Names no product.",
        "line 8: Has 2 cells where the header names 5 columns.",
        "line 9: A quote opened here is never closed.",
    ]
    assert lines[-1] == "2 new, 0 repeated, 7 rejected"
    assert [problem.line for problem in Import.objects.get().bad_rows.all()] == [3, 4, 5, 6, 7, 8, 9]
    assert list(Feedback.objects.order_by("import_line").values_list("text", flat=True)) == [
        "Good",
        "Also good",
    ]


def test_damaged_utf8_is_reported_by_line(write):
    lines = run("import_feedback", write(GOOD.replace("Row 1", "Grüße").encode().replace(b"Row 2", b"R\xe4")))

    assert "line 3, text: Remove the characters that are not valid Unicode." in lines
    assert lines[-1] == "6 new, 0 repeated, 1 rejected"


def test_json_lines_gzipped_go_in(write):
    rows = [
        {"text": "A", "product": "Laser", "rating": 4, "customer": {"email": "ada@example.org"}},
        {"text": "B", "product": "Laser", "external_id": 7},
    ]
    data = "\n".join(json.dumps(row) for row in rows).encode()

    lines = run("import_feedback", write(gzip.compress(data), "a.jsonl.gz"))

    assert lines[-1] == "2 new, 0 repeated, 0 rejected"
    assert list(Feedback.objects.order_by("text").values_list("rating", "external_id", "identity")) == [
        (4, "", "verified"),
        (None, "7", "anonymous"),
    ]


def test_people_are_vouched_for_and_made_once(write):
    data = (
        "text,customer_email,customer_name,organisation,version\n"
        "a,ada@example.org,Ada,Lab,2\nb,ADA@example.org,,lab,2\nc,,Bob,Lab,\nd,,,Lab,3\n"
    )
    Product.objects.create(name="Laser", slug="laser")

    assert run("import_feedback", write(data), product="laser")[-1] == "4 new, 0 repeated, 0 rejected"

    ada, bob = Customer.objects.order_by("name")
    assert (ada.email, ada.organisation.name, bob.name, bob.organisation) == (
        "ada@example.org",
        "Lab",
        "Bob",
        ada.organisation,
    )
    assert None not in (ada.verified_at, bob.verified_at)
    assert list(Feedback.objects.order_by("text").values_list("customer", "identity", "version__name")) == [
        (ada.pk, Identity.VERIFIED, "2"),
        (ada.pk, Identity.VERIFIED, "2"),
        (bob.pk, Identity.VERIFIED, None),
        (None, Identity.ANONYMOUS, "3"),
    ]
    assert ProductVersion.objects.count() == 2


def test_columns_are_mapped_as_told(write):
    Product.objects.create(name="Laser", slug="laser")

    lines = run(
        "import_feedback",
        write("words;lab\nx;B\n"),
        "--map",
        "words=text",
        "--map",
        "lab=context.site",
        product="laser",
    )

    assert lines[1] == "Columns used: words -> text, lab -> context.site."
    assert Feedback.objects.get().context == {"site": "B"}


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", {}, "is empty"),
        ("text\nx\n", {}, "No column names the product.*--product SLUG; there are: laser, pump"),
        ("text\nx\n", {"product": "none"}, "There is no product 'none'; there are: laser, pump"),
        ("words\nx\n", {"product": "laser"}, "No column holds the text"),
        ("text,text\nx,y\n", {"product": "laser"}, "names 'text' 2 times"),
    ],
)
def test_a_file_of_no_use_is_refused_whole(write, content, options, message):
    for name in ("laser", "pump"):
        Product.objects.create(name=name, slug=name)

    with pytest.raises(CommandError, match=message) as caught:
        run("import_feedback", write(content), **options)

    assert caught.value.returncode == 1
    assert (Import.objects.count(), Feedback.objects.count()) == (0, 0)


def test_a_header_alone_is_an_import_of_nothing(write):
    assert run("import_feedback", write(HEADER))[-1] == "0 new, 0 repeated, 0 rejected"


def test_only_the_first_twenty_repeats_and_problems_are_told(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 7)
    rows = "".join(f"same,{text},Laser,2026-03-02,\n" for text in ["x"] * 40 + [""] * 30)

    lines = run("import_feedback", write(HEADER + rows))

    assert lines[-1] == "1 new, 39 repeated, 30 rejected"
    assert sum(line.endswith(": repeated") for line in lines) == 20
    assert sum(", text: " in line for line in lines) == 20
    assert Import.objects.get().bad_rows.count() == 30


def test_a_killed_import_goes_on_without_doubles(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    path, real, calls = write(GOOD), imports.capture_chunk, []

    def killed(**arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**arguments)

    monkeypatch.setattr(imports, "capture_chunk", killed)
    with pytest.raises(CommandError, match="run the same command again to go on"):
        run("import_feedback", path)
    stopped = Import.objects.get()
    assert (stopped.status, stopped.new_count, live()) == (Import.Status.FAILED, 3, 3)

    assert run("import_feedback", path)[-1] == "4 new, 3 repeated, 0 rejected"
    assert live() == 7


def test_a_term_signal_stops_it_like_ctrl_c(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    before, real = signal.getsignal(signal.SIGTERM), imports.capture_chunk

    def terminated(**arguments):
        result = real(**arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return result

    monkeypatch.setattr(imports, "capture_chunk", terminated)

    with pytest.raises(CommandError, match="run the same command again to go on"):
        run("import_feedback", write(GOOD))
    assert (Import.objects.get().status, live()) == (Import.Status.FAILED, 3)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("status", "minutes", "label"),
    [
        ("running", 4, "Running"),
        ("running", 6, "Stopped half-way?"),
        ("failed", 6, "Stopped half-way"),
        ("done", 6, "Done"),
    ],
)
def test_an_import_that_was_killed_is_not_listed_as_running(status, minutes, label):
    Import.objects.create(file_name="a.csv", status=status, fed_at=timezone.now() - timedelta(minutes=minutes))

    assert f"  {label}  a.csv" in run("list_imports")[0]


def test_each_chunk_shows_that_an_import_goes_on(product):
    long_ago = timezone.now() - timedelta(hours=1)
    row = Import.objects.create(file_name="a.csv", fed_at=long_ago)

    imports.capture_chunk(import_id=row.pk, captures=[], problems=[], column_of={})

    row.refresh_from_db()
    assert row.fed_at > long_ago


def test_undo_looks_at_each_row_once(product, monkeypatch):
    monkeypatch.setattr(imports, "UNDO_ROWS", 2)
    row = Import.objects.create(file_name="a.csv")
    ids = [FeedbackFactory(product=product, source_import=row).pk for _ in range(5)]

    with CaptureQueriesContext(connection) as queries:
        assert imports.undo_import(import_id=row.pk) == 5

    begins = [int(found[1]) for query in queries if (found := re.search(r'"id" > (\d+)', query["sql"]))]
    assert begins == [0, ids[1], ids[3], ids[4]]


def test_an_answer_lost_after_the_commit_is_not_counted_twice(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    monkeypatch.setattr(runner.connection, "close", lambda: None)
    monkeypatch.setattr(runner.time, "sleep", lambda _: None)
    real, calls = imports.capture_chunk, []

    def lost(**arguments):
        calls.append(1)
        result = real(**arguments)
        if len(calls) == 2:
            raise OperationalError("server closed the connection unexpectedly")
        return result

    monkeypatch.setattr(imports, "capture_chunk", lost)

    lines = run("import_feedback", write(GOOD))

    assert "The database does not answer; trying again." in lines
    assert lines[-1] == "7 new, 0 repeated, 0 rejected"
    assert (len(calls), live(), Import.objects.get().new_count) == (3, 7, 7)


@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_in_the_middle_of_a_chunk_is_made_again(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    monkeypatch.setattr(runner.time, "sleep", lambda _: None)
    real, calls = imports.capture_batch, []

    def cut(captures):
        calls.append(1)
        result = real(captures)
        if len(calls) == 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return result

    monkeypatch.setattr(imports, "capture_batch", cut)

    lines = run("import_feedback", write(GOOD))

    assert "The database does not answer; trying again." in lines
    assert lines[-1] == "7 new, 0 repeated, 0 rejected"
    assert (len(calls), live()) == (4, 7)


def test_a_database_away_for_good_is_told_with_what_to_do(write, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.0)

    def away(**arguments):
        raise OperationalError("could not connect to server")

    monkeypatch.setattr(imports, "capture_chunk", away)

    with pytest.raises(CommandError, match=r"The database is away: .*run the same command again"):
        run("import_feedback", write(GOOD))
    assert Import.objects.get().status == Import.Status.FAILED


def test_long_texts_make_smaller_chunks(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_CHARACTERS", 100)
    real, sizes = imports.capture_chunk, []

    def counting(**arguments):
        sizes.append(len(arguments["captures"]))
        return real(**arguments)

    monkeypatch.setattr(imports, "capture_chunk", counting)
    rows = "".join(f"{n},{'x' * 60},Laser,2026-03-02,\n" for n in range(5))

    assert run("import_feedback", write(HEADER + rows))[-1] == "5 new, 0 repeated, 0 rejected"
    assert sizes == [2, 2, 1]


def test_an_import_undone_meanwhile_stops(write, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_ROWS", 3)
    real = imports.capture_chunk

    def undone(**arguments):
        result = real(**arguments)
        imports.undo_import(import_id=arguments["import_id"])
        return result

    monkeypatch.setattr(imports, "capture_chunk", undone)

    with pytest.raises(CommandError, match="was undone while it ran"):
        run("import_feedback", write(GOOD))
    assert (live(), Import.objects.get().status) == (0, Import.Status.UNDONE)


def test_imports_are_listed_newest_first(write):
    assert run("list_imports") == ["Nothing was imported yet."]
    run("import_feedback", write(GOOD))
    run("import_feedback", write(GOOD, "again.csv"))

    lines = [re.sub(r"^\d+  \S+ \S+", "ID WHEN", line) for line in run("list_imports")]

    assert lines == [
        "ID WHEN  Done  again.csv: 0 new, 7 repeated, 0 rejected",
        "ID WHEN  Done  a.csv: 7 new, 0 repeated, 0 rejected",
    ]


def test_queries_do_not_grow_with_the_rows_of_a_chunk(write, django_assert_max_num_queries):
    run("import_feedback", write(GOOD))
    many = HEADER + "".join(f"m{n},Row {n},Laser,2026-03-02,\n" for n in range(500))

    with django_assert_max_num_queries(16):
        run("import_feedback", write(many, "many.csv"))
