"""Spreadsheets and ready mappings: small exports of our own making, as other systems write them."""

import io
import json
import resource
import subprocess
import time
import tracemalloc
import zipfile
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from apps.catalog.models import Product
from apps.customers.models import Customer
from apps.feedback.import_models import ImportLabels
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.plan import Plan, check, plan_of
from apps.feedback.imports.presets import PRESETS
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.table import open_table
from apps.feedback.models import Feedback, FeedbackState
from apps.feedback.services.import_mappings import save_mapping
from tests.factories import ProductFactory

EXPORTS = {
    "fider": (
        "a.csv",
        (
            "number,title,description,created_at,created_by,total_votes,total_comments,status,responded_by,responded_at,"
            "response,original_number,original_title,tags\n"
            '7,Dark mode,My eyes hurt,2026-03-23T19:33:22Z,Ada,4,2,Open,,,,,,"display, comfort"\n'
            "8,Dark,,2026-03-24T19:33:22Z,Bob,1,0,Duplicate,,,,7,Dark mode,\n"
        ),
        ("Dark mode\n\nMy eyes hurt", None, "7", "2026-03-23T19:33", "Ada", ["display", "comfort"]),
        {"status": "Open", "votes": "4"},
    ),
    "canny": (
        "a.jsonl",
        json.dumps(
            {
                "id": "5536",
                "title": "Dark mode",
                "details": "My eyes hurt",
                "created": "2026-03-23T19:33:22.000Z",
                "author": {"name": "Ada", "email": "ada@example.org"},
                "status": "open",
                "score": 4,
                "board": {"name": "Requests"},
                "tags": [{"name": "display"}],
            }
        ),
        ("Dark mode\n\nMy eyes hurt", None, "5536", "2026-03-23T19:33", "Ada", ["display"]),
        {"board": "Requests", "status": "open", "votes": "4"},
    ),
    "uservoice": (
        "a.csv",
        (
            "suggestion.id,suggestion.title,suggestion.body,suggestion.created_timestamp,suggestion.status.name,"
            "suggestion.labels.name,suggestion.forum.name,user.name,user.email_address\n"
            "12,Dark mode,My eyes hurt,2026-03-23 19:33:22 UTC,planned,display,General,Ada,ada@example.org\n"
        ),
        ("Dark mode\n\nMy eyes hurt", None, "12", "2026-03-23T19:33", "Ada", ["display"]),
        {"forum": "General", "status": "planned"},
    ),
    "limesurvey": (
        "a.csv",
        (
            '"Response ID","Date submitted","Last page","Start language","Seed","What do you miss?"\n'
            '"3","2026-03-23 19:33:22","2","en","12345","A door"\n'
        ),
        ("A door", None, "3", "2026-03-23T19:33", None, None),
        {},
    ),
    "zendesk": (
        "a.jsonl",
        json.dumps(
            {
                "id": 35436,
                "subject": "Dark mode",
                "description": "My eyes hurt",
                "created_at": "2026-03-23T19:33:22Z",
                "requester": {"name": "Ada", "email": "ada@example.org"},
                "satisfaction_rating": {"score": "good"},
                "status": "open",
                "priority": "high",
                "tags": ["display", "comfort"],
            }
        ),
        ("Dark mode\n\nMy eyes hurt", 5, "35436", "2026-03-23T19:33", "Ada", ["display", "comfort"]),
        {"priority": "high", "status": "open"},
    ),
    "app-store": (
        "a.jsonl",
        json.dumps(
            {
                "id": "00000028",
                "attributes": {
                    "rating": 2,
                    "title": "Dark mode",
                    "body": "My eyes hurt",
                    "reviewerNickname": "Ada",
                    "createdDate": "2026-03-23T12:33:22-07:00",
                    "territory": "USA",
                },
            }
        ),
        ("Dark mode\n\nMy eyes hurt", 2, "00000028", "2026-03-23T19:33", "Ada", None),
        {"territory": "USA"},
    ),
    "google-play": (
        "a.csv",
        (
            "Package Name,App Version Code,App Version Name,Reviewer Language,Device,Review Submit Date and Time,"
            "Review Submit Millis Since Epoch,Star Rating,Review Title,Review Text,Review Link\n"
            "org.example,7,1.0,en,pixel,2026-03-23T19:33:22Z,1774294402000,2,Dark mode,My eyes hurt,"
            "https://play.example/?reviewId=7\n"
        ),
        ("Dark mode\n\nMy eyes hurt", 2, "https://play.example/?reviewId=7", "2026-03-23T19:33", None, None),
        {"device": "pixel", "reviewer language": "en"},
    ),
}
MORE = {"limesurvey": ["--map", "What do you miss?=text"]}


def run(*words) -> list[str]:
    out = StringIO()
    call_command("import_feedback", *map(str, words), stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


@pytest.fixture
def product(db):
    return ProductFactory(name="Laser", slug="laser")


@pytest.mark.parametrize("key", PRESETS)
def test_an_export_comes_in_by_its_ready_mapping(product, tmp_path, key):
    name, content, expected, context = EXPORTS[key]
    path = tmp_path / name
    path.write_text(content, encoding="utf-16" if key == "google-play" else "utf-8")

    lines = run(path, "--preset", key, "--product", "laser", *MORE.get(key, []))

    feedback = Feedback.objects.get()
    customer = Customer.objects.first()
    labels = ImportLabels.objects.first()
    assert (
        feedback.text,
        feedback.rating,
        feedback.external_id,
        feedback.captured_at.isoformat()[:16],
        customer.name if customer else None,
        labels.labels if labels else None,
    ) == expected
    assert feedback.context == context
    left_out = 1 if key == "fider" else 0  # the duplicate
    assert lines[-1] == f"1 new, 0 repeated, {left_out} rejected"


@pytest.mark.parametrize("key", PRESETS)
def test_ready_mappings_are_plans_that_may_be_saved(key):
    plan = PRESETS[key][1]

    check(plan)
    assert plan_of(json.loads(json.dumps(plan.as_json()))) == plan


@pytest.mark.parametrize(
    "raw",
    [None, [], {"columns": []}, {"columns": {"a": "colour"}}, {"scale": "eleven"}, {"zone": "Mars/Olympus"},
     {"zone": "../../etc/passwd"}, {"date_format": "%Q"}, {"values": {"text": {"a": "b"}}},
     {"values": {"rating": {"a": "6"}}}, {"values": {"tags": {"a": 7}}}, {"separators": "x" * 11}, {"headings": "yes"}],
)  # fmt: skip
def test_what_is_no_plan_is_refused(raw):
    with pytest.raises(ValidationError):
        plan_of(raw)


# --- the command --------------------------------------------------------------------------------------------------


def test_a_saved_mapping_serves_the_command(product, tmp_path):
    save_mapping(name="Field notes", plan=Plan(columns={"said": "text", "how": "rating"}, scale="ten", product="laser"))
    path = tmp_path / "a.csv"
    path.write_text("said,how\nIt hums,9\n")

    assert run(path, "--mapping", "Field notes")[-1] == "1 new, 0 repeated, 0 rejected"
    assert Feedback.objects.get().rating == 5


def test_a_saved_mapping_finds_the_products_that_the_page_found(product, tmp_path):
    """The page says products by slug: read as names they once made a second product and everything came twice."""
    values = {"product": {"the laser": "laser"}}
    save_mapping(name="Notes", plan=Plan(columns={"said": "text", "of": "product", "no": "external_id"}, values=values))
    path = tmp_path / "a.csv"
    path.write_text(f"said,of,no\nIt hums,The laser,1\nIt glows,{product.name},2\nIt rolls,Wagon,3\n")

    rehearsed, lines, again = (run(path, "--mapping", "Notes", *more) for more in (["--dry-run"], [], []))

    assert [told[-1] for told in (rehearsed, lines, again)] == [
        "2 new, 0 repeated, 1 rejected",
        "2 new, 0 repeated, 1 rejected",
        "0 new, 2 repeated, 1 rejected",
    ]
    assert "line 4, of: There is no product “Wagon”." in lines
    assert list(Product.objects.values_list("slug", flat=True)) == ["laser"]


def test_zone_and_format_are_told_to_the_command(product, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,date\nIt hums,03/04/2026 10:00\n")

    with pytest.raises(CommandError, match=r"is 03/04/2026 10:00 day or month first\? Say --date-format dmy or"):
        run(path, "--product", "laser")
    run(path, "--product", "laser", "--date-format", "dmy", "--zone", "Asia/Kathmandu")

    assert Feedback.objects.get().captured_at.isoformat() == "2026-04-03T04:15:00+00:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mapping", "none"], "There is no mapping 'none'"),
        (["--mapping", "x", "--preset", "fider"], "not both"),
        (["--zone", "Mars/Olympus"], "There is no time zone"),
        (["--date-format", "never"], "as a pattern like"),
    ],
)
def test_arguments_of_no_sense_are_refused_with_advice(product, tmp_path, words, told):
    path = tmp_path / "a.csv"
    path.write_text("text\nx\n")

    with pytest.raises(CommandError, match=told):
        run(path, "--product", "laser", *words)
    assert Feedback.objects.count() == 0


def test_bad_rows_are_written_where_they_are_wanted(product, tmp_path):
    path, bad = tmp_path / "a.csv", tmp_path / "bad.csv"
    path.write_text("text,stars\nGood,5\n,5\n=x,9\n")

    run(path, "--product", "laser", "--bad-rows", bad)

    assert bad.read_text().splitlines() == [
        "text,stars,import_line,import_column,import_reason,import_raw",
        ",5,3,text,Write what happened.,",
        "'=x,9,4,stars,Give a whole number from 1 to 5.,",
    ]
    bad.write_text(bad.read_text().replace("=x,9,", "=x,3,"))
    assert run(bad, "--product", "laser")[-1] == "1 new, 0 repeated, 1 rejected"
    assert Feedback.objects.get(rating=3).text == "=x"
    with pytest.raises(CommandError, match="is there already: name another file"):
        run(path, "--product", "laser", "--bad-rows", bad)


def test_statuses_hold_and_leave_out(product, tmp_path):
    plan = Plan(columns={"text": "text", "state": "status"}, values={"status": {"new": "held", "gone": "left out"}})
    save_mapping(name="States", plan=plan)
    path = tmp_path / "a.csv"
    path.write_text("text,state\na,New\nb,gone\nc,other\n")

    lines = run(path, "--mapping", "States", "--product", "laser")

    assert lines[-1] == "2 new, 0 repeated, 1 rejected"
    assert "line 3, state: Left out: its status is “gone”." in lines
    assert list(Feedback.objects.order_by("text").values_list("text", "state")) == [
        ("a", FeedbackState.HELD),
        ("c", FeedbackState.LIVE),
    ]


# --- spreadsheets -------------------------------------------------------------------------------------------------


def book(*rows, tmp_path, sheets=()):
    made = Workbook()
    for title in sheets:
        made.create_sheet(title)
    for row in rows:
        made.active.append(row)
    path = tmp_path / "a.xlsx"
    made.save(path)
    return path


def read(path):
    with open_table(path) as table:
        return table.columns, list(table.records), str(table.source)


def test_rows_of_a_sheet_become_records(tmp_path):
    path = book(
        [" text ", "n", None],
        [],
        ["x", 4],
        ["y", 4.5, None],
        [None, True],
        ["text", "n"],
        ["a", 1, "z"],
        tmp_path=tmp_path,
    )

    columns, records, kind = read(path)

    assert (columns, kind) == (["text", "n"], "XLSX")
    assert records == [
        Record(3, {"text": "x", "n": "4"}),
        Record(4, {"text": "y", "n": "4.5"}),
        Record(5, {"text": "", "n": "true"}),
        Rejection(6, "", "This is the header again."),
        Rejection(7, "", "Has more cells than the header names columns (2)."),
    ]


def test_an_empty_workbook_is_refused(tmp_path):
    with pytest.raises(UnusableFileError, match="The spreadsheet is empty"):
        read(book(tmp_path=tmp_path))


def repacked(path, **members):
    """Write the workbook again with some members replaced."""
    out = path.with_name("b.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.rpartition("/")[2].replace(".", "_"), old.read(name)))
    return out


def test_a_bomb_is_refused_without_being_unpacked(tmp_path):
    path = repacked(book(["text"], ["x"], tmp_path=tmp_path), sheet1_xml=b"<worksheet>" + b" " * 50_000_000)

    with pytest.raises(UnusableFileError, match="unpacks to far more than it should"):
        read(path)


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
CELL = b'<c t="str"><v>%d</v></c>'
BIG = {
    "a part that is no sheet": {
        "styles_xml": b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>'
        + b"".join(b'<numFmt numFmtId="%d" formatCode="0.%d"/>' % (n, n) for n in range(900_000))
        + b"</numFmts></styleSheet>",
    },
    "one row": {"sheet1_xml": SHEET % (b'<row r="1">' + b"".join(CELL % n for n in range(1_500_000)) + b"</row>")},
    "rows within rows": {"sheet1_xml": SHEET % (b"".join(b'<row r="%d">' % n for n in range(1_500_000)))},
    "a row far below": {
        "sheet1_xml": SHEET % (b'<row r="1">' + CELL % 1 + b'</row><row r="99999999999">' + CELL % 2 + b"</row>"),
    },
}


@pytest.mark.parametrize("name", BIG)
def test_a_workbook_made_to_eat_memory_or_time_ends_its_reader_alone(tmp_path, monkeypatch, name):
    monkeypatch.setattr("apps.feedback.imports.workbook.PATIENCE_SECONDS", 2.0)  # the quickest machine takes longer
    path = repacked(book(["text"], ["x"], tmp_path=tmp_path), **BIG[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()

    with pytest.raises(UnusableFileError):
        read(path)

    assert time.monotonic() - start < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_who_stops_reading_leaves_no_process_behind(tmp_path, monkeypatch):
    begun = []
    begin = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **how: begun.append(begin(*args, **how)) or begun[-1])
    path = book(["text"], *(["x"] for _number in range(20_000)), tmp_path=tmp_path)

    with open_table(path) as table:
        next(iter(table.records))

    assert [process.returncode is not None for process in begun] == [True]


def test_a_sheet_that_is_not_told_in_time_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.feedback.imports.workbook.PATIENCE_SECONDS", 0.0)

    with pytest.raises(UnusableFileError, match="far more than it should"):
        read(book(["text"], ["x"], tmp_path=tmp_path))


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_and_foreign_references_are_refused(tmp_path, doctype):
    path = book(["text"], ["x"], tmp_path=tmp_path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    path = repacked(path, sheet1_xml=doctype + sheet)

    with pytest.raises(UnusableFileError, match=r"damaged|cannot be read"):
        read(path)


def test_a_foreign_document_type_is_never_fetched(tmp_path):
    path = book(["text"], ["x"], tmp_path=tmp_path)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    path = repacked(path, sheet1_xml=b'<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/x.dtd">' + sheet)

    assert read(path)[1] == [Record(2, {"text": "x"})]


@pytest.mark.parametrize(
    "broken", [b"", b"<worksheet", b"\0\1\2", "<worksheet>\udc80".encode("utf-8", "surrogateescape")]
)
def test_a_damaged_sheet_is_told(tmp_path, broken):
    path = repacked(book(["text"], ["x"], tmp_path=tmp_path), sheet1_xml=broken)

    with pytest.raises(UnusableFileError):
        read(path)


def test_a_zip_archive_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/passwd", "x")

    with pytest.raises(UnusableFileError, match="is a spreadsheet or a zip archive"):
        read(path)


def test_a_big_sheet_is_read_in_constant_memory(tmp_path):
    out = Workbook(write_only=True)
    sheet = out.create_sheet()
    sheet.append(["text", "n"])
    for number in range(20_000):
        sheet.append(["words that repeat", number])
    path = tmp_path / "big.xlsx"
    out.save(path)
    tracemalloc.start()

    with open_table(path) as table:
        count = sum(1 for _record in table.records)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 20_000
    assert peak < 12_000_000


def test_a_gzipped_spreadsheet_name_changes_nothing(tmp_path):
    path = book(["text"], ["x"], tmp_path=tmp_path)
    renamed = path.rename(tmp_path / "a.csv")

    assert read(renamed)[1] == [Record(2, {"text": "x"})]
    assert io.BytesIO(renamed.read_bytes()).read(2) == b"PK"
