"""A form as it comes in: one page of it, or all at once, read along the path that the answers lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.feedback.questionnaire import logic
from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.sheets import Sheet, carried, read_page_number, words_in
from tests.feedback.questionnaires import ask, calmly, choices, made_of, page, posts, questionnaires, sent, when

TWO = made_of(
    page("one", ask("n", "nps", is_required=True), ask("text", "long_text", role="words")),
    page("two", ask("why", is_required=True, show_when=when("n", "at_most", "6")), ask("email", "email", role="email")),
    hidden=["case"],
)


@calmly
@given(st.data())
def test_a_sheet_reads_what_the_path_asks_and_nothing_else(data: st.DataObject) -> None:
    made: Questionnaire = data.draw(questionnaires())
    posted = data.draw(posts(made))

    sheet = Sheet(made, posted, None)

    assert sheet.errors == {}
    assert sheet.seen == logic.path(made, sheet.given)
    assert set(sheet.given) <= {question.key for question in logic.asked(made, sheet.given)}


@calmly
@given(st.data())
def test_page_by_page_gathers_the_same_as_all_at_once(data: st.DataObject) -> None:
    made: Questionnaire = data.draw(questionnaires())
    posted = data.draw(posts(made))
    number = logic.first_page(made, {})
    while number is not None:
        sheet = Sheet(made, posted, number)
        number = sheet.next_page

    assert sheet.given == Sheet(made, posted, None).given


def test_reading_stops_at_the_page_that_was_sent() -> None:
    sheet = Sheet(TWO, sent(n="3"), 0)

    assert (sheet.errors, sheet.next_page, sheet.page_before) == ({}, 1, 0)


def test_an_earlier_page_that_no_longer_holds_comes_first() -> None:
    sheet = Sheet(TWO, sent(why="x"), 1)

    assert (sheet.errors, sheet.wrong_page) == ({"n": "Choose an answer."}, 0)


def test_what_is_not_asked_does_not_count() -> None:
    entry = Sheet(TWO, sent(n="9", why="Left over"), 1).entry(is_anonymous=False)

    assert entry is not None
    assert [one.question for one in entry.answers] == ["n"]


def test_a_page_off_the_path_leads_back_to_it() -> None:
    made = made_of(
        page("a", ask("n", "nps"), jumps=[{"when": when("n", "at_least", "9"), "to": "c"}]),
        page("b", ask("x")),
        page("c", ask("y")),
    )

    assert Sheet(made, sent(n="9"), 1).next_page == 2


def test_nothing_answered_is_nothing_taken() -> None:
    made = made_of(page("p", ask("a"), ask("text", "long_text", role="words")))
    sheet = Sheet(made, sent(), None)

    assert sheet.entry(is_anonymous=False) is None
    assert sheet.errors == {"text": "Answer at least one question."}


@pytest.mark.parametrize("question", [ask("q", role="context"), ask("q", "email", role="email"), ask("q", "date")])
def test_any_answer_alone_is_enough(question: dict[str, object]) -> None:
    said = "2026-03-31" if question["kind"] == "date" else "ada@example.org"

    assert Sheet(made_of(page("p", question)), sent(q=said), None).entry(is_anonymous=False) is not None


def test_an_anonymous_sheet_keeps_nothing_that_leads_to_a_person() -> None:
    made = made_of(
        page("p", ask("person", role="name"), ask("mail", "email"), ask("role", role="context"), ask("a")),
        hidden=["case"],
    )
    posted = sent(person="Ada", mail="ada@example.org", role="Analyst", a="Words", hidden__case="4711")

    kept, anonymous = (Sheet(made, posted, None).entry(is_anonymous=flag) for flag in (False, True))

    assert kept is not None
    assert anonymous is not None
    assert kept.person is not None
    assert (kept.context, [one.question for one in kept.answers]) == (
        {"role": "Analyst", "case": "4711"},
        ["mail", "a"],
    )
    assert (anonymous.person, anonymous.context, [one.question for one in anonymous.answers]) == (
        None, {"role": "Analyst"}, ["a"],
    )  # fmt: skip


def test_a_version_that_is_chosen_is_its_label() -> None:
    versions = [{"key": "v4", "label": {"en": "4.2 (2026)"}}, {"key": "v5", "label": {"en": "5.0"}}]
    made = made_of(page("p", ask("v", "single_choice", choices=versions, role="version")))

    entry = Sheet(made, sent(v="v4"), None).entry(is_anonymous=False)

    assert entry is not None
    assert entry.version == "4.2 (2026)"


def test_a_long_choice_fits_the_context() -> None:
    long = [{"key": "a", "label": {"en": "x" * 400}}, {"key": "b", "label": {"en": "b"}}]
    made = made_of(page("p", ask("c", "single_choice", choices=long, role="context")))

    entry = Sheet(made, sent(c="a"), None).entry(is_anonymous=False)

    assert entry is not None
    assert entry.context == {"c": "x" * 200}


def test_everything_sent_is_carried_but_what_is_asked_anew() -> None:
    posted = sent(n="3", text="Words", why="Because", hidden__case="1", token="t", unknown="x")

    assert list(carried(TWO, posted, but=TWO.pages[1].questions)) == [
        ("n", "3"),
        ("text", "Words"),
        ("hidden.case", "1"),
    ]


def test_the_words_of_a_refused_sheet_are_those_that_somebody_wrote() -> None:
    made = made_of(
        page("p", ask("a"), ask("c", "single_choice", choices=choices("x", "y"), has_other=True), ask("n", "nps"))
    )

    assert words_in(made, sent(a="One", c="x", c__other="Two", n="3", token="t")) == ["One", "Two"]


@pytest.mark.parametrize(
    ("raw", "number"), [("0", 0), ("1", 1), ("2", None), ("-1", None), ("\u0661", None), ("", None)]
)
def test_a_page_number_is_one_of_the_pages_or_none(raw: str, number: int | None) -> None:
    assert read_page_number(raw, TWO) == number
