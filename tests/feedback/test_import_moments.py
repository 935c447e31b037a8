"""Times and ratings as files spell them."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from apps.feedback.imports.moments import check_format, detect, parser_of
from apps.feedback.imports.scales import rating_reader

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("key", "raw", "moment"),
    [
        ("dmy", "03.04.2026", "2026-04-03T04:00"),
        ("mdy", "03/04/2026", "2026-03-04T05:00"),
        ("dmy", "3/4/26 14:05", "2026-04-03T18:05"),
        ("mdy", "3/4/26, 2:05:09 pm", "2026-03-04T19:05:09"),
        ("mdy", "3/4/26 12:05 AM", "2026-03-04T05:05"),
        ("dmy", "1-2-69", "1969-02-01T05:00"),
        ("dmy", "1-2-68", "2068-02-01T05:00"),
        ("ymd", "2026/3/4 9:00", "2026-03-04T14:00"),
        ("dmy", "03.04.2026 14:05 +0200", "2026-04-03T12:05"),
        ("dmy", "03.04.2026 14:05Z", "2026-04-03T14:05"),
        ("dmy", "2026-03-04T10:00:00+01:00", "2026-03-04T09:00"),  # ISO 8601 is never in doubt
        ("named", "4 Mar 2026", "2026-03-04T05:00"),
        ("named", "Wednesday, March 4th, 2026 at 2:05 PM", "2026-03-04T19:05"),
        ("named", "Wed, 04 Mar 2026 14:05:00 GMT", "2026-03-04T14:05"),
        ("named", "04-Mar-26", "2026-03-04T05:00"),
        ("seconds", "1774793100", "2026-03-29T14:05"),
        ("milliseconds", "1774793100000", "2026-03-29T14:05"),
        ("%d|%m|%Y %H", "04|03|2026 14", "2026-03-04T19:00"),
        ("iso", "2026-03-08 02:30", "2026-03-08T07:30"),  # an hour that the clocks skip
        ("iso", "2026-11-01 01:30", "2026-11-01T05:30"),  # an hour there twice: the first
        ("", "2026-07-04", "2026-07-04T04:00"),
    ],
)
def test_a_time_is_read_in_its_format_and_zone(key, raw, moment):
    read = parser_of(key, NEW_YORK)(raw)

    assert read.astimezone(UTC) == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert parser_of(key, NEW_YORK)("  ") is None


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("dmy", "13/14/2026"),
        ("dmy", "31.02.2026"),
        ("mdy", "29/03/2026"),
        ("dmy", "1.2.3.4"),
        ("dmy", "03.04.2026 25:00"),
        ("mdy", "03/04/2026 13:00 PM"),
        ("ymd", "26/3/4"),
        ("named", "4 Foo 2026"),
        ("named", "yesterday"),
        ("seconds", "1774793100000"),
        ("milliseconds", "soon"),
        ("%d.%m.%Y", "2026-03-04"),
        ("dmy", "\0"),
        ("dmy", "9" * 5_000),
    ],
)
def test_a_time_of_another_format_is_refused(key, raw):
    with pytest.raises(ValidationError):
        parser_of(key, NEW_YORK)(raw)


@pytest.mark.parametrize(
    ("samples", "key"),
    [
        ([], "iso"),
        (["", " "], "iso"),
        (["2026-03-04", "2026-03-04T10:00Z", "junk"], "iso"),
        (["03.04.2026", "28.04.2026"], "dmy"),
        (["03/04/2026", "04/28/2026"], "mdy"),
        (["03/04/2026", "05/06/2026"], ""),
        (["28/04/2026", "04/28/2026"], ""),
        (["03.04.2026 10:00", "05.06.2026"], "dmy"),
        (["03.04.2026", "05/06/2026"], ""),
        (["04.28.2026", "03.04.2026"], "mdy"),
        (["2026/03/04"], "ymd"),
        (["4 Mar 2026", "5 Mar 2026"], "named"),
        (["1774793100"], "seconds"),
        (["1774793100000"], "milliseconds"),
        (["yesterday", "soon"], "iso"),
        (["2026-03-04"] * 6 + ["03/04/2026"] * 4, "iso"),
    ],
)
def test_the_format_is_found_out_and_never_guessed(samples, key):
    assert detect(samples).key == key


@pytest.mark.parametrize("key", ["", "iso", "dmy", "%d.%m.%Y", "%Y%m%d %H%M%S", "%b %d %y"])
def test_formats_are_taken(key):
    assert check_format(key) == key


@pytest.mark.parametrize("key", ["dym", "%", "%Q", "%H:%M", "%d" * 40, "%Y"])
def test_patterns_that_name_no_day_are_refused(key):
    with pytest.raises(ValidationError, match="pattern like"):
        check_format(key)


@pytest.mark.parametrize(
    ("scale", "raws", "ratings"),
    [
        ("five", ["1", "5", "4.0", ""], [1, 5, 4, None]),
        ("ten", ["1", "2", "3", "5", "6", "8", "9", "10"], [1, 1, 2, 3, 3, 4, 5, 5]),
        ("nps", ["0", "1", "2", "5", "8", "9", "10"], [1, 1, 2, 3, 4, 5, 5]),
        ("seven", ["1", "4", "7"], [1, 3, 5]),
        ("hundred", ["0", "12", "13", "50 %", "87,5", "100%"], [1, 1, 2, 3, 5, 5]),
        ("sign", ["-1", "-0.4", "0", "0.3", "+1"], [1, 2, 3, 4, 5]),
        ("stars", ["★★★☆☆", "⭐⭐", "4 stars", "5/5", "3 out of 5", "1", ""], [3, 2, 4, 5, 3, 1, None]),
        ("words", ["Very satisfied", "NEUTRAL", "bad", "very_unhappy", "👍", "sehr gut", ""], [5, 3, 2, 1, 4, 5, None]),
    ],
)
def test_ratings_are_brought_to_one_to_five(scale, raws, ratings):
    read = rating_reader(scale, {})

    assert [read(raw) for raw in raws] == ratings


@pytest.mark.parametrize(
    ("scale", "raw"),
    [("five", "6"), ("ten", "0"), ("ten", "11"), ("nps", "-1"), ("hundred", "101"), ("hundred", "1e2"), ("ten", "٣"),
     ("stars", "★★★★★★"), ("stars", "7 stars"), ("words", "meh"), ("ten", "9" * 400), ("sign", "nan")],
)  # fmt: skip
def test_ratings_off_the_scale_are_refused(scale, raw):
    with pytest.raises(ValidationError):
        rating_reader(scale, {})(raw)


def test_words_said_one_by_one_come_first():
    read = rating_reader("words", {"meh": "2", "good": "5", "n/a": ""})

    assert [read(" MEH "), read("Good"), read("n/a"), read("bad")] == [2, 5, None, 2]
