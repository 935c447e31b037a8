"""What changes between two versions, in words."""

from apps.feedback.builder import editing
from apps.feedback.builder.changes import compare
from apps.feedback.builder.editing import Keys
from apps.feedback.questionnaire import definition, purposes
from apps.feedback.questionnaire.schema import Kind


def told(change, purpose: str = "bug") -> list[tuple]:
    raw = purposes.definition_of(purpose, ["en", "de"])
    made = change(raw)
    return [(one.kind, one.text, one.details) for one in compare(definition.read(raw), definition.read(made))]


def test_nothing_changed_is_nothing_told():
    assert told(lambda raw: raw) == []


def test_questions_that_come_and_go_are_named():
    def change(raw):
        made = editing.remove_question(raw, question="since")
        made = editing.add_question(made, page="page-1", kind=Kind.NPS, keys=Keys([]), key="nps-1")
        made["pages"][0]["questions"][-1]["label"] = {"en": "<b>Would you?</b>"}
        return made

    assert told(change) == [
        ("removed", "“Since when?” is asked no longer.", ()),
        ("added", "“<b>Would you?</b>” is asked, as: NPS, 0 to 10.", ()),
    ]


def test_a_question_that_is_asked_differently_says_how():
    def change(raw):
        made = editing.remove_choice(raw, question="frequency", name="choices", choice="once")
        question = editing.question_of(made, "frequency")[2]
        question |= {"is_required": True, "kind": "multiple_choice"}
        question["label"] = {**question["label"], "en": "How often is it?"}
        return made

    assert told(change) == [
        (
            "changed",
            "“How often is it?” is asked differently.",
            (
                "It read “How often does it happen?”.",
                "It was Single choice and becomes Multiple choice.",
                "It has to be answered.",
                "Choice taken out: “Once”.",
                "Its translation (Deutsch) reads differently.",
            ),
        )
    ]


def test_order_pages_languages_and_words_are_told():
    def change(raw):
        made = editing.move_question(raw, question="frequency", step=1)
        made = editing.remove_language(editing.add_page(made, key="page-3"), language="de")
        made["pages"][-1]["intro"] = {"en": "Bye."}
        return {**made, "title": {"en": "Other"}, "hidden": ["case"]}

    assert told(change) == [
        ("added", "A page is added: Page 3.", ()),
        ("changed", "Questions stand in another order or on another page.", ()),
        ("changed", "The title reads differently.", ()),
        ("removed", "A language is gone: Deutsch.", ()),
        ("changed", "Other hidden fields are taken from the address.", ()),
    ]
