"""A form's definition: read with every fault named, written, and read again as it was."""

import json
from decimal import Decimal

import pytest
from hypothesis import given

from apps.feedback.questionnaire import checking, definition
from apps.feedback.questionnaire.definition import DefinitionError, Fault
from apps.feedback.questionnaire.purposes import TEMPLATES, definition_of
from apps.feedback.questionnaire.schema import Questionnaire, say
from tests.feedback.questionnaires import ask, calmly, choices, defined, made_of, page, questionnaires, when


@calmly
@given(questionnaires())
def test_what_is_written_reads_as_it_was(made: Questionnaire) -> None:
    written = json.loads(json.dumps(definition.write(made)))

    assert definition.read(written) == made
    assert definition.write(definition.read(written)) == written


@calmly
@given(questionnaires())
def test_what_can_be_built_can_be_published(made: Questionnaire) -> None:
    assert checking.check(made, is_anonymous=False) == [] or any(one.kind == "file" for one in made.questions)


@pytest.mark.parametrize("purpose", TEMPLATES)
def test_every_template_can_be_published_in_five_languages(purpose: str) -> None:
    made = definition.read(definition_of(purpose, ["en", "de", "fr", "es", "ar"]))

    assert checking.check(made, is_anonymous=TEMPLATES[purpose].is_anonymous) == []
    assert definition.read(definition.write(made)) == made


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        ([], ["", "languages", "title"]),
        ({"languages": ["en"], "title": {"de": "Nein"}}, ["title"]),
        ({"languages": ["EN"], "title": {"en": "A"}}, ["languages"]),
        ({"languages": ["en", "en"], "title": {"en": "A"}}, ["languages"]),
        (defined(title={"en": " \u200b "}), ["title"]),
        (defined(title={"en": "x" * 121}), ["title.en"]),
        (defined(title={"en": "a\0b"}), ["title.en", "title"]),
        (defined(title={"en": "\ud800"}), ["title.en", "title"]),
        (defined(pages="x"), ["pages"]),
        (defined(page("token", ask("q"))), ["pages.0.key"]),
        (defined(page("page-1", ask("Q"))), ["pages.0.questions.0.key"]),
        (defined(page("page-1", ask("content"))), ["pages.0.questions.0.key"]),
        (defined(page("page-1", ask("q", "guess"))), ["pages.0.questions.0.kind"]),
        (defined(page("page-1", ask("q", role="guess"))), ["pages.0.questions.0.role"]),
        (defined(page("page-1", ask("q", label={}))), ["pages.0.questions.0.label"]),
        (defined(page("page-1", ask("q", characters=-1))), ["pages.0.questions.0.characters"]),
        (defined(page("page-1", ask("q", characters=True))), ["pages.0.questions.0.characters"]),
        (defined(page("page-1", ask("q", at_least="NaN"))), ["pages.0.questions.0.at_least"]),
        (defined(page("page-1", ask("q", at_least="1e13"))), ["pages.0.questions.0.at_least"]),
        (defined(page("page-1", ask("q", choices=choices("a", "a")))), ["pages.0.questions.0.choices"]),
        (defined(page("page-1", ask("q", show_when={"all": []}))), ["pages.0.questions.0.show_when"]),
        (defined(page("page-1", jumps=[{"when": when("q", "is", "a")}])), ["pages.0.jumps.0.to"]),
        (defined(*[page(f"p{n}") for n in range(21)]), ["pages"]),
        (defined(hidden=["case", "case"]), ["hidden"]),
        (defined(hidden=["<b>"]), ["hidden"]),
    ],
)  # fmt: skip
def test_every_fault_is_named_by_its_place(raw: object, places: list[str]) -> None:
    with pytest.raises(DefinitionError) as refused:
        definition.read(raw)

    assert [fault.place for fault in refused.value.faults] == places


@pytest.mark.parametrize("value", [0, "0"])
def test_a_condition_compares_with_a_number_however_it_is_written(value: object) -> None:
    made = made_of(page("p", ask("n", "nps"), ask("why", show_when=when("n", "at_most", value))))  # type: ignore[arg-type]

    assert made.by_key["why"].show_when.conditions[0].value == "0"  # type: ignore[union-attr]


def test_what_is_empty_is_not_written() -> None:
    made = made_of(page("page-1", ask("q", at_least="0", at_most="0.50")))

    assert definition.write(made) == {
        "languages": ["en"],
        "title": {"en": "A form"},
        "pages": [
            {
                "key": "page-1",
                "questions": [
                    {
                        "key": "q", "kind": "short_text", "label": {"en": "Label of q"}, "at_least": "0",
                        "at_most": "0.50",
                    }
                ],
            }
        ],
    }  # fmt: skip
    assert made.by_key["q"].at_most == Decimal("0.5")


def test_texts_of_languages_taken_out_go_with_them() -> None:
    made = made_of(page("page-1", ask("q", label={"en": "Yes", "fr": "Oui"})))

    assert made.by_key["q"].label == {"en": "Yes"}


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ({"en": "Hello", "de": "Hallo"}, "de", "Hallo"),
        ({"en": "Hello", "de": "Hallo"}, "de-at", "Hallo"),
        ({"en": "Hello", "de": "Hallo"}, "fr", "Hello"),
        ({}, "en", ""),
    ],
)
def test_a_text_is_said_in_the_language_or_the_forms_own(text: dict[str, str], language: str, said: str) -> None:
    assert say(text, language) == said


def test_an_error_tells_all_faults_in_one_sentence() -> None:
    assert str(DefinitionError([Fault("a", "Wrong."), Fault("b", "Too.")])) == "a: Wrong.; b: Too."
