"""Publishing, versions, drafts thrown away, translations and the preview."""

import pytest

from apps.feedback.models import Answer, Feedback, FormDraft, FormVersion
from tests.factories import FeedbackFactory
from tests.feedback.builder.acting import act, question, seen


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
