"""Which questions a person is asked: conditions, jumps, and earlier answers in later words."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback.questionnaire import answers, logic
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.questionnaire.values import Value
from tests.feedback.questionnaires import ask, calmly, choices, made_of, page, posts, questionnaires, sent, when

AB = choices("a", "b")
# Shared with the browser's test of the script that does the same (tests/e2e/test_form_script.py).
CASES = json.loads((Path(__file__).parent / "conditions.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_rule_holds_as_the_table_says(case: dict[str, Any]) -> None:
    made = made_of(page("p", *case["questions"], ask("then", show_when=case["rule"])))
    posted = sent(**case["sent"])
    given_so_far: dict[str, Any] = {}
    for question in made.questions:
        if question.key != "then" and logic.holds(question.show_when, given_so_far):
            values = answers.read(question, posted)
            if values:
                given_so_far[question.key] = values

    assert logic.holds(made.by_key["then"].show_when, given_so_far) is case["holds"]


@calmly
@given(st.data())
def test_every_path_ends_and_leads_on(data: st.DataObject) -> None:
    made: Questionnaire = data.draw(questionnaires())
    posted = data.draw(posts(made))
    found = {question.key: answers.read(question, posted) for question in made.questions}

    taken = logic.path(made, found)

    assert taken == sorted(set(taken))
    assert all(made.pages[number].intro or logic.shown(made.pages[number].questions, found) for number in taken)
    assert [one for one in logic.asked(made, found) if one.show_when and not logic.holds(one.show_when, found)] == []


@calmly
@given(st.data())
def test_what_is_surely_last_is_last_whatever_is_answered(data: st.DataObject) -> None:
    made: Questionnaire = data.draw(questionnaires())
    posted = data.draw(posts(made))
    found: dict[str, Any] = {}
    number = logic.first_page(made, found)
    while number is not None:
        was_last = logic.is_surely_last(made, number, found)
        for question in made.pages[number].questions:
            if logic.holds(question.show_when, found):
                found[question.key] = answers.read(question, posted)
        number = logic.next_page(made, number, found)
        assert not (was_last and number is not None)


THREE = [
    page("one", ask("n", "nps"), jumps=[{"when": when("n", "at_least", "9"), "to": "three"}]),
    page("two", ask("why", show_when=when("n", "at_most", "6"))),
    page("three", ask("end-word")),
]


@pytest.mark.parametrize(
    ("score", "taken"), [("9", [0, 2]), ("7", [0, 2]), ("3", [0, 1, 2])], ids=["jumps", "passes over", "asks"]
)
def test_a_path_jumps_and_passes_over_what_would_be_empty(score: str, taken: list[int]) -> None:
    made = made_of(*THREE)

    assert logic.path(made, {"n": answers.read(made.by_key["n"], sent(n=score))}) == taken


def test_the_first_jump_that_holds_leads() -> None:
    jumps = [{"when": when("n", "is", "1"), "to": "end"}, {"when": when("n", "answered"), "to": "three"}]
    made = made_of(page("one", ask("n", "nps"), jumps=jumps), page("two", ask("a")), page("three", ask("b")))

    found = [logic.path(made, {"n": answers.read(made.by_key["n"], sent(n=raw))}) for raw in ("1", "2")]

    assert found == [[0], [0, 2]]


@pytest.mark.parametrize(
    ("pages", "number", "is_last"),
    [
        ([page("a", ask("x"))], 0, True),
        ([page("a", ask("x")), page("b", ask("y"))], 0, False),
        ([page("a", ask("x")), page("b", ask("y", show_when=when("x", "answered")))], 0, False),
        ([page("a", ask("x")), page("b", ask("z"), ask("y", show_when=when("x", "answered")))], 1, True),
    ],
)
def test_a_page_says_send_only_where_nothing_can_follow(pages: list[Any], number: int, is_last: bool) -> None:
    assert logic.is_surely_last(made_of(*pages), number, {}) is is_last


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Why [[n]]?", "Why 3?"),
        ("About [[ c ]]", "About Choice a"),
        ("About [[nobody|them]]", "About them"),
        ("About [[nobody]]", "About …"),
        ("[[c|", "[[c|"),
        ("[[n]] [[n]]", "3 3"),
    ],
)
def test_earlier_answers_are_piped(words: str, said: str) -> None:
    made = made_of(page("p", ask("n", "nps"), ask("c", "single_choice", choices=choices("a", "b"))))
    found = {key: answers.read(made.by_key[key], sent(n="3", c="a")) for key in ("n", "c")}

    assert logic.pipe(words, made, found, "en") == said


def test_what_is_piped_is_piped_once() -> None:
    made = made_of(page("p", ask("x")))

    assert logic.pipe("[[x]]", made, {"x": (Value(text="[[x]]"),)}, "en") == "[[x]]"


@pytest.mark.parametrize(
    ("question", "posted", "language", "said"),
    [
        (ask("q", "number", unit="nm"), sent(q="12.50"), "en", "12.5 nm"),
        (ask("q", "multiple_choice", choices=AB, has_other=True), sent(q=["a", "other"]), "de", "Choice a, Sonstige"),
        (ask("q", "single_choice", choices=AB, has_other=True), sent(q="other", q__other="Mine"), "en", "Mine"),
        (ask("q", "matrix", choices=AB, rows=choices("x", "y")), sent(q__x="a", q__y="b"), "en",
         "Choice x: Choice a\nChoice y: Choice b"),
        (ask("q", "ranking", choices=AB), sent(q__a="2", q__b="1"), "en", "1. Choice b\n2. Choice a"),
        (ask("q", "consent", purpose="contact"), sent(q="yes"), "de", "Ja"),
        (ask("q", "date"), sent(q="2026-03-31"), "en", "2026-03-31"),
        (ask("q"), sent(), "en", ""),
    ],
)  # fmt: skip
def test_an_answer_is_spelt_in_words(question: Any, posted: Any, language: str, said: str) -> None:
    made = made_of(page("p", question))

    assert logic.spell(made.by_key["q"], answers.read(made.by_key["q"], posted), language) == said
