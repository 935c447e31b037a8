"""import_feedback: what goes in, what is reported, what is undone."""

import gzip
import json

import pytest
from django.core.management import CommandError

from apps.catalog.models import Product, ProductVersion
from apps.customers.models import Customer
from apps.feedback.imports import runner
from apps.feedback.models import Feedback, FeedbackState, Identity, Import
from tests.feedback.import_commands.running import GOOD, HEADER, live, run

pytestmark = pytest.mark.django_db


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
