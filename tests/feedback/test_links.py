"""What an address brings to a form: its language, answers filled in before, and a link that is one response."""

import re

import pytest
from django.test import RequestFactory

from apps.feedback import links, tokens
from apps.feedback.models import Feedback, Form, Identity
from apps.feedback.questionnaire import definition
from apps.feedback.services.form_versions import add_version
from apps.feedback.services.people import Person
from tests.factories import make_form
from tests.feedback.questionnaires import ask, choices, defined, made_of, page
from tests.feedback.test_multi_page import shown_fields

ADA = Person(email="ada@example.org", name="Ada")


@pytest.fixture
def asked(product, settings) -> Form:
    form = make_form(product=product, slug="asked")
    picks = ask("pick", "multiple_choice", choices=choices("a", "b"))
    first = page("p", ask("text", "long_text", role="words"), picks, ask("yes", "consent", purpose="contact"))
    made = defined(first, page("q", ask("more")), hidden=["case"], languages=["en", "ar"])
    add_version(form, definition.read(made), None)
    return form


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


@pytest.mark.parametrize(
    ("languages", "query", "header", "language"),
    [
        (["en", "de"], "", "", "en"),
        (["en", "de"], "", "de-CH,en;q=0.5", "de"),
        (["en", "de"], "?lang=de", "en", "de"),
        (["en", "de"], "?lang=fr", "de", "de"),
        (["de", "pt-br"], "", "pt-PT", "pt-br"),
        (["de", "pt", "pt-br"], "", "pt-BR", "pt-br"),
        (["de", "en"], "", "*", "de"),
        (["de"], "", "en", "de"),
    ],
)
def test_a_form_speaks_what_is_asked_for_or_its_own(languages, query, header, language):
    made = made_of(page("p"), languages=languages, title=dict.fromkeys(languages, "T"))
    request = RequestFactory().get(f"/f/x/{query}", headers={"accept-language": header})

    assert links.language_of(request, made) == language


def test_an_address_fills_in_answers_but_no_consent(asked, browser):
    shown = browser.get("/f/asked/?text=Hello+%3Cb%3E&pick=a&pick=b&yes=yes&case=4711&more=Later&token=x&unknown=y")

    fields = shown_fields(shown)
    assert (fields["text"], fields["pick"], fields["hidden.case"], fields["more"]) == (
        ["Hello <b>"], ["a", "b"], ["4711"], ["Later"],
    )  # fmt: skip
    assert "yes" not in fields
    assert fields["token"] != ["x"]
    assert "unknown" not in shown.text


def test_a_hidden_field_comes_with_the_feedback(asked, browser):
    fields = shown_fields(browser.get("/f/asked/?case=4711"))

    browser.post("/f/asked/", {**{name: value for name, value in fields.items() if name != "page"}, "text": "Words"})

    assert Feedback.objects.get().context == {"case": "4711"}


def test_a_link_speaks_for_its_person_once(asked, browser):
    Form.objects.update(needs_link=True)
    path = path_of(links.make_link(asked.pk, "asked", person=ADA))
    fields = {name: value for name, value in shown_fields(browser.get(path)).items() if name != "page"}

    answers = [browser.post("/f/asked/", {**fields, "text": text}) for text in ("First", "Second")]
    again = browser.get(path)

    row = Feedback.objects.get()
    assert [one.headers["Location"] for one in answers] == [tokens.receipt_path(row.pk)] * 2
    assert (row.text, row.identity, row.customer.email) == ("First", Identity.VERIFIED, "ada@example.org")
    assert again.status_code == 410
    assert "You have answered already" in again.text
    assert tokens.receipt_path(row.pk) in again.text


def test_a_link_shows_as_whom_one_is_asked(product, browser):
    form = make_form(product=product, slug="known")
    path = path_of(links.make_link(form.pk, "known", person=ADA))

    by_link = shown_fields(browser.get(f"{path}&name=Eve&email=eve@example.org"))
    by_hand = shown_fields(browser.get("/f/known/"))

    assert [(shown["name"], shown["email"]) for shown in (by_link, by_hand)] == [
        (["Ada"], ["ada@example.org"]),
        ([""], [""]),
    ]


def test_a_link_answers_an_anonymous_form_without_its_person(asked, browser):
    Form.objects.update(is_anonymous=True)
    path = path_of(links.make_link(asked.pk, "asked", person=ADA))
    fields = {name: value for name, value in shown_fields(browser.get(path)).items() if name != "page"}

    browser.post("/f/asked/", {**fields, "text": "Words"})

    row = Feedback.objects.get()
    assert (row.customer, row.identity) == (None, Identity.ANONYMOUS)


@pytest.mark.parametrize("link", ["", "forged", "W10.x"])
def test_without_its_link_such_a_form_says_so_and_gives_the_words_back(asked, browser, link):
    Form.objects.update(needs_link=True)

    shown, sent = (
        browser.get("/f/asked/", {"link": link}),
        browser.post("/f/asked/", {"text": "My <words>", "link": link}),
    )

    assert (shown.status_code, sent.status_code) == (403, 403)
    assert "This form opens by its own link" in shown.text
    assert "My &lt;words&gt;" in sent.text
    assert not Feedback.objects.exists()


def test_a_link_opens_its_own_form_alone(asked, browser, product):
    other = make_form(product=product, slug="other", needs_link=True)
    link = path_of(links.make_link(asked.pk, "other", person=ADA))

    assert browser.get(link).status_code == 403
    assert browser.get(path_of(links.make_link(other.pk, "other"))).status_code == 200


def test_a_page_in_arabic_runs_from_right_to_left(asked, browser):
    shown = browser.get("/f/asked/?lang=ar")

    assert '<html lang="ar" dir="rtl">' in shown.text
    assert "الخطوة 1 من 2" in shown.text
