"""The rules for words, ratings, context and times."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback import normalise
from apps.feedback.normalise import (
    TEXT_LIMIT,
    normalise_context,
    normalise_line,
    normalise_moment,
    normalise_rating,
    normalise_text,
    rating_in,
)

CORPUS = Path(__file__).parent.parent / "corpus"
CHECKS = {"text": normalise_text, "rating": normalise_rating, "context": normalise_context}
storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200)


def corpus(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CORPUS / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", corpus("feedback_text.jsonl"), ids=lambda case: case["id"])
def test_bad_input_is_refused_with_its_code(case):
    with pytest.raises(ValidationError) as caught:
        CHECKS[case["where"]](case["input"])

    assert caught.value.code == case["expected"]


@pytest.mark.parametrize("case", corpus("feedback_kept.jsonl"), ids=lambda case: case["id"])
def test_hostile_and_foreign_text_is_kept_as_it_is(case):
    assert normalise_text(case["input"]) == unicodedata.normalize("NFC", case["input"])


def test_text_has_plain_line_ends_and_no_blank_ends():
    assert normalise_text("\ufeff  a\r\nb\rc \n\u200b") == "a\nb\nc"


def test_text_is_composed():
    assert normalise_text("Mu\u0308ller") == "Müller"


@pytest.mark.parametrize("text", ["x" * TEXT_LIMIT, "🧪" * TEXT_LIMIT])
def test_text_at_the_limit_is_kept_and_above_it_refused(text):
    assert normalise_text(text) == text
    with pytest.raises(ValidationError, match="20,000 characters: it has 20,001"):
        normalise_text(text + text[0])


def test_text_that_grows_past_the_limit_when_composed_is_refused():
    with pytest.raises(ValidationError, match="Shorten"):
        normalise_text("\ufb2c" * 15_000)


def test_absurd_piles_of_marks_are_left_as_they_are():
    pile = "a" + "\u0315\u0300" * 5_000

    assert normalise_text(pile) == pile


@given(storable)
def test_normalising_text_twice_changes_nothing(text):
    try:
        once = normalise_text(text)
    except ValidationError:
        return

    assert normalise_text(once) == once


@given(storable)
def test_normalising_a_line_twice_changes_nothing_and_leaves_one_line(text):
    try:
        once = normalise_line(text)
    except ValidationError:
        return

    assert normalise_line(once) == once
    assert len(once.splitlines()) <= 1


@given(st.text())
def test_any_text_is_stored_or_refused_never_more(text):
    code = None
    try:
        normalise_text(text).encode("utf-8")
    except ValidationError as error:
        code = error.code

    assert code in {None, "required", "null_characters", "surrogate_characters", "max_length"}


@pytest.mark.parametrize(("raw", "rating"), [("", None), (" ", None), ("3", 3), (" 5 ", 5), ("4.0", 4), ("1.00", 1)])
def test_rating_in_text_is_read(raw, rating):
    assert rating_in(raw) == rating


@pytest.mark.parametrize("raw", ["0", "6", "3.5", "\uff13", "+3", "03", "three", "4,0", "1e0", "3.0\u0660"])
def test_rating_in_text_is_not_guessed(raw):
    with pytest.raises(ValidationError):
        rating_in(raw)


def test_context_is_short_lines_and_blank_ones_are_left_out():
    assert normalise_context({"instrument": " LC \n 20 ", "method": "", "site": "\u200b"}) == {"instrument": "LC 20"}


@pytest.mark.parametrize(
    "context",
    [{f"k{number}": "v" for number in range(21)}, {"k" * 41: "v"}, {"k": "v" * 201}, {"1": "v"}, {3: "v"}],
)
def test_context_outside_its_limits_is_refused(context):
    with pytest.raises(ValidationError):
        normalise_context(context)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 2, 12),  # noqa: DTZ001 what is refused
        datetime(1899, 12, 31, 23, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
        "2026-03-02",
    ],
)
def test_moments_without_zone_or_out_of_range_are_refused(moment):
    with pytest.raises(ValidationError):
        normalise_moment(moment)


def test_moments_are_kept_in_utc():
    moment = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2)))

    assert normalise_moment(moment).isoformat() == "2026-03-01T23:00:00+00:00"


def test_nothing_is_no_rating_and_no_moment():
    assert (normalise_rating(None), normalise_moment(None)) == (None, None)


def test_only_what_can_be_seen_is_not_blank():
    assert [normalise.is_blank(text) for text in ("", "\u200b \u2800", "\u0301", "a", "👍", ".")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
