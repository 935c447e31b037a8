"""What reads well one by one, but cannot be published together."""

from typing import Any

import pytest

from apps.feedback.questionnaire import checking
from tests.feedback.questionnaires import ask, choices, made_of, page, when

SCALE = ask("n", "nps")
DAY = ask("d", "date")
AB = choices("a", "b")
MANY = choices(*(f"c{number}" for number in range(50)))
AT_LAST = "pages.0.questions.1.show_when"
PICK = ask("c", "single_choice", choices=AB)


@pytest.mark.parametrize(
    ("pages", "more", "places"),
    [
        ([], {}, ["pages"]),
        ([page("p", SCALE), page("p", PICK)], {}, ["pages"]),
        ([page("p", SCALE, SCALE)], {}, ["pages"]),
        ([page("p", SCALE), page("q")], {}, ["pages.1"]),
        ([page("p", SCALE), page("q", intro={"en": "Words"})], {}, []),
        ([page("p", ask("a", role="name"), ask("b", role="name"))], {}, ["pages"]),
        ([page("p", ask("a", role="context"), ask("b", role="context"))], {}, []),
        ([page("p", ask("c", "single_choice", choices=choices("a")))], {}, ["pages.0.questions.0.choices"]),
        ([page("p", ask("m", "matrix", choices=AB))], {}, ["pages.0.questions.0.rows"]),
        ([page("p", ask("y", "consent"))], {}, ["pages.0.questions.0.purpose"]),
        ([page("p", ask("r", "ranking", choices=AB, has_other=True))], {}, ["pages.0.questions.0.has_other"]),
        ([page("p", ask("x", "number", at_least="2", at_most="1"))], {}, ["pages.0.questions.0.at_least"]),
        ([page("p", ask("x", "multiple_choice", choices=AB, picks=3))], {}, ["pages.0.questions.0.picks"]),
        ([page("p", ask("x", "nps", role="rating"))], {}, ["pages.0.questions.0.role"]),
        ([page("p", ask("case", role="context"))], {"hidden": ["case"]}, ["hidden"]),
        ([page("p", *(ask(f"x{n}", role="context") for n in range(20)))], {}, ["hidden"]),
        ([page("p", *(ask(f"x{n}", "ranking", choices=MANY) for n in range(31)))], {}, ["pages"]),
        # --- conditions look back
        ([page("p", ask("x", show_when=when("n", "answered")), SCALE)], {}, ["pages.0.questions.0.show_when"]),
        ([page("p", ask("x", show_when=when("x", "answered")))], {}, ["pages.0.questions.0.show_when"]),
        ([page("p", PICK, ask("x", show_when=when("c", "is", "z")))], {}, [AT_LAST]),
        ([page("p", PICK, ask("x", show_when=when("c", "is", "b")))], {}, []),
        ([page("p", SCALE, ask("x", show_when=when("n", "is")))], {}, [AT_LAST]),
        ([page("p", SCALE, ask("x", show_when=when("n", "at_least", "many")))], {}, [AT_LAST]),
        ([page("p", PICK, ask("x", show_when=when("c", "at_least", "1")))], {}, [AT_LAST]),
        ([page("p", DAY, ask("x", show_when=when("d", "at_least", "2026-01-01")))], {}, []),
        ([page("p", DAY, ask("x", show_when=when("d", "at_least", "yesterday")))], {}, [AT_LAST]),
        # --- answers in the words
        ([page("p", SCALE), page("q", ask("x", label={"en": "Why [[n]]?"}))], {}, []),
        ([page("p", SCALE), page("q", ask("x", label={"en": "Why [[m|it]]?"}))], {}, ["pages.1.questions.0.label"]),
        ([page("p", SCALE), page("q", PICK, intro={"en": "You said [[nn]]"})], {}, ["pages.1.intro"]),
        # --- jumps lead on
        ([page("p", SCALE, jumps=[{"when": when("n", "is", "1"), "to": "p"}])], {}, ["pages.0.jumps.0.to"]),
        ([page("p", SCALE, jumps=[{"when": when("n", "is", "1"), "to": "nowhere"}])], {}, ["pages.0.jumps.0.to"]),
        ([page("p", SCALE, jumps=[{"when": when("n", "is", "1"), "to": "end"}])], {}, []),
        ([page("p", SCALE, jumps=[{"when": when("z", "is", "1"), "to": "end"}])], {}, ["pages.0.jumps.0.when"]),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_named(pages: list[Any], more: dict[str, Any], places: list[str]) -> None:
    assert [fault.place for fault in checking.check(made_of(*pages, **more), is_anonymous=False)] == places


@pytest.mark.parametrize(
    "question", [ask("x", role="name"), ask("x", "email"), ask("x", "email", role="email"), ask("x", "file")]
)
def test_an_anonymous_form_asks_for_nothing_that_leads_to_a_person(question: dict[str, Any]) -> None:
    made = made_of(page("p", question))

    assert [fault.place for fault in checking.check(made, is_anonymous=True)] == ["pages.0.questions.0"]
    assert checking.check(made, is_anonymous=False) == []
