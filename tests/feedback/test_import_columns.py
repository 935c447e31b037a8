"""From columns to fields, and from cells to captures."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from apps.feedback.imports.mapping import describe, parse_map, resolve
from apps.feedback.imports.readers import Record, Rejection
from apps.feedback.imports.rows import RowReader, moment_in
from apps.feedback.imports.source import UnusableFileError
from apps.feedback.models import Channel, Identity
from apps.feedback.services import Capture, Person


@pytest.mark.parametrize(
    ("columns", "explicit", "mapping"),
    [
        (["text"], {}, {"text": "text"}),
        (["Text ", "E-Mail"], {}, {"E-Mail": "customer_email", "Text ": "text"}),
        (["Who", "text"], {"who": "customer_name"}, {"Who": "customer_name", "text": "text"}),
        (["id", "comment", "date"], {}, {"comment": "text", "id": "external_id", "date": "captured_at"}),
        (["text", "stars", "email"], {}, {"text": "text", "stars": "rating", "email": "customer_email"}),
        (["id", "external_id", "text"], {}, {"text": "text", "external_id": "external_id"}),
        (["body", "text", "comment"], {}, {"text": "text"}),
        (["text", "comment"], {"comment": "text"}, {"comment": "text"}),
        (["text", "id"], {"id": "ignore"}, {"text": "text"}),
        (["text", "language"], {}, {"text": "text"}),
        (["text", "site"], {"site": "context.lab site"}, {"site": "context.lab site", "text": "text"}),
        (["text", "context.site", "context."], {}, {"text": "text", "context.site": "context.site"}),
        (["text", "x", "x"], {}, {"text": "text"}),
        (
            ["Verbatim", "Ticket", "When", "Mail"],
            {},
            {"Verbatim": "text", "Ticket": "external_id", "When": "captured_at", "Mail": "customer_email"},
        ),
    ],
)  # fmt: skip
def test_columns_find_their_fields(columns, explicit, mapping):
    assert resolve(columns, explicit) == mapping


@pytest.mark.parametrize(
    ("columns", "explicit", "message"),
    [
        (["a", "b"], {}, "No column holds the text.*--map COLUMN=text; the columns are: a, b"),
        (["text"], {"words": "text"}, "There is no column 'words'. The columns are: text"),
        (["text", "text"], {}, "names 'text' 2 times"),
        (["text", "a", "b"], {"a": "rating", "b": "rating"}, "Two columns are mapped to rating"),
    ],
)
def test_columns_that_cannot_be_mapped_are_refused_with_advice(columns, explicit, message):
    with pytest.raises(UnusableFileError, match=message):
        resolve(columns, explicit)


def test_map_arguments_are_read():
    assert parse_map(["a=text", " b = context.site ", "x=y=rating"]) == {
        "a": "text", "b": "context.site", "x=y": "rating",
    }  # fmt: skip


@pytest.mark.parametrize("pair", ["text", "=text", "a=", "a=colour", "a=context."])
def test_map_arguments_that_say_nothing_are_refused(pair):
    with pytest.raises(UnusableFileError, match="write column=field"):
        parse_map([pair])


def test_the_mapping_is_told_in_one_line():
    assert describe({"id": "external_id", "text": "text"}, ["id", "text", "label"]) == (
        "Columns used: id -> external_id, text. Not used: label."
    )


def reader(columns, **more) -> RowReader:
    mapping = resolve(columns, more.pop("explicit", {}))
    return RowReader(mapping, **{"product_of": {"Laser": 1, "Pump": 2}.__getitem__, "import_id": 9, **more})


def test_a_record_becomes_a_capture():
    columns = ["text", "product", "rating", "email", "name", "organisation", "id", "date", "version", "site"]
    values = dict(
        zip(
            columns,
            ["It drifts", " Laser ", "4", "a@b.c", "Ada", "Lab", "7", "2026-03-02", "2", "B"],
            strict=True,
        )
    )

    capture = reader(columns, explicit={"site": "context.site"}).capture_of(Record(5, values))

    assert capture == Capture(
        product_id=1,
        channel=Channel.IMPORT,
        text="It drifts",
        rating=4,
        version="2",
        context={"site": "B"},
        person=Person("a@b.c", "Ada", "Lab"),
        identity=Identity.VERIFIED,
        external_id="7",
        captured_at=datetime(2026, 3, 2, tzinfo=UTC),
        import_id=9,
        line=5,
    )


def test_the_product_told_wins_over_the_column():
    capture = reader(["text", "product"], product_id=5).capture_of(Record(2, {"text": "x", "product": "Laser"}))

    assert capture.product_id == 5


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"text": "x", "product": " "}, "product"),
        ({"text": "x"}, "product"),
        ({"text": "x", "product": "a\0"}, "product"),
        ({"text": "x", "product": "a" * 121}, "product"),
        ({"text": "x", "product": "Laser", "stars": "9"}, "stars"),
        ({"text": "x", "product": "Laser", "date": "02/03/2026"}, "date"),
    ],
)
def test_a_cell_that_cannot_be_read_is_reported_by_its_column(values, column):
    read = reader(["text", "product", "stars", "date"]).capture_of(Record(7, values))

    assert isinstance(read, Rejection)
    assert (read.line, read.column) == (7, column)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("", None),
        ("2015-02-24T11:35:00", "2015-02-24T11:35:00+01:00"),
        ("2015-02-24", "2015-02-24T00:00:00+01:00"),
        ("2015-07-24 11:35", "2015-07-24T11:35:00+02:00"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T11:35:52-08:00"),
        ("2015-02-24 11:35:52+00:00", "2015-02-24T11:35:52+00:00"),
        ("2015-02-24T11:35:52Z", "2015-02-24T11:35:52+00:00"),
        ("2015-02-24 11:35:52 UTC", "2015-02-24T11:35:52+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+01:00"),
    ],
)
def test_times_without_a_zone_are_the_installations(settings, raw, moment):
    settings.TIME_ZONE = "Europe/Berlin"

    read = moment_in(raw)

    assert (read.isoformat() if read else None) == moment


@pytest.mark.parametrize(
    "raw", ["yesterday", "24.02.2015", "2015-02-30", "2015-02-24T11:35:60", "10000-01-01", "1424777700", "\0"]
)
def test_times_are_not_guessed(raw):
    with pytest.raises(ValidationError, match="Write times like"):
        moment_in(raw)
