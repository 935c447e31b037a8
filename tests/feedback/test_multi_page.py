"""Forms of several pages, as a browser without scripts walks through them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from apps.feedback import tokens
from apps.feedback.models import Answer, Feedback, Form
from apps.feedback.questionnaire import definition
from apps.feedback.services.form_versions import add_version
from tests.factories import make_form
from tests.feedback.browser import FormClient
from tests.feedback.questionnaires import ask, choices, defined, page, when
from tests.feedback.test_views import Elements

URL = "/f/pages/"
PAGES = [
    page("one", ask("n", "nps", is_required=True), ask("text", "long_text", role="words")),
    page("two", ask("why", is_required=True, show_when=when("n", "at_most", "6")), title={"en": "You said [[n]]"}),
    page("three", ask("pick", "multiple_choice", choices=choices("a", "b")), ask("email", "email", role="email")),
]


@pytest.fixture
def pages(product, settings) -> Form:
    form = make_form(product=product, slug="pages")
    made = defined(*PAGES, languages=["en", "de"], title={"en": "A form", "de": "Ein Formular"})
    add_version(form, definition.read(made), None)
    return form


def shown_fields(response: Any) -> dict[str, list[str]]:  # Any: Django's test response
    """Return what the page would send as it is: hidden fields and what is filled in."""
    elements = Elements(response.text)
    found: dict[str, list[str]] = {}
    for field in elements.named("input"):
        is_box = field.get("type") in ("radio", "checkbox")
        if field.get("name") and (not is_box or "checked" in field):
            found.setdefault(str(field["name"]), []).append(field.get("value") or "")
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', response.text, re.DOTALL):
        found[name] = [unescape(text)]
    return found


def go(browser: FormClient, response: Any, button: str = "on", **answers: Any) -> Any:  # Any: as above
    return browser.post(URL, {**shown_fields(response), **answers, "go": button})


def number_of(response: Any) -> str:
    return str(Elements(response.text).named("form")[0]["data-page"])


def test_a_person_walks_through_and_it_is_one_feedback(pages, browser):
    second = go(browser, browser.get(URL), n="3", text="It drifts <b>")
    third = go(browser, second, why="Because")
    receipt = go(browser, third, pick=["a", "b"], email="ada@example.org")

    row = Feedback.objects.get()
    assert [number_of(second), number_of(third), receipt.status_code] == ["1", "2", 303]
    assert "You said 3" in second.text
    assert (row.text, row.state, row.customer.email) == ("It drifts <b>", "live", "ada@example.org")
    told = Answer.objects.order_by("id").values_list("question", "choice", "text")
    assert [*told] == [("n", "", ""), ("why", "", "Because"), ("pick", "a", ""), ("pick", "b", "")]


def test_answers_pass_over_what_they_do_not_need(pages, browser):
    assert number_of(go(browser, browser.get(URL), n="9")) == "2"


def test_going_back_keeps_everything_and_checks_nothing(pages, browser):
    second = go(browser, browser.get(URL), n="3", text="Words")
    third = go(browser, second, why="Because")

    back = go(browser, third, "back", email="half an addr", pick=["b"])
    again = go(browser, back)

    assert (back.status_code, number_of(back), shown_fields(back)["why"]) == (200, "1", ["Because"])
    assert (shown_fields(again)["email"], shown_fields(again)["pick"]) == (["half an addr"], ["b"])


def test_an_answer_that_is_asked_no_more_is_kept_but_does_not_count(pages, browser):
    second = go(browser, browser.get(URL), n="3")
    third = go(browser, second, why="Because")
    first = go(browser, go(browser, third, "back"), "back")

    last = go(browser, first, n="9")
    go(browser, last)

    assert shown_fields(last)["why"] == ["Because"]
    assert [*Answer.objects.values_list("question", flat=True)] == ["n"]


def test_a_mistake_on_a_later_page_keeps_the_earlier_ones(pages, browser):
    second = go(browser, browser.get(URL), n="3", text="Words")

    wrong = go(browser, second, why=" ")

    assert (wrong.status_code, number_of(wrong), shown_fields(wrong)["text"]) == (400, "1", ["Words"])
    assert '<a href="#why">Fill this in.</a>' in wrong.text


def test_another_language_shows_the_same_page_with_everything_in_it(pages, browser):
    second = go(browser, browser.get(URL), n="3", text="Words")

    german = go(browser, second, "lang.de", why="Halb")
    wrong = go(browser, german, why="")
    receipt = go(browser, go(browser, wrong, why="Weil"), email="")

    assert (german.status_code, number_of(german)) == (200, "1")
    assert '<html lang="de"' in german.text
    assert (shown_fields(german)["why"], shown_fields(german)["lang"]) == (["Halb"], ["de"])
    assert "Füllen Sie dies aus." in wrong.text
    assert receipt.headers["Location"] == f"{tokens.receipt_path(Feedback.objects.get().pk)}?lang=de"
    assert "Vielen Dank" in browser.get(receipt.headers["Location"]).text


def test_a_version_published_meanwhile_does_not_disturb(pages, browser):
    second = go(browser, browser.get(URL), n="3", text="Words")
    add_version(pages, definition.read(defined(page("another", ask("another-question")))), None)

    third = go(browser, second, why="Because")
    go(browser, third)

    row = Feedback.objects.get()
    assert (row.text, row.form_version.number) == ("Words", 2)


def test_without_a_page_everything_is_read_at_once(pages, browser):
    token = shown_fields(browser.get(URL))["token"]

    assert browser.post(URL, {"token": token, "n": "9"}).status_code == 303
    assert browser.post(URL, {"token": token, "n": "3"}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "title", "sentence"),
    [
        ({"is_open": False}, "This form is closed", "takes no more feedback"),
        ({"opens_at": datetime.now(UTC) + timedelta(days=1)}, "This form is not open yet", "opens on"),
        ({"closes_at": datetime.now(UTC) - timedelta(days=1)}, "This form is closed", "was open until"),
        ({"response_limit": 0}, "This form is closed", "all the answers it asked for"),
    ],
    ids=["closed", "not yet", "ended", "full"],
)
def test_a_form_that_takes_nothing_says_why_and_gives_the_words_back(pages, browser, fields, title, sentence):
    second = go(browser, browser.get(URL), n="3", text="My <words>")
    Form.objects.filter(pk=pages.pk).update(**fields)

    refused = go(browser, second, why="My reason")

    assert refused.status_code == 410
    for said in (title, sentence, "My &lt;words&gt;", "My reason"):
        assert said in refused.text
    assert not Feedback.objects.exists()


def test_the_last_answer_sent_twice_leads_to_its_receipt_though_the_form_is_full(pages, browser):
    Form.objects.update(response_limit=1)
    last = go(browser, browser.get(URL), n="9")

    receipts = [go(browser, last, email="").headers.get("Location") for _ in range(2)]

    assert receipts == [tokens.receipt_path(Feedback.objects.get().pk)] * 2
    assert browser.get(URL).status_code == 410
