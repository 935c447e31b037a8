"""A form in a frame: who may show it, what comes of it."""

import json
import re
import time

import pytest

from apps.feedback.models import Channel, Feedback, FeedbackState, Form, Identity
from apps.feedback.services.widget_secrets import make_secret
from tests.factories import UserFactory, make_form
from tests.feedback.browser import FormClient
from tests.feedback.widget.posting import signed

SITES = ["https://lab.example", "https://other.example"]
EMBED = "/f/spectrometer/embed/"


@pytest.fixture
def framed(form: Form) -> Form:
    Form.objects.filter(pk=form.pk).update(frame_origins=SITES)
    return form


def policy(response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _blank, value in parts}


def hidden(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', response.content.decode()).group(1)


def test_a_frame_stands_on_the_forms_sites_alone(client, framed):
    page, embedded = client.get("/f/spectrometer/"), client.get(EMBED)

    expected = {**policy(page), "frame-ancestors": "'self' https://lab.example https://other.example"}
    assert policy(page)["frame-ancestors"] == "'none'"
    assert policy(embedded) == expected
    assert (page.headers["X-Frame-Options"], "X-Frame-Options" in embedded.headers) == ("DENY", False)
    assert not embedded.cookies


def test_without_sites_only_the_platforms_own_pages_may_show_it(client, form):
    assert policy(client.get(EMBED))["frame-ancestors"] == "'self'"


def test_every_answer_of_the_frame_has_its_policy(browser, framed):
    token = hidden(browser.get(EMBED), "token")
    wrong = browser.post(EMBED, {"token": token})
    taken = browser.post(EMBED, {"token": token, "text": "It drifts."})
    done = browser.get(taken.headers["Location"])
    Form.objects.filter(pk=framed.pk).update(is_open=False)
    closed = browser.get(EMBED)

    answers = [wrong, taken, done, closed]
    assert [one.status_code for one in answers] == [400, 303, 200, 410]
    assert {policy(one)["frame-ancestors"] for one in answers} == {f"'self' {' '.join(SITES)}"}


def test_its_answer_comes_by_the_widget_and_ends_with_thanks_in_the_frame(browser: FormClient, framed):
    page = browser.get(EMBED)
    assert f'action="{EMBED}"' in page.content.decode()

    taken = browser.post(EMBED, {"token": hidden(page, "token"), "text": "It drifts."})
    done = browser.get(taken.headers["Location"])

    feedback = Feedback.objects.get()
    assert (feedback.channel, feedback.text, feedback.state) == (Channel.WIDGET, "It drifts.", FeedbackState.LIVE)
    assert taken.headers["Location"].startswith(f"{EMBED}done/")
    assert "It drifts." not in done.content.decode()
    assert (done.headers["Cache-Control"], done.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_the_forms_own_address_stays_the_channel_form(browser, framed):
    token = hidden(browser.get("/f/spectrometer/"), "token")

    context = json.dumps({"page": "https://lab.example/"})
    browser.post("/f/spectrometer/", {"token": token, "text": "It drifts.", "widget.context": context})

    feedback = Feedback.objects.get()
    assert (feedback.channel, feedback.context) == (Channel.FORM, {})


def test_circumstances_and_identity_come_along(browser, framed):
    identity = signed(make_secret(product=framed.product, user=UserFactory()), name="Ada")
    context = json.dumps({"page": "https://lab.example/runs?secret=1", "plan": "pro"})
    sent = {"text": "It drifts.", "instrument": "S-2", "widget.context": context, "widget.identity": identity}

    browser.post(EMBED, {**sent, "token": hidden(browser.get(EMBED), "token")})

    feedback = Feedback.objects.get()
    assert feedback.context == {"instrument": "S-2", "page": "https://lab.example/runs", "plan": "pro"}
    assert (feedback.identity, feedback.customer.email) == (Identity.VERIFIED, "ada@lab.example")


def test_a_wrong_identity_troubles_nobody(browser, framed):
    identity = signed("0" * 64, expires=time.time() + 60)

    taken = browser.post(
        EMBED, {"text": "It drifts.", "widget.identity": identity, "token": hidden(browser.get(EMBED), "token")}
    )

    assert (taken.status_code, Feedback.objects.get().identity) == (303, Identity.ANONYMOUS)


def test_thanks_of_another_form_or_of_nothing_are_not_found(browser, framed, product):
    make_form(product=product, slug="other")
    taken = browser.post(EMBED, {"text": "It drifts.", "token": hidden(browser.get(EMBED), "token")})
    own = taken.headers["Location"].partition("?")[0]

    assert browser.get(own).status_code == 200
    assert browser.get(own.replace("/spectrometer/", "/other/")).status_code == 404
    assert browser.get(f"{EMBED}done/nonsense/").status_code == 404
    assert browser.get("/f/none/embed/").status_code == 404
    assert browser.post(own).status_code == 405


def test_the_frame_speaks_the_languages_of_the_form(client, framed):
    page = client.get(f"{EMBED}?lang=de").content.decode()

    assert '<html lang="de"' in page
    assert f'data-sites="{" ".join(SITES)}"' in page
