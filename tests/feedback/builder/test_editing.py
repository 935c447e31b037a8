"""Changes of a definition: each returns another, and what is read of it is what was meant."""

import pytest

from apps.feedback.builder import editing
from apps.feedback.builder.editing import GoneError, Keys
from apps.feedback.questionnaire import checking, definition, purposes
from apps.feedback.questionnaire.schema import Kind


def make_raw(purpose: str = "nps") -> dict:
    return purposes.definition_of(purpose, ["en", "de"])


def keys_of(raw) -> Keys:
    return Keys(editing.keys_in(raw))


def order(raw) -> list[list[str]]:
    return [[question["key"] for question in page["questions"]] for page in raw["pages"]]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_added_with_what_it_needs(kind):
    raw = make_raw()
    before = repr(raw)

    made = editing.add_question(raw, page="page-1", kind=kind, keys=keys_of(raw), key="new-1")

    assert repr(raw) == before
    assert order(made)[0] == ["recommend", "new-1"]
    added = made["pages"][0]["questions"][1]
    for thing in [added, *added.get("choices", ()), *added.get("rows", ())]:
        thing["label"] = {"en": "Words"}
    assert checking.check(definition.read(made), is_anonymous=False) == []


def test_a_scale_begins_with_its_usual_ends_in_the_forms_languages():
    raw = {**make_raw(), "languages": ["en", "de"]}

    made = editing.add_question(raw, page="page-1", kind=Kind.NPS, keys=keys_of(raw), key="nps-1")

    added = made["pages"][0]["questions"][-1]
    assert added["low_label"] == {"en": "Not at all likely", "de": "Überhaupt nicht wahrscheinlich"}
    assert added["high_label"]["en"] == "Extremely likely"


def test_a_role_that_only_one_question_may_have_is_not_given_twice():
    raw = make_raw("product")

    made = editing.add_question(raw, page="page-1", kind=Kind.STARS, keys=keys_of(raw), key="stars-1")

    assert "role" not in made["pages"][0]["questions"][-1]


def test_a_key_is_never_given_twice_even_after_its_question_was_taken_out():
    raw = make_raw()
    raw = editing.add_question(raw, page="page-1", kind=Kind.NPS, keys=keys_of(raw), key="nps-1")
    raw = editing.remove_question(raw, question="nps-1")

    assert keys_of(raw).fresh("nps") == "nps-2"


@pytest.mark.parametrize(
    ("question", "step", "expected"),
    [
        ("recommend", -1, [["recommend"], ["missed", "text", "name", "email"]]),
        ("recommend", 1, [[], ["recommend", "missed", "text", "name", "email"]]),
        ("missed", -1, [["recommend", "missed"], ["text", "name", "email"]]),
        ("text", -1, [["recommend"], ["text", "missed", "name", "email"]]),
        ("email", 1, [["recommend"], ["missed", "text", "name", "email"]]),
    ],
)
def test_a_question_moves_over_the_edge_of_its_page_and_not_over_the_forms(question, step, expected):
    assert order(editing.move_question(make_raw(), question=question, step=step)) == expected


def test_a_question_is_placed_where_it_is_dropped():
    raw = make_raw()

    assert order(editing.place_question(raw, question="name", page="page-1", index=0)) == [
        ["name", "recommend"],
        ["missed", "text", "email"],
    ]
    assert order(editing.place_question(raw, question="missed", page="page-2", index=99))[1][-1] == "missed"


def test_what_was_taken_out_comes_back_where_it_was():
    raw = make_raw()

    for remove, key in ((editing.remove_question, "text"), (editing.remove_page, "page-1")):
        name = "question" if key == "text" else "page"
        gone = remove(raw, **{name: key})
        assert order(editing.restore(gone, key=key)) == order(raw)
    with pytest.raises(GoneError):
        editing.restore(raw, key="text")


def test_a_question_whose_page_went_too_comes_back_on_another():
    raw = editing.remove_page(editing.remove_question(make_raw(), question="text"), page="page-2")

    assert order(editing.restore(raw, key="text")) == [["recommend", "text"]]


def test_what_was_taken_out_is_in_no_version():
    raw = editing.remove_question(make_raw(), question="text")

    assert "removed" in raw
    assert "removed" not in definition.write(definition.read(raw))


def test_a_copy_has_keys_of_its_own_and_asks_of_its_own_questions():
    raw = make_raw("sus")
    raw = editing.add_question(raw, page="page-1", kind=Kind.SHORT_TEXT, keys=keys_of(raw), key="after")
    raw["pages"][0]["questions"][-1] |= {
        "label": {"en": "After"},
        "show_when": {"all": [{"question": "sus", "test": "answered"}]},
    }

    made = editing.copy_page(raw, page="page-1", keys=keys_of(raw), key="page-9")

    every = list(editing.keys_in(made))
    assert len(every) == len(set(every))
    copied = made["pages"][1]["questions"]
    assert copied[-1]["show_when"]["all"][0]["question"] == copied[0]["key"] != "sus"
    assert checking.check(definition.read(made), is_anonymous=False) == []


def test_choices_are_added_copied_moved_and_taken_out():
    raw = make_raw("bug")

    def labels(made):
        question = editing.question_of(made, "frequency")[2]
        return [choice["label"].get("en") for choice in question["choices"]]

    def change(function, **named):
        return labels(function(raw, question="frequency", name="choices", **named))

    assert labels(raw) == ["Every time", "Often", "Now and then", "Once"]
    assert change(editing.add_choices, labels=["Never", ""], keys=keys_of(raw))[-2:] == ["Never", None]
    assert change(editing.move_choice, choice="always", step=1)[:2] == ["Often", "Every time"]
    assert change(editing.move_choice, choice="always", step=-1)[0] == "Every time"
    assert change(editing.copy_choice, choice="often", keys=keys_of(raw))[1:3] == ["Often", "Often"]
    assert change(editing.remove_choice, choice="often") == ["Every time", "Now and then", "Once"]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (editing.move_question, {"question": "nothing", "step": 1}),
        (editing.remove_question, {"question": "nothing"}),
        (editing.remove_page, {"page": "nothing"}),
        (editing.remove_jump, {"page": "page-1", "index": 0}),
        (editing.remove_choice, {"question": "recommend", "name": "label", "choice": "x"}),
        (editing.remove_choice, {"question": "recommend", "name": "choices", "choice": "x"}),
        (editing.remove_language, {"language": "en"}),
        (editing.remove_language, {"language": "fr"}),
    ],
)
def test_what_is_not_there_cannot_be_changed(function, arguments):
    with pytest.raises(GoneError):
        function(make_raw(), **arguments)


def test_a_language_taken_out_keeps_its_words_until_the_draft_is_published():
    raw = editing.remove_language(make_raw(), language="de")

    assert raw["languages"] == ["en"]
    assert editing.add_language(raw, language="de")["pages"][0]["questions"][0]["label"]["de"]
    assert definition.read(raw).pages[0].questions[0].label.keys() == {"en"}
