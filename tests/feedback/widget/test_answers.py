"""Answers of the widget: taken once, held, given back."""

import time
from urllib.parse import urlencode

import pytest

from apps.feedback.abuse.work import is_solved
from apps.feedback.models import Answer, Channel, Feedback, FeedbackState, Form, FormView, Identity
from tests.feedback.widget.posting import NPS, SITE, send, token_of


def test_an_answer_is_taken_by_the_channel_widget(browser, nps):
    told = send(browser, {**NPS, "token": token_of(browser)})

    feedback = Feedback.objects.get()
    assert told.status_code == 200
    assert told.json() == {"receipt": told.json()["receipt"], "identity": "anonymous"}
    assert browser.get(told.json()["receipt"]).status_code == 200
    assert (feedback.channel, feedback.text, feedback.state) == (Channel.WIDGET, NPS["text"], FeedbackState.LIVE)
    assert (feedback.form_id, feedback.identity) == (nps.pk, Identity.ANONYMOUS)
    assert list(Answer.objects.values_list("question", "number")) == [("recommend", 9)]


def test_sent_again_with_the_same_token_it_is_one(browser, nps):
    data = {**NPS, "token": token_of(browser)}

    receipts = {send(browser, data).json()["receipt"] for _ in range(3)}

    assert (len(receipts), Feedback.objects.count()) == (1, 1)


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_good_token_it_is_held_with_its_words(browser, nps, token):
    told = send(browser, {**NPS, "token": token})

    feedback = Feedback.objects.get()
    assert (told.status_code, feedback.state, feedback.text) == (200, FeedbackState.HELD, NPS["text"])


def test_without_the_work_that_is_asked_for_it_is_held(browser, nps, settings):
    settings.FORM_WORK_BITS = 4
    asked = browser.get("/w/nps/token/", headers={"Origin": SITE}).json()
    found = next(n for n in range(10_000) if is_solved(asked["token"], str(n), bits=4))

    send(browser, {**NPS, "token": token_of(browser)})
    send(browser, {**NPS, "token": asked["token"], "work": str(found)})

    assert asked["bits"] == 4
    assert [one.state for one in Feedback.objects.order_by("id")] == [FeedbackState.HELD, FeedbackState.LIVE]


def test_a_token_kept_for_too_long_is_held_with_its_words(browser, nps, monkeypatch):
    token = token_of(browser)
    later = time.time() + 3 * 86_400
    monkeypatch.setattr("apps.feedback.widget.views.time.time", lambda: later)

    told = send(browser, {**NPS, "token": token})

    feedback = Feedback.objects.get()
    assert (told.status_code, feedback.state, feedback.text) == (200, FeedbackState.HELD, NPS["text"])


def test_the_hidden_field_filled_in_is_held(browser, nps):
    send(browser, {**NPS, "token": token_of(browser), "website": "https://spam.example"})

    assert Feedback.objects.get().state == FeedbackState.HELD


def test_what_is_wrong_comes_back_by_question_and_nothing_is_written(browser, nps):
    missing = send(browser, {"text": "No number.", "token": token_of(browser)})
    bad = send(browser, {"recommend": "11", "email": "no address", "token": token_of(browser)})

    assert (missing.status_code, list(missing.json()["errors"])) == (422, ["recommend"])
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["recommend"])
    assert Feedback.objects.count() == 0


def test_a_closed_form_says_so_but_knows_what_it_took(browser, nps):
    data = {**NPS, "token": token_of(browser)}
    receipt = send(browser, data).json()["receipt"]
    Form.objects.filter(pk=nps.pk).update(is_open=False)

    again, new = send(browser, data), send(browser, {**NPS, "token": ""})

    assert (again.status_code, again.json()["receipt"]) == (200, receipt)
    assert (new.status_code, new.headers["Access-Control-Allow-Origin"]) == (410, SITE)


def test_only_a_forms_fields_are_taken_and_not_too_many(browser, nps, settings):
    as_json = browser.post("/w/nps/", "{}", "application/json", headers={"Origin": SITE})
    settings.FORM_LIMIT = "1/d"
    data = {**NPS, "token": token_of(browser)}

    first, second = send(browser, data), send(browser, data)

    assert as_json.status_code == 415
    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["retry_after_seconds"] > 0


def test_asking_for_a_token_is_a_view_of_the_form(browser, nps):
    from apps.feedback import visits

    browser.get("/w/nps/")
    token_of(browser)
    visits.write()

    assert list(FormView.objects.filter(version_id=nps.current_id).values_list("view_count", flat=True)) == [1]


def test_a_platform_without_its_database_says_so(browser, nps, monkeypatch):
    from django.db import OperationalError

    token = token_of(browser)

    def gone(**_given):
        raise OperationalError

    monkeypatch.setattr("apps.feedback.widget.views.submit_form", gone)

    assert send(browser, {**NPS, "token": token}).status_code == 503


def test_urlencode_is_what_the_script_sends(browser, nps):
    body = urlencode([("token", token_of(browser)), *NPS.items()])

    response = browser.generic(
        "POST", "/w/nps/", body, "application/x-www-form-urlencoded;charset=UTF-8", headers={"Origin": SITE}
    )

    assert response.status_code == 200
