"""Ids and cursors from addresses: strict, and never an error of the page."""

import pytest

from apps.core.keyset import MAX_ID, read_id, read_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (str(MAX_ID), MAX_ID),
        (str(MAX_ID + 1), None),
        ("0", None),
        ("-1", None),
        ("", None),
        (" 1", None),
        ("²", None),
        ("9" * 5000, None),  # more digits than Python turns into a number
    ],
)
def test_an_id_is_a_number_that_a_row_could_have(text, number):
    assert read_id(text) == number


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "1-2-3", "1-²", f"1-{MAX_ID + 1}", "1" * 50])
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(ValueError, match="not a cursor"):
        read_numbers(text)


def test_a_cursor_is_two_numbers():
    assert read_numbers("12-34") == (12, 34)
