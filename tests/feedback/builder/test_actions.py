"""The actions of the editor, alone and with another editor at once."""

import re

import pytest

from apps.feedback.models import Form, FormDraft
from apps.feedback.services.form_versions import publish
from tests.feedback.builder.acting import act, question, seen


def draft_keys(form: Form) -> list[str]:
    pages = FormDraft.objects.get(form=form).definition["pages"]
    return [question["key"] for page in pages for question in page["questions"]]


def test_looking_makes_no_draft_and_the_first_change_does(builder, form, analyst):
    page = builder.get(f"/forms/{form.pk}/")
    assert (page.status_code, FormDraft.objects.exists()) == (200, False)

    response = act(builder, form, "add-question:nps", "page.page-1")

    assert response.headers["Location"] == f"/forms/{form.pk}/?open=nps-1#card-nps-1"
    assert draft_keys(form) == ["recommend", "nps-1", "missed", "text", "name", "email"]
    draft = FormDraft.objects.get()
    assert (draft.revision, draft.edited_by) == (1, analyst)
    assert form.current.definition["pages"][0]["questions"][0]["key"] == "recommend"


def test_what_changes_nothing_keeps_no_draft(builder, form):
    act(builder, form, "move:-1", "question.recommend")

    assert not FormDraft.objects.exists()


def test_every_part_of_a_question_is_saved(builder, form):
    act(builder, form, "add-question:number", "page.page-2")

    act(
        builder,
        form,
        "save",
        "question.number-1",
        label=" How warm? ",
        help="Roughly.",
        at_least="-5,5",
        at_most="30",
        unit="°C",
        is_required="on",
        role="context",
        rule="any",
        **{
            "when.0.question": "recommend",
            "when.0.test": "at_least",
            "when.0.value": "9",
            "when.1.question": "text",
            "when.1.test": "answered",
            "when.1.value": "ignored",
            "when.2.question": "",
        },
    )

    assert question(form, "number-1") == {
        "key": "number-1",
        "kind": "number",
        "label": {"en": " How warm? "},
        "help": {"en": "Roughly."},
        "role": "context",
        "is_required": True,
        "at_least": "-5.5",
        "at_most": "30",
        "unit": "°C",
        "show_when": {
            "any": [
                {"question": "recommend", "test": "at_least", "value": "9"},
                {"question": "text", "test": "answered"},
            ]
        },
    }


def test_a_choice_is_added_moved_and_taken_out_without_losing_what_was_typed(builder, form):
    act(builder, form, "add-question:single_choice", "page.page-1")
    first, second = (choice["key"] for choice in question(form, "single-choice-1")["choices"])
    typed = {"label": "Which?", f"choices.{first}": "This", f"choices.{second}": "That"}

    act(builder, form, "add-choice:choices", "question.single-choice-1", **typed, **{"choices-more": "Else\n\n More "})
    act(builder, form, f"move-choice:choices:{second}:-1", "question.single-choice-1")
    act(builder, form, f"remove-choice:choices:{first}", "question.single-choice-1")

    found = question(form, "single-choice-1")
    assert found["label"] == {"en": "Which?"}
    assert [choice["label"]["en"] for choice in found["choices"]] == ["That", "Else", "More"]


def test_choices_are_kept_in_the_order_in_which_they_were_posted(builder, form):
    act(builder, form, "add-question:single_choice", "page.page-1")
    first, second = (choice["key"] for choice in question(form, "single-choice-1")["choices"])

    act(builder, form, "save", "question.single-choice-1", **{f"choices.{second}": "B", f"choices.{first}": "A"})

    assert [choice["label"]["en"] for choice in question(form, "single-choice-1")["choices"]] == ["B", "A"]


def test_a_jump_is_made_changed_and_taken_out(builder, form):
    act(builder, form, "add-jump", "page.page-1", title="First", intro="")
    condition = {"when.0.question": "recommend", "when.0.test": "at_least", "when.0.value": "9"}
    act(builder, form, "save", "jump.page-1.0", to="end", **condition)

    page = FormDraft.objects.get().definition["pages"][0]
    rule = {"all": [{"question": "recommend", "test": "at_least", "value": "9"}]}
    assert (page["title"]["en"], page["jumps"]) == ("First", [{"when": rule, "to": "end"}])
    act(builder, form, "remove-jump", "jump.page-1.0", to="end", **condition)
    assert FormDraft.objects.get().definition["pages"][0]["jumps"] == []


def test_taking_out_can_be_undone(builder, form):
    response = act(builder, form, "remove", "question.text", open="text")

    assert response.headers["Location"] == f"/forms/{form.pk}/"
    page = builder.get(response.headers["Location"]).content.decode()
    undo = f"/forms/{form.pk}/restore/text/"
    assert page.count(f'action="{undo}"') == 2  # the toast, and the list of what was taken out
    assert draft_keys(form) == ["recommend", "missed", "name", "email"]
    for _ in range(2):
        assert builder.post(undo).status_code == 302
    assert draft_keys(form) == ["recommend", "missed", "text", "name", "email"]


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ("add-question:magic", "page.page-1"),
        ("add-question", "page.page-1"),
        ("add-question:nps", "page.nowhere"),
        ("move:7", "question.text"),
        ("remove", "question.nowhere"),
        ("place", "question.text"),
        ("save", "question.nowhere"),
        ("save", "jump.page-1.x"),
        ("save", ""),
        ("translate", "question.text"),
        ("remove-language:en", ""),
        ("add-language", ""),
        ("dance", "question.text"),
    ],
)
def test_what_is_no_action_changes_nothing_and_is_told(builder, form, action, target):
    response = act(builder, form, action, target)

    assert (response.status_code, FormDraft.objects.exists()) == (409, False)
    assert b"is not there any more" in response.content


@pytest.mark.parametrize("words", ["a\x00b", "x" * 401, "x" * 500_000])
def test_words_that_cannot_be_kept_come_back(builder, form, words):
    response = act(builder, form, "save", "question.text", label=words)

    assert response.status_code in (302, 400, 409, 422)
    if response.status_code == 302:  # too long is kept in the draft, and named
        assert b"Shorten this to 400 characters." in builder.get(f"/forms/{form.pk}/?open=text").content
    else:
        assert not FormDraft.objects.exists()


def test_the_second_of_two_editors_loses_nothing_and_overwrites_nothing(builder, form):
    old = seen(form)
    act(builder, form, "save", "question.text", label="Mine")

    response = act(builder, form, "save", "question.text", label="Theirs", seen=old, open="text")

    html = response.content.decode()
    assert response.status_code == 409
    assert question(form, "text")["label"]["en"] == "Mine"
    assert "Somebody else changed this form meanwhile." in html
    assert 'value="Theirs"' in html
    again = re.search(r'name="seen"\s+value="([^"]+)"', html)
    assert again
    assert again[1] == seen(form)
    act(builder, form, "save", "question.text", label="Theirs")
    assert question(form, "text")["label"]["en"] == "Theirs"


def test_words_for_a_question_that_somebody_took_out_are_given_back(builder, form):
    old = seen(form)
    act(builder, form, "remove", "question.text")

    response = act(builder, form, "save", "question.text", label="Hard won words", seen=old, open="text")

    assert response.status_code == 409
    assert b"Hard won words" in response.content


def test_a_draft_published_meanwhile_is_stale_too(builder, form, analyst):
    act(builder, form, "save", "question.text", label="First")
    old = seen(form)
    publish(form=form, user=analyst)
    act(builder, form, "save", "question.name", label="Second")  # again at revision 1

    assert act(builder, form, "save", "question.text", label="Third", seen=old).status_code == 409


@pytest.mark.parametrize("junk", ["", "x", "1", "1.x", "9.9.9", "1" * 60, "-1.0"])
def test_a_state_that_was_never_shown_is_stale(builder, form, junk):
    assert act(builder, form, "add-page", seen=junk).status_code == 409
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("action", ["save", "add-choice:choices", "add-choice:rows"])
def test_choices_written_one_a_line_are_added_whatever_is_pressed(builder, form, action):
    act(builder, form, "add-question:matrix", "page.page-1")
    typed = {"label": "How?", "choices-more": "Well\n\n Badly ", "rows-more": "Speed"}

    act(builder, form, action, "question.matrix-1", **typed)

    found = question(form, "matrix-1")
    assert [choice["label"] for choice in found["choices"]] == [{}, {}, {"en": "Well"}, {"en": "Badly"}]
    assert [row["label"] for row in found["rows"]] == [{}, {"en": "Speed"}]


def test_choices_that_are_still_being_written_wait(builder, form):
    act(builder, form, "add-question:single_choice", "page.page-1")

    act(builder, form, "save", "question.single-choice-1", label="Which?", quiet="1", **{"choices-more": "El"})

    assert len(question(form, "single-choice-1")["choices"]) == 2
