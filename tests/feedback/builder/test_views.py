"""The editor: actions on the draft, publishing, versions, translations, previews."""

import json
import re

import pytest
from django.utils.html import escape

from apps.accounts.models import Role
from apps.feedback.models import Answer, Feedback, Form, FormDraft, FormVersion
from apps.feedback.questionnaire.schema import Kind
from apps.feedback.services.form_versions import edit_draft, publish
from tests.factories import FeedbackFactory, UserFactory

HTMX = {"HX-Request": "true"}
HOSTILE = "</textarea></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{7*7}} [[recommend]]"


def seen(form: Form) -> str:
    draft = FormDraft.objects.filter(form=form).first()
    return f"{Form.objects.get(pk=form.pk).current_id}.{draft.revision if draft else 0}"


def act(client, form: Form, action: str, target: str = "", **more):
    data = {"action": action, "target": target, "seen": seen(form), **more}
    headers = more.pop("headers", {})
    return client.post(f"/forms/{form.pk}/edit/", data, headers=headers)


def draft_keys(form: Form) -> list[str]:
    pages = FormDraft.objects.get(form=form).definition["pages"]
    return [question["key"] for page in pages for question in page["questions"]]


def question(form: Form, key: str) -> dict:
    pages = FormDraft.objects.get(form=form).definition["pages"]
    return next(one for page in pages for one in page["questions"] if one["key"] == key)


# --- actions ------------------------------------------------------------------------------------------------------


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


# --- two editors at once ------------------------------------------------------------------------------------------


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


# --- fragments ----------------------------------------------------------------------------------------------------


def test_htmx_gets_the_state_alone_while_somebody_types_and_the_cards_otherwise(builder, form):
    quiet = act(builder, form, "save", "question.text", label="", quiet="1", open="text", headers=HTMX)
    cards = act(builder, form, "add-question:nps", "page.page-1", headers=HTMX)

    assert [one.status_code for one in (quiet, cards)] == [200, 200]
    html = quiet.content.decode()
    assert 'id="board"' not in html
    assert 'id="builder-bar" hx-swap-oob="true"' in html
    assert 'id="fault-label"' in html
    assert escape("Write this in the form's own language.") in html
    assert json.loads(quiet.headers["HX-Trigger"]) == {"draft-saved": {"seen": f"{form.current_id}.1"}}
    assert cards.content.decode().count('id="board"') == 1
    assert "<html" not in cards.content.decode()
    assert cards.headers["HX-Replace-Url"] == f"/forms/{form.pk}/?open=nps-1"
    assert "<html" not in builder.get(f"/forms/{form.pk}/?open=text", headers=HTMX).content.decode()


def test_a_refusal_comes_as_a_fragment_too(builder, form):
    response = act(builder, form, "save", "question.text", label="x", quiet="1", seen="0.0", headers=HTMX)

    assert response.status_code == 409
    assert b"Somebody else changed this form meanwhile." in response.content
    assert b'id="board"' not in response.content


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_an_editor_and_a_preview(builder, form, kind):
    response = act(builder, form, f"add-question:{kind.value}", "page.page-1")

    page = builder.get(response.headers["Location"].partition("#")[0])
    assert page.status_code == 200
    assert b"Write this in the form" in page.content  # its words are missing yet
    assert builder.get(f"/forms/{form.pk}/preview/frame/").content.count(b"Question without words") == 1


def test_publishing_waits_until_what_is_named_is_mended(builder, form):
    act(builder, form, "save", "question.recommend", label="")

    page = builder.get(f"/forms/{form.pk}/").content.decode()
    assert f'href="/forms/{form.pk}/publish/"' in page  # what changes can be read
    assert re.search(r"<button[^>]*disabled[^>]*>\s*Publish", page)
    assert builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form)}).headers["Location"] == f"/forms/{form.pk}/"
    assert FormVersion.objects.count() == 1
    assert b"Mend this first:" in builder.get(f"/forms/{form.pk}/publish/").content


@pytest.mark.parametrize("amount", [1, 3])
def test_the_editor_costs_the_same_for_one_question_and_three(builder, form, amount, django_assert_num_queries):
    for _ in range(amount):
        act(builder, form, "add-question:single_choice", "page.page-1")

    with django_assert_num_queries(6):  # session, person, form, roles, draft, teams of the navigation
        builder.get(f"/forms/{form.pk}/?open=text")


def test_hostile_words_stay_words_everywhere(builder, form, analyst):
    def poison(raw):
        made = json.loads(json.dumps(raw))
        for page in made["pages"]:
            page["title"] = page["intro"] = {"en": HOSTILE[:110], "de": HOSTILE[:110]}
            for one in page["questions"]:
                one["label"] = one["help"] = {"en": HOSTILE, "de": HOSTILE}
                if "low_label" in one:
                    one["low_label"] = {"en": HOSTILE[:50]}
        one = {"key": "c", "label": {"en": HOSTILE, "de": HOSTILE}}
        choice = {
            "key": "chosen",
            "kind": "single_choice",
            "label": {"en": HOSTILE},
            "choices": [one, {**one, "key": "d"}],
        }
        later = {"key": "later", "kind": "number", "label": {"en": HOSTILE}, "unit": "<b>°</b>"}
        later["show_when"] = {"all": [{"question": "chosen", "test": "is", "value": "c"}]}
        made["pages"][0]["questions"] += [choice, later]
        made["pages"][0]["jumps"] = [{"when": later["show_when"], "to": "end"}]
        return {**made, "title": {"en": HOSTILE[:110]}, "intro": {"en": HOSTILE}, "thanks": {"en": HOSTILE}}

    edit_draft(form=form, edit=poison, seen=None, user=analyst)
    publish(form=form, user=analyst)
    edit_draft(form=form, edit=lambda raw: {**raw, "thanks": {"en": f"{HOSTILE} 2"}}, seen=None, user=analyst)
    act(builder, form, "remove", "question.missed")
    base = f"/forms/{form.pk}/"
    opened = [f"?open={one}" for one in ("chosen", "later", "form", "page.page-1")]
    rooms = ["translations/?language=de", "preview/", "preview/frame/", "publish/", "versions/", "versions/2/"]
    rooms += ["versions/2/frame/", "settings/", "share/"]

    for address in ["/forms/", *(base + one for one in ["", *opened, *rooms])]:
        html = builder.get(address).content.decode()
        assert "<script>alert" not in html, address
        assert "<img src=x" not in html, address
        assert "</textarea></title>" not in html, address
        assert "<b>°" not in html, address


@pytest.mark.parametrize("path", ["", "translations/", "preview/", "preview/frame/", "publish/", "versions/", "share/"])
def test_pages_are_for_the_products_team_alone(client, form, team, path):
    address = f"/forms/{form.pk}/{path}"
    assert client.get(address).status_code == 302
    for person in (UserFactory(role=Role.SCIENTIST, team=team), UserFactory(role=Role.ANALYST)):
        client.force_login(person)
        assert client.get(address).status_code == 403
    client.force_login(UserFactory(role=Role.ANALYST, team=team))
    assert client.get(address).status_code == 200
    assert client.get(f"/forms/{form.pk + 1}/{path}").status_code == 404
    assert client.delete(address).status_code == 405


@pytest.mark.parametrize("path", ["edit/", "restore/text/", "discard/", "versions/1/draft/", "share/links.csv"])
def test_actions_are_for_the_products_team_and_posts_alone(client, form, path):
    address = f"/forms/{form.pk}/{path}"
    assert client.post(address).status_code == 302
    client.force_login(UserFactory(role=Role.ANALYST))
    assert client.post(address).status_code == 403
    assert client.get(address).status_code == 405
    assert not FormDraft.objects.exists()


# --- publishing and versions --------------------------------------------------------------------------------------


def test_publishing_says_what_changes_and_makes_the_next_version(builder, form, analyst):
    act(builder, form, "save", "question.recommend", label="Would you tell others?")
    html = builder.get(f"/forms/{form.pk}/publish/").content.decode()
    assert "“Would you tell others?” is asked differently." in html

    for _ in range(2):
        builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form)})

    form.refresh_from_db()
    assert (form.current.number, form.current.published_by, FormVersion.objects.count()) == (2, analyst, 2)
    assert not FormDraft.objects.exists()


def test_what_was_published_is_what_was_read(builder, form):
    act(builder, form, "save", "question.recommend", label="First")
    old = seen(form)
    act(builder, form, "save", "question.recommend", label="Second")

    response = builder.post(f"/forms/{form.pk}/publish/", {"seen": old})

    assert (response.status_code, FormVersion.objects.count()) == (409, 1)
    assert "“Second” is asked differently." in response.content.decode()


def test_taking_out_what_was_answered_needs_a_second_yes(builder, form):
    answered = FeedbackFactory(product=form.product, form=form, form_version=form.current)
    Answer.objects.create(feedback=answered, form=form, question="missed", text="Much.")
    act(builder, form, "remove", "question.missed")
    act(builder, form, "add-question:nps", "page.page-1")
    act(builder, form, "remove", "question.nps-1")  # was never asked

    page = builder.get(f"/forms/{form.pk}/publish/")
    assert page.context["losses"] == [("“What disappointed you?” is asked no longer.", "1 answer")]
    refused = builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form)})
    assert (refused.status_code, FormVersion.objects.count()) == (422, 1)
    builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form), "confirmed": "on"})
    assert FormVersion.objects.count() == 2
    assert Answer.objects.get().question == "missed"


def test_old_answers_keep_their_version_and_results_read_across_by_key(builder, form):
    for label in ("Would you tell others?", "Would you?"):
        made = FeedbackFactory(product=form.product, form=form, form_version=form.current)
        Answer.objects.create(feedback=made, form=form, question="recommend", number=9)
        act(builder, form, "save", "question.recommend", label=label)
        builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form)})
        form.refresh_from_db()

    versions = Feedback.objects.order_by("id").values_list("form_version__number", flat=True)
    assert list(versions) == [1, 2]
    assert Answer.objects.filter(form=form, question="recommend").count() == 2
    lines = builder.get(f"/forms/{form.pk}/versions/").context["versions"]
    assert [(line.version.number, line.response_count, line.is_live) for line in lines] == [
        (3, 0, True),
        (2, 1, False),
        (1, 1, False),
    ]


def test_an_old_version_is_read_and_begun_from(builder, form):
    act(builder, form, "save", "question.recommend", label="New words")
    builder.post(f"/forms/{form.pk}/publish/", {"seen": seen(form)})

    assert b"How likely are you" in builder.get(f"/forms/{form.pk}/versions/1/frame/").content
    assert "asked differently" in builder.get(f"/forms/{form.pk}/versions/2/").content.decode()
    shown = {"seen": seen(form)}
    for _ in range(2):
        assert builder.post(f"/forms/{form.pk}/versions/1/draft/", shown).status_code == 302
    assert question(form, "recommend")["label"]["en"].startswith("How likely are you")
    assert builder.get(f"/forms/{form.pk}/versions/9/").status_code == 404


def test_a_draft_is_thrown_away(builder, form):
    act(builder, form, "add-page")

    shown = {"seen": seen(form)}
    for _ in range(2):
        assert builder.post(f"/forms/{form.pk}/discard/", shown).status_code == 302

    assert not FormDraft.objects.exists()


@pytest.mark.parametrize("path", ["discard/", "versions/1/draft/"])
def test_a_draft_that_somebody_changed_meanwhile_is_not_lost(builder, form, path):
    act(builder, form, "add-page")
    stale = seen(form)
    act(builder, form, "add-page")
    theirs = FormDraft.objects.values().get()

    answers = [builder.post(f"/forms/{form.pk}/{path}", {"seen": one}, follow=True) for one in (stale, "", "1")]

    assert all("Somebody else changed this form meanwhile." in answer.content.decode() for answer in answers)
    assert FormDraft.objects.values().get() == theirs


def test_the_pages_that_end_a_draft_say_which_one(builder, form):
    act(builder, form, "add-page")

    pages = [builder.get(f"/forms/{form.pk}/{path}").content.decode() for path in ("publish/", "versions/1/")]

    mark = f'name="seen" value="{seen(form)}"'
    assert [
        page.split(action)[1].split("</form>")[0].count(mark)
        for page, action in zip(
            pages, (f"/forms/{form.pk}/discard/", f"/forms/{form.pk}/versions/1/draft/"), strict=True
        )
    ] == [1, 1]


# --- translations -------------------------------------------------------------------------------------------------


def test_a_language_is_added_translated_counted_and_taken_out(builder, form):
    response = act(builder, form, "add-language", language="fr")
    assert response.headers["Location"] == f"/forms/{form.pk}/translations/?language=fr"

    act(builder, form, "translate", "question.recommend", language="fr", label="Nous recommanderiez-vous ?")
    act(builder, form, "translate", "form", language="fr", title="Comment ça va ?")

    page = builder.get(f"/forms/{form.pk}/translations/?language=fr")
    assert {code: done for code, _name, done, _all in page.context["languages"]}["fr"] == 2
    assert question(form, "recommend")["label"]["fr"] == "Nous recommanderiez-vous ?"
    assert question(form, "recommend")["label"]["en"].startswith("How likely")
    act(builder, form, "remove-language:fr")
    assert FormDraft.objects.get().definition["languages"] == ["en", "de"]


def test_a_translation_that_comes_late_is_given_back(builder, form):
    response = act(builder, form, "translate", "question.text", language="de", label="Warum denn?", seen="0.0")

    assert response.status_code == 409
    assert b"Warum denn?" in response.content


# --- the preview --------------------------------------------------------------------------------------------------


def test_the_preview_takes_nothing_and_stands_in_our_own_frames_alone(builder, form):
    address = f"/forms/{form.pk}/preview/frame/"

    first = builder.get(address)
    second = builder.post(address, {"page": "0", "recommend": "3", "token": "preview"})
    last = builder.post(address, {"page": "1", "recommend": "3", "text": "Because.", "token": "preview"})

    assert b"What disappointed you?" in second.content
    assert b"Nothing was sent: this is a preview." in last.content
    assert not Feedback.objects.exists()
    for response in (first, second, last):
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    editor = builder.get(f"/forms/{form.pk}/")
    assert editor.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in editor.headers["Content-Security-Policy"]
    assert f'action="{address}"'.encode() in first.content
    assert b"/f/aurora/" not in first.content


def test_the_preview_shows_what_can_be_shown_of_a_draft_with_faults(builder, form):
    act(
        builder, form, "save", "question.recommend", label="", **{"when.0.question": "email", "when.0.test": "answered"}
    )
    act(builder, form, "add-jump", "page.page-1")

    html = builder.get(f"/forms/{form.pk}/preview/frame/").content.decode()

    assert "Question without words" in html
    for key in ("recommend", "missed", "text", "name", "email"):
        act(builder, form, "remove", f"question.{key}")
    assert b"Nothing to show yet" in builder.get(f"/forms/{form.pk}/preview/frame/").content
