"""How far people come in a form: views, the last question, the time, and nothing of who they are."""

import threading
from datetime import date, timedelta

import pytest

from apps.feedback import tokens, visits
from apps.feedback.models import Feedback, FormView, FormVisit
from tests.factories import make_form
from tests.feedback.test_views import token_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(product, settings):
    settings.FORM_MIN_SECONDS = 0.0
    return make_form(purpose="bug", product=product, slug="bugs", title="Report")


URL = "/f/bugs/"


def test_views_are_added_up_by_version_and_day(form, browser):
    for _ in range(3):
        browser.get(URL)
    visits.write()
    browser.get(URL)
    visits.write()

    assert list(FormView.objects.values_list("version", "view_count")) == [(form.current_id, 4)]


@pytest.mark.django_db(transaction=True)
def test_a_server_writes_what_was_counted_without_waiting_for_the_next_visitor(form, browser, monkeypatch):
    monkeypatch.setattr(visits, "WRITE_SECONDS", 0.02)
    for views in (1, 2):
        writer = threading.Thread(target=visits.write_next)
        monkeypatch.setattr(visits, "_writer", writer)
        writer.start()
        visits.start_writer()
        assert visits._writer is writer  # one is enough

        browser.get(URL)
        writer.join(5)

        assert list(FormView.objects.values_list("view_count", flat=True)) == [views]


def test_who_leaves_is_told_of_by_a_beacon_and_the_furthest_counts(form, browser):
    token = token_in(browser.get(URL))
    for seen in ("text:12,impact:3", "text:4"):
        assert browser.post(f"{URL}seen/", {"token": token, "seen": seen}).status_code == 204
        visits.write()

    visit = FormVisit.objects.get()
    assert (visit.reached, visit.is_complete, visit.seconds) == (3, False, {"text": 4, "impact": 3})


def test_who_sends_is_complete_and_without_a_script_the_answers_tell_how_far(form, browser):
    token = token_in(browser.get(URL))
    words = {"token": token, "text": "It broke.", "impact": "stops"}
    browser.post(URL, {**words, "page": "0", "go": "on"})
    visits.write()
    assert list(FormVisit.objects.values_list("reached", "is_complete")) == [(3, False)]

    browser.post(URL, {**words, "page": "1", "go": "on", "name": "Ada"})
    visits.write()
    assert list(FormVisit.objects.values_list("is_complete", flat=True)) == [True]


@pytest.mark.parametrize("seen", ["", "nonsense", "text:", "text:x", "text:-1", "other:5", "text:99999999", ":" * 9000])
def test_what_a_browser_tells_wrongly_is_left_out(form, browser, seen):
    token = token_in(browser.get(URL))
    assert browser.post(f"{URL}seen/", {"token": token, "seen": seen}).status_code == 204
    visits.write()

    assert not FormVisit.objects.exists()


@pytest.mark.parametrize("token", ["", "forged", "7.0.1.x.y"])
def test_without_a_token_of_ours_nothing_is_counted_and_nothing_is_told(form, browser, token):
    assert browser.post(f"{URL}seen/", {"token": token, "seen": "text:3"}).content == b""
    assert browser.post("/f/no-such-form/seen/", {"token": token, "seen": "text:3"}).status_code == 204
    visits.write()

    assert not FormVisit.objects.exists()


def test_nothing_leads_from_a_visit_to_what_was_sent(form, browser, published):
    token = token_in(browser.get(URL))
    browser.post(URL, {"token": token, "text": "It broke.", "impact": "stops"})
    visits.write()

    nonce = tokens.read_form_token(token, form_id=form.pk, now=0).nonce
    kept = FormVisit.objects.get()
    assert nonce not in kept.key
    assert Feedback.objects.get().dedupe_key != kept.key


def test_old_visits_go_and_younger_ones_stay(form):
    today = date(2026, 11, 22)
    for key, days in (("old", visits.KEPT_DAYS + 1), ("young", visits.KEPT_DAYS)):
        day = today - timedelta(days=days)
        FormVisit.objects.create(key=key, version_id=form.current_id, day=day, reached=1)

    assert visits.purge(today) == 1
    assert list(FormVisit.objects.values_list("key", flat=True)) == ["young"]
