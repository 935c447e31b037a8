"""The pages of the editor: fragments, cost, hostile words, who may open them."""

import json
import re

import pytest
from django.utils.html import escape

from apps.accounts.models import Role
from apps.feedback.models import FormDraft, FormVersion
from apps.feedback.questionnaire.schema import Kind
from apps.feedback.services.form_versions import edit_draft, publish
from tests.factories import UserFactory
from tests.feedback.builder.acting import act, seen

HTMX = {"HX-Request": "true"}

HOSTILE = "</textarea></title><script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{7*7}} [[recommend]]"


def test_htmx_gets_the_state_alone_while_somebody_types_and_the_cards_otherwise(builder, form):
    quiet = act(builder, form, "save", "question.text", label="", quiet="1", open="text", headers=HTMX)
    cards = act(builder, form, "add-question:nps", "page.page-1", headers=HTMX)

    assert [one.status_code for one in (quiet, cards)] == [200, 200]
    html = quiet.content.decode()
    assert 'id="board"' not in html
    assert 'id="builder-bar" hx-swap-oob="true"' in html
    assert 'id="fault-label"' in html
    assert "This has no words yet." in html
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


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_an_editor_and_a_preview(builder, form, kind):
    response = act(builder, form, f"add-question:{kind.value}", "page.page-1")

    page = builder.get(response.headers["Location"].partition("#")[0])
    assert page.status_code == 200
    assert b"This has no words yet." in page.content  # its words are missing yet
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


@pytest.mark.parametrize(("how", "joined"), [("all", "and"), ("any", "or")])
def test_a_card_says_whether_all_or_one_of_its_conditions_must_hold(builder, form, analyst, how, joined):
    def ask(raw):
        made = json.loads(json.dumps(raw))
        conditions = [{"question": "recommend", "test": test, "value": "5"} for test in ("at_least", "is_not")]
        made["pages"][1]["questions"][-1]["show_when"] = {how: conditions}
        return made

    edit_draft(form=form, edit=ask, seen=None, user=analyst)

    shown = " ".join(re.sub(r"<[^>]+>", " ", builder.get(f"/forms/{form.pk}/").content.decode()).split())
    assert f"is at least “5” {joined} " in shown


def test_the_signs_of_earlier_pages_answers_are_offered_and_wrong_ones_named(builder, form):
    act(builder, form, "add-question:short_text", "page.page-2")
    act(builder, form, "save", "question.short-text-1", label="Why [[recomend]]?")

    html = builder.get(f"/forms/{form.pk}/?open=short-text-1").content.decode()

    assert re.findall(r"<code>\[\[([a-z-]+)\]\]</code>", html) == ["recommend"]
    assert escape("[[recomend]] stands for no question of this form.") in html
    assert "<code>[[" not in builder.get(f"/forms/{form.pk}/?open=recommend").content.decode()
