"""What a person sent of one question, read into typed values or refused with a sentence."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback.questionnaire import answers
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.questionnaire.values import Value
from tests.feedback.questionnaires import calmly, choices, posts, question_of, questionnaires, sent

PICK = {"choices": choices("a", "b", "c")}
OTHER = {**PICK, "has_other": True}
GRID = {"choices": choices("low", "high"), "rows": choices("x", "y")}


@pytest.mark.parametrize(
    ("kind", "more", "posted", "values"),
    [
        ("short_text", {}, sent(q="  Two \n lines "), (Value(text="Two lines"),)),
        ("short_text", {}, sent(q=" \u200b "), ()),
        ("long_text", {}, sent(q=" Two\r\nlines "), (Value(text="Two\nlines"),)),
        ("long_text", {}, sent(), ()),
        ("single_choice", PICK, sent(q="b"), (Value(choice="b"),)),
        ("single_choice", OTHER, sent(q="other", q__other=" Mine "), (Value(choice="other", text="Mine"),)),
        ("single_choice", OTHER, sent(q="other"), (Value(choice="other"),)),
        ("single_choice", OTHER, sent(q__other="Mine"), (Value(choice="other", text="Mine"),)),
        ("single_choice", OTHER, sent(q="a", q__other="Mine"), (Value(choice="a"),)),
        ("single_choice", PICK, sent(q__other="Mine"), ()),
        ("multiple_choice", PICK, sent(q=["c", "a", "c"]), (Value(choice="c"), Value(choice="a"))),
        ("multiple_choice", OTHER, sent(q=["a"], q__other="Mine"),
         (Value(choice="a"), Value(choice="other", text="Mine"))),
        ("stars", {}, sent(q="5"), (Value(number=Decimal(5)),)),
        ("nps", {}, sent(q="0"), (Value(number=Decimal(0)),)),
        ("number", {}, sent(q=" 12,5 "), (Value(number=Decimal("12.5")),)),
        ("number", {}, sent(q="\u2212\u0661\u0662\u066b\u0665"), (Value(number=Decimal("-12.5")),)),
        ("number", {}, sent(q="-0"), (Value(number=Decimal(0)),)),
        ("number", {}, sent(q="1.23456789"), (Value(number=Decimal("1.234568")),)),
        ("date", {}, sent(q="2026-03-31"), (Value(day=date(2026, 3, 31)),)),
        ("date", {}, sent(q="\u0662\u0660\u0662\u0666-\u0660\u0663-\u0663\u0661"), (Value(day=date(2026, 3, 31)),)),
        ("email", {}, sent(q=" ada@example.org "), (Value(text="ada@example.org"),)),
        ("matrix", GRID, sent(q__x="low"), (Value(choice="low", row="x"),)),
        ("matrix", GRID, sent(q__z="low"), ()),
        ("ranking", PICK, sent(q__a="3", q__b="1", q__c="2"),
         (Value(choice="b", position=1), Value(choice="c", position=2), Value(choice="a", position=3))),
        ("consent", {"purpose": "contact"}, sent(q="yes"), (Value(choice="yes"),)),
        ("consent", {"purpose": "contact"}, sent(q="on"), ()),
    ],
)  # fmt: skip
def test_an_answer_is_read(kind: str, more: dict[str, Any], posted: QueryDict, values: tuple[Value, ...]) -> None:
    assert answers.read(question_of(kind, **more), posted) == values


@pytest.mark.parametrize(
    ("kind", "more", "posted", "sentence"),
    [
        ("short_text", {"characters": 3}, sent(q="four"), "Shorten this to 3 characters."),
        ("short_text", {"role": "version"}, sent(q="x" * 61), "Shorten this to 60 characters."),
        ("short_text", {"role": "context", "characters": 500}, sent(q="x" * 201), "Shorten this to 200 characters."),
        ("short_text", {"role": "name"}, sent(q="x" * 151), "Shorten this to 150 characters."),
        ("short_text", {}, sent(q="a\0b"), "Remove the NUL character."),
        ("long_text", {"characters": 3}, sent(q="four"), "Shorten this to 3 characters: it has 4."),
        ("long_text", {}, sent(q="x" * 20_001), "Shorten this to 20,000 characters: it has 20,001."),
        ("single_choice", PICK, sent(q="z"), "Choose one of the answers given."),
        ("single_choice", PICK, sent(q="other"), "Choose one of the answers given."),
        ("single_choice", OTHER, sent(q="other", q__other="x" * 201), "Shorten this to 200 characters."),
        ("multiple_choice", {**PICK, "picks": 1}, sent(q=["a", "b"]), "Choose at most 1."),
        ("stars", {}, sent(q="0"), "Choose one of the answers given."),
        ("nps", {}, sent(q="11"), "Choose one of the answers given."),
        ("nps", {}, sent(q="\uff13"), "Choose one of the answers given."),
        ("number", {}, sent(q="NaN"), "Write a number, such as 12.5."),
        ("number", {}, sent(q="1e400"), "Write a number, such as 12.5."),
        ("number", {}, sent(q="1_000"), "Write a number, such as 12.5."),
        ("number", {}, sent(q="1,234.5"), "Write a number, such as 12.5."),
        ("number", {}, sent(q="9" * 40), "Write a number, such as 12.5."),
        ("number", {"at_least": "2"}, sent(q="1.5"), "At least 2, please."),
        ("number", {"at_most": "2"}, sent(q="2.5"), "At most 2, please."),
        ("date", {}, sent(q="31.3.2026"), "Write a date as year-month-day, such as 2026-03-31."),
        ("date", {}, sent(q="1899-12-31"), "Write a date as year-month-day, such as 2026-03-31."),
        ("email", {}, sent(q="ada@"), "Enter an e-mail address like name@example.com."),
        ("matrix", GRID, sent(q__x="z"), "Choose one of the answers given."),
        ("matrix", {**GRID, "is_required": True}, sent(q__x="low"), "Choose an answer in every row."),
        ("ranking", PICK, sent(q__a="1", q__b="1", q__c="2"), "Give each place once."),
        ("ranking", PICK, sent(q__a="1"), "Give every one a place."),
        ("ranking", PICK, sent(q__a="4"), "Give each a place from 1 to 3."),
        ("short_text", {"is_required": True}, sent(q=" "), "Fill this in."),
        ("long_text", {"is_required": True, "role": "words"}, sent(), "Write what happened."),
        ("stars", {"is_required": True}, sent(), "Choose an answer."),
        ("file", {"is_required": True}, sent(), "Choose a file."),
        ("consent", {"is_required": True, "purpose": "contact"}, sent(), "Without this we cannot take it."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_a_sentence(
    kind: str, more: dict[str, Any], posted: QueryDict, sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        answers.read(question_of(kind, **more), posted)

    assert refused.value.messages == [sentence]


@calmly
@given(st.data())
def test_what_was_read_and_sent_again_reads_the_same(data: st.DataObject) -> None:
    made: Questionnaire = data.draw(questionnaires())
    posted = data.draw(posts(made))

    for question in made.questions:
        values = answers.read(question, posted)
        again = QueryDict(mutable=True)
        for name, value in answers.fields(question, values):
            again.appendlist(name, value)
        assert answers.read(question, again) == values


@calmly
@given(st.text(max_size=40))
def test_no_text_breaks_a_number_a_date_or_a_line(raw: str) -> None:
    for kind in ("number", "date", "email", "short_text", "long_text", "nps"):
        with suppress(ValidationError):
            answers.read(question_of(kind), sent(q=raw))
