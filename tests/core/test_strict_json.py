import pytest

from apps.core.strict_json import StrictJSONError, clean_text, parse


def test_plain_json_is_read_as_it_is():
    text = '{"a": [1, -0.5, true, null, "é😀"], "b": {"c": 9223372036854775807}}'

    assert parse(text.encode()) == {"a": [1, -0.5, True, None, "é😀"], "b": {"c": 2**63 - 1}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',  # CESU-8
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'["\\ude00\\ud83d"]',
        b'{"a": 1, "a": 2}',
        b'{"b": [{"a": 1, "a": 1}]}',
        b"NaN",
        b"[Infinity, -Infinity]",
        b"1e400",
        b"[-1e1000000]",
        b"9223372036854775808",
        b"9" * 5_000,
        b"-" + b"9" * 4_000,
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 20_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"a": 1} {"b": 2}',
    ],
)
def test_what_cannot_be_kept_is_refused(data):
    with pytest.raises(StrictJSONError):
        parse(data)


def test_twenty_levels_are_read():
    assert parse(b"[" * 20 + b"]" * 20) is not None


@pytest.mark.parametrize(("text", "expected"), [("fine\n", True), ("a\0b", False), ("\ud800", False)])
def test_clean_text_knows_what_postgresql_keeps(text, expected):
    assert clean_text(text) is expected
