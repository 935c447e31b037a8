"""The public pages, as a browser without JavaScript and without cookies sees them."""

import re
import time
from html import unescape
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from apps.customers.models import Customer
from apps.feedback import tokens
from apps.feedback.models import Feedback, Form, Identity
from apps.feedback.services.form_versions import edit_draft, publish
from tests.factories import CustomerFactory, ProductVersionFactory
from tests.feedback.test_normalise import corpus

URL = "/f/spectrometer/"
WORDS = {"text": "The stage drifts after an hour.", "rating": "2"}


class Elements(HTMLParser):
    """The elements of a page as (name, attributes), however its source is laid out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.all.append((tag, dict(attrs)))

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.all if tag in tags]


def token_in(response) -> str:
    return next(field["value"] for field in Elements(response.text).named("input") if field["name"] == "token")


def send(browser: Client, **data):
    """Open the form and send it; return the answer to the post."""
    return browser.post(URL, {"token": token_in(browser.get(URL)), **data})


def test_the_form_is_shown_and_sets_no_cookie(form, browser):
    response = browser.get(URL)

    assert (response.status_code, dict(response.cookies)) == (200, {})
    assert response.headers["Cache-Control"] == "no-store"
    assert re.findall(r"<script[^>]*>", response.text) == ['<script src="/static/js/form.js" defer>']
    assert re.findall(r"<script[^>]*>", response.text) == ['<script src="/static/js/form.js" defer>']
    assert " style=" not in response.text


def test_every_control_has_a_label(form, browser):
    page = Elements(browser.get(URL).text)

    controls = [field for field in page.named("input", "textarea") if field.get("type") != "hidden"]
    assert sorted(field["id"] for field in controls) == sorted(label["for"] for label in page.named("label"))


def test_each_visit_has_a_token_of_its_own(form, browser):
    assert token_in(browser.get(URL)) != token_in(browser.get(URL))


def test_the_form_shows_its_title_as_it_is_now(form, browser):
    browser.get(URL)
    edit_draft(form=form, edit=lambda made: {**made, "title": {"en": "<b>New</b> title"}}, seen=None, user=None)
    publish(form=form, user=None)

    assert "&lt;b&gt;New&lt;/b&gt; title" in browser.get(URL).text


def test_sending_captures_and_leads_to_the_receipt(form, browser, published):
    response = send(
        browser,
        **WORDS,
        name="Ada",
        email="ada@example.org",
        version="4.2",
        instrument="X 200",
        method="FTIR",
    )

    row = Feedback.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, tokens.receipt_path(row.pk))
    assert dict(response.cookies) == {}
    assert (row.text, row.rating, row.channel, row.form, row.product_id, row.state, row.identity) == (
        WORDS["text"], 2, "form", form, form.product_id, "live", Identity.CLAIMED,
    )  # fmt: skip
    assert row.context == {"instrument": "X 200", "method": "FTIR", "version": "4.2"}
    assert (row.customer.email, row.customer.verified_at) == ("ada@example.org", None)
    assert published("feedback.captured") == [row.pk]


def test_a_known_version_is_linked(form, browser):
    version = ProductVersionFactory(product=form.product, name="4.2")

    send(browser, **WORDS, version=" 4.2 ")

    assert Feedback.objects.get().version == version


def test_text_alone_is_enough(form, browser):
    assert send(browser, text="It drifts").status_code == 303
    row = Feedback.objects.get()
    assert (row.rating, row.customer, row.identity, row.context) == (None, None, "anonymous", {})


def test_a_double_click_is_one_feedback_with_one_receipt(form, browser, published):
    data = {"token": token_in(browser.get(URL)), **WORDS, "email": "ada@example.org"}

    receipts = {browser.post(URL, data).headers["Location"] for _ in range(3)}

    assert len(receipts) == 1
    assert len(published("feedback.captured")) == Feedback.objects.count() == 1


def test_a_token_sent_again_with_other_words_loses_neither(form, browser):
    token = token_in(browser.get(URL))

    receipts = [
        browser.post(URL, {"token": token, "text": text}).headers["Location"]
        for text in ("First", "Second", "Second", "First")
    ]

    first, second = Feedback.objects.order_by("id")
    assert [(row.text, row.state, row.held_reason) for row in (first, second)] == [
        ("First", "live", ""),
        ("Second", "held", "Form token used twice"),
    ]
    assert receipts == [tokens.receipt_path(row.pk) for row in (first, second, second, first)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"token": ""}, "Sent without a form token"),
        ({"token": "forged"}, "Form token is not ours"),
        ({"website": "http://spam.example"}, "Hidden field filled in"),
    ],
)
def test_doubtful_feedback_is_held_and_never_lost(form, browser, data, reason):
    response = send(browser, **{**WORDS, **data})

    row = Feedback.objects.get()
    assert (response.status_code, row.state, row.held_reason) == (303, "held", reason)
    assert WORDS["text"] in browser.get(response.headers["Location"]).text


def test_an_expired_token_is_held_and_sent_twice_is_one(form, browser):
    token = tokens.issue_form_token(form.pk, now=time.time() - 49 * 3600)

    for _ in range(2):
        browser.post(URL, {**WORDS, "token": token})

    row = Feedback.objects.get()
    assert (row.state, row.held_reason) == ("held", "Form token expired")


def test_faster_than_a_person_is_held(form, browser, settings):
    settings.FORM_MIN_SECONDS = 60.0

    send(browser, **WORDS)

    assert Feedback.objects.get().held_reason == "Sent faster than a person writes"


def test_without_a_token_the_same_words_from_one_address_are_one(form, browser):
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        browser.post(URL, WORDS, REMOTE_ADDR=address)

    assert Feedback.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"text": " \u200b "}, "text", "Write what happened."),
        ({"text": "a\0b"}, "text", "Remove the NUL character."),
        ({"rating": "6"}, "rating.1", "Choose one of the answers given."),
        ({"rating": "\uff13"}, "rating.1", "Choose one of the answers given."),
        ({"email": "ada@"}, "email", "Enter an e-mail address like name@example.com."),
        ({"name": "a\0"}, "name", "Remove the NUL character."),
        ({"version": "4" * 61}, "version", "Shorten this to 60 characters."),
        ({"method": "4" * 201}, "method", "Shorten this to 200 characters."),
    ],
)
def test_what_cannot_be_taken_comes_back_with_every_word_kept(form, browser, data, field, message):
    filled = {**WORDS, "name": "Ada", "instrument": "X <200>", **data}

    response = send(browser, **filled)

    page = response.text
    assert response.status_code == 400
    assert f'<a href="#{field}">{message}</a>' in page
    assert 'role="alert"' in page
    assert unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL).group(1)) == filled["text"]
    fields = {field["id"]: field for field in Elements(page).named("input") if "id" in field}
    assert fields["instrument"]["value"] == "X <200>"
    assert ("checked" in fields["rating.2"]) is (filled["rating"] == "2")
    assert (Feedback.objects.count(), Customer.objects.count()) == (0, 0)


def test_a_corrected_form_goes_in_with_its_first_token(form, browser):
    returned = send(browser, text="", rating="2")

    response = browser.post(URL, {**WORDS, "token": token_in(returned)})

    assert (response.status_code, Feedback.objects.get().state) == (303, "live")


def test_too_long_a_text_comes_back_whole(form, browser):
    response = send(browser, text="x" * 20_001)

    assert response.status_code == 400
    assert "x" * 20_001 in response.text


@pytest.mark.parametrize("case", corpus("feedback_kept.jsonl"), ids=lambda case: case["id"])
def test_hostile_text_comes_back_as_text(form, browser, case):
    response = send(browser, text=case["input"], name=case["input"], instrument=case["input"])

    page = browser.get(response.headers["Location"]).text
    shown = unescape(re.search(r"<blockquote[^>]*>\s*(?:<p>)?(.*?)(?:</p>)?\s*</blockquote>", page, re.DOTALL).group(1))
    assert shown == Feedback.objects.get().text
    assert re.search(r"<(script>|svg onload|a hx-get)", page) is None


def test_over_the_limit_the_words_come_back(form, browser, settings):
    settings.FORM_LIMIT = "2/d"
    fresh = time.time_ns() % 2**32  # Redis remembers the last run's
    network, neighbour = (f"2001:db8:{n >> 16:x}:{n % 2**16:x}::1" for n in (fresh, fresh ^ 1))
    answers = [browser.post(URL, {"text": f"No {number}"}, REMOTE_ADDR=network) for number in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "No 2</textarea>" in answers[2].text
    assert int(answers[2].headers["Retry-After"]) > 0
    assert browser.post(URL, {"text": "Neighbour"}, REMOTE_ADDR=neighbour).status_code == 303


@pytest.mark.parametrize("place", ["selectors.form_by_slug", "views.submit_form"])
def test_without_the_database_the_words_come_back(form, browser, monkeypatch, place):
    def fail(*args, **kwargs):
        raise OperationalError("could not connect to server")

    data = {"token": token_in(browser.get(URL)), "text": "My <words>", "rating": "2"}
    monkeypatch.setattr(f"apps.feedback.{place}", fail)

    response = browser.post(URL, data)

    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    for kept in ("My &lt;words&gt;</textarea>", data["token"], 'name="rating" value="2"'):
        assert kept in response.text


def test_a_closed_form_says_so_and_gives_the_words_back(form, browser):
    Form.objects.update(is_open=False)

    shown, sent = browser.get(URL), browser.post(URL, {"text": "My <words>"})

    assert (shown.status_code, sent.status_code) == (410, 410)
    assert "This form is closed" in shown.text
    assert "My &lt;words&gt;" in sent.text
    assert Feedback.objects.count() == 0


def test_an_unknown_form_is_404_and_other_methods_405(form, browser):
    assert browser.get("/f/nothing/").status_code == 404
    assert [browser.put(URL).status_code, browser.delete(URL).status_code] == [405, 405]


def test_files_are_refused_unread(form, browser, monkeypatch):
    def read(self, *args):
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.test.client.FakePayload.read", read)

    answers = [
        Client().post(URL, {"text": "My words", "file": SimpleUploadedFile("a.bin", b"a" * 500_000)}),
        Client().post(URL, '{"text": "My words"}', content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [415, 415]
    assert "takes words and no files" in answers[0].text
    assert not Feedback.objects.exists()


def test_known_and_unknown_customers_get_the_same_answer(form, browser):
    CustomerFactory(email="known@example.org")

    pages = []
    for email in ("known@example.org", "other@example.org"):
        response = send(browser, **WORDS, email=email)
        receipt = browser.get(response.headers["Location"]).text
        pages.append((response.status_code, re.sub(r"<dt>Received.*?</dd>", "", receipt)))

    assert pages[0] == pages[1]


def test_showing_and_sending_take_few_queries(form, browser, django_assert_num_queries, monkeypatch, published):
    monkeypatch.setattr("apps.core.outbox.NOTIFY_PAUSE_SECONDS", 1e9)
    browser.get(URL)
    token = tokens.issue_form_token(form.pk, now=time.time() - 5)

    with django_assert_num_queries(1):
        browser.get(URL)
    with django_assert_num_queries(2):  # form; insert with its outbox rows, a transaction of its own
        browser.post(URL, {**WORDS, "token": token})
