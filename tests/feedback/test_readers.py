"""Files as records: encodings, delimiters, quotes, and what is reported by line."""

import codecs
import csv
import gzip
import io
import json
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback.imports.readers import (
    Record,
    Rejection,
    json_columns,
    read_csv,
    read_header,
    read_json_lines,
)
from apps.feedback.imports.source import UnusableFileError, inspect, open_lines

NOT_CLOSED = "A quote opened here is never closed."
NOT_DOUBLED = "A quote inside a quoted cell must be doubled."


def read(data: bytes, path: Path) -> list[Record | Rejection]:
    """Write ``data`` to a file and return what its reader makes of it."""
    path.write_bytes(data)
    source = inspect(path)
    with open_lines(source) as (lines, _):
        if source.kind == "JSON Lines":
            return list(read_json_lines(lines))
        return list(read_csv(lines, read_header(lines)))


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "feedback.csv"


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        ("text\nMüller\n".encode(), "CSV, UTF-8", "Müller"),
        (b"text\nplain\n", "CSV, UTF-8", "plain"),
        (codecs.BOM_UTF8 + "text\nMüller\n".encode(), "CSV, UTF-8", "Müller"),
        ("text\nMüller\n".encode("utf-16"), "CSV, UTF-16", "Müller"),
        (codecs.BOM_UTF16_BE + "text\nMüller\n".encode("utf-16-be"), "CSV, UTF-16", "Müller"),
        ("text\nMüller\n".encode("latin-1"), "CSV, Latin-1", "Müller"),
        ("text\nMüller – “20 €”\n".encode("cp1252"), "CSV, Windows-1252", "Müller – “20 €”"),  # noqa: RUF001
        (gzip.compress("text\nMüller\n".encode(), mtime=0), "gzipped CSV, UTF-8", "Müller"),
        (gzip.compress("text\nMüller\n".encode("latin-1"), mtime=0), "gzipped CSV, Latin-1", "Müller"),
        (b'{"text": "M\\u00fcller"}\n', "JSON Lines, UTF-8", "Müller"),
    ],
)
def test_kind_and_encoding_are_found_out(file, data, name, text):
    records = read(data, file)

    assert str(inspect(file)) == name
    assert [record.values for record in records] == [{"text": text}]


def test_an_umlaut_that_a_block_cuts_in_two_is_one(file):
    data = ("text\n" + "x" * (4096 - 6) + "ü\n").encode()

    assert read(data, file)[0].values["text"].endswith("xü")


def test_one_damaged_line_does_not_make_utf8_latin(file):
    records = read("text\nMüller\nGrüße\n".encode() + b"Sch\xe4fer\n", file)

    assert [record.values["text"] for record in records] == ["Müller", "Grüße", "Sch\udce4fer"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "The file has no header"),
        (b"PK\x03\x04rest", "is a spreadsheet or a zip archive: save it as CSV"),
        (b"%PDF-1.7", "is a PDF"),
        ("text\nMüller".encode("utf-16-le"), "is not text"),
        (gzip.compress(b"text\nx\n" * 1000, mtime=0)[:-20], "is damaged or cut off"),
        (b"\x1f\x8bnot gzip at all", "is damaged or cut off"),
        (b'"text\nx\n', "The header cannot be read"),
    ],
)
def test_a_file_of_no_use_is_refused_with_advice(file, data, message):
    with pytest.raises(UnusableFileError, match=message):
        read(data, file)


def test_a_json_array_is_refused_with_advice(tmp_path):
    with pytest.raises(UnusableFileError, match="one object per line"):
        read(b'[{"text": "x"}]', tmp_path / "a.json")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnusableFileError, match="Cannot read"):
            inspect(path)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_header(file, mark):
    rows = [["id", "text", "note"], ["1", f"a{mark}b", "x;y,z"]]
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)

    assert read(out.getvalue().encode(), file) == [Record(2, dict(zip(*rows, strict=True)))]


def test_a_line_that_only_names_the_separator_is_passed_over(file):
    assert read(b"sep=;\nid;text\n1;x\n", file) == [Record(3, {"id": "1", "text": "x"})]


def test_lines_end_as_they_like_and_cells_run_over_lines(file):
    data = b'id,text\r\n1,"two\r\nlines"\n2,x\r3,y\n\r\n\n4,z'

    assert read(data, file) == [
        Record(2, {"id": "1", "text": "two\r\nlines"}),
        Record(4, {"id": "2", "text": "x"}),
        Record(5, {"id": "3", "text": "y"}),
        Record(8, {"id": "4", "text": "z"}),
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"1", "Has 1 cells where the header names 2 columns."),
        (b"1,2,3", "Has 3 cells where the header names 2 columns."),
        (b"," * 9_999, "Has 10,000 cells"),
        (b"id,text", "This is the header again."),
        (b'1,"he said "no""', NOT_DOUBLED),
        (b'1,"' + b"x" * 200_000 + b'"', "A cell is over 131,072 characters long"),
        (b"1," + b"x" * 10_000_000, "The line is over 1,000,000 characters long."),
        (b'1,"never closed', "A quote"),
    ],
)
def test_a_bad_line_is_reported_and_good_ones_go_in(file, bad, reason):
    if bad == b"," * 9_999:
        bad = b"x" + bad
    records = read(b"id,text\n1,before\n" + bad + b"\n2,after\n3,last\n", file)

    assert [record for record in records if isinstance(record, Record)] == [
        Record(2, {"id": "1", "text": "before"}),
        Record(4, {"id": "2", "text": "after"}),
        Record(5, {"id": "3", "text": "last"}),
    ]
    (rejection,) = [record for record in records if isinstance(record, Rejection)]
    assert (rejection.line, rejection.reason.startswith(reason)) == (3, True)


def test_an_unclosed_quote_costs_its_own_line_only(file):
    good = b"".join(b"%d,row\n" % number for number in range(30_000))

    records = read(b'id,text\n0,"open\n' + good, file)

    assert records[0] == Rejection(
        2, "", "A cell is over 131,072 characters long, or a quote opened here is never closed."
    )
    assert len(records) == 30_001
    assert records[-1] == Record(30_002, {"id": "29999", "text": "row"})


def test_two_million_blank_lines_are_nothing(file):
    assert read(b"id,text\n" + b"\n" * 200_000 + b"1,x\n", file) == [Record(200_002, {"id": "1", "text": "x"})]


def test_nul_in_a_cell_is_kept_for_the_door_to_refuse(file):
    assert read(b"id,text\n1,a\0b\n", file) == [Record(2, {"id": "1", "text": "a\0b"})]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from(",;\t"), st.booleans())
def test_what_a_csv_writer_wrote_is_read_back(rows, mark, is_gzip):
    header = ("id", "text", "note")
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    data = out.getvalue().encode()

    with NamedTemporaryFile(suffix=".csv") as temporary:
        records = read(gzip.compress(data, mtime=0) if is_gzip else data, Path(temporary.name))

    kept = [row for row in rows if row != header]
    assert [tuple(record.values.values()) for record in records if isinstance(record, Record)] == kept


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_never_more(data):
    with NamedTemporaryFile(suffix=".csv") as temporary:
        try:
            records = read(b"text\n" + data, Path(temporary.name))
        except UnusableFileError:
            return

    assert all(isinstance(record, (Record, Rejection)) and record.line >= 2 for record in records)


# --- JSON Lines -----


@pytest.fixture
def json_file(tmp_path) -> Path:
    return tmp_path / "feedback.jsonl"


def test_json_lines_are_read_with_nested_names_and_plain_values(json_file):
    line = {"text": "x", "rating": 4, "customer": {"email": "a@b.c"}, "ok": True, "none": None, "list": [1]}

    assert read(json.dumps(line).encode() + b"\n", json_file) == [
        Record(1, {"text": "x", "rating": "4", "customer.email": "a@b.c", "ok": "true", "list": "[1]"})
    ]


@pytest.mark.parametrize(
    "bad",
    [b"{", b"[1]", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 5_000, b'{"a": "\xff"}', b'{"a": "\\u0000"}'],
)
def test_a_bad_json_line_is_reported_and_good_ones_go_in(json_file, bad):
    records = read('{"text": "é"}\n'.encode() + bad + b'\n\n{"text": "4"}', json_file)

    assert [type(record) for record in records] == [Record, Rejection, Record]
    assert [record.line for record in records] == [1, 2, 4]
    assert records[1].reason


def test_json_columns_are_all_that_occur(json_file):
    json_file.write_bytes(b'{"a": 1}\n{"b": {"c": 2}}\nbad\n{"a": 3, "d": "x"}')

    with open_lines(inspect(json_file)) as (lines, _):
        assert json_columns(lines) == ["a", "b.c", "d"]
