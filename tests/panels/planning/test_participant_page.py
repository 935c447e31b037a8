"""A participant's own page: opened by the link alone; a GET changes nothing."""

from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from icalendar import Calendar

from apps.panels.models import DateAnswer, Participant, ResearchSession
from apps.panels.planning import dates, participants, services, tokens
from tests.panels.planning.making import invited, later, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """Somebody without cookies, whose posts carry no token of Django's."""
    return Client(enforce_csrf_checks=True)


def path_of(participant: Participant) -> str:
    return f"/s/{tokens.token_of(participant)}/"


def state_of(participant: Participant) -> str:
    return Participant.objects.values_list("state", flat=True).get(pk=participant.pk)


def test_an_invitation_is_accepted_and_declined_by_its_link_alone(browser):
    session = make_session(place="https://call.example/secret-room")
    (participant,) = invited(session)
    url = path_of(participant)

    shown = browser.get(url)
    assert (shown.status_code, "secret-room" in shown.content.decode(), dict(shown.cookies)) == (200, False, {})
    for header, value in (
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex"),
    ):
        assert shown.headers[header] == value

    assert browser.post(url, {"do": "accept"}).status_code == 303
    assert "secret-room" in browser.get(url).content.decode()
    assert state_of(participant) == "accepted"
    assert browser.post(url, {"do": "decline", "reason": "Ill"}).status_code == 303
    assert state_of(participant) == "declined"


def test_looking_changes_nothing(browser):
    session = make_session()
    (participant,) = invited(session)
    before = (Participant.objects.values().get(), ResearchSession.objects.values().get())

    for query in ("", "?do=accept", "?do=decline", "?lang=ar", "?zone=Asia/Kathmandu", "?zone=../etc/passwd&lang=%00x"):
        assert browser.get(path_of(participant) + query).status_code in (200, 400)
        assert browser.head(path_of(participant) + query).status_code in (200, 400)

    assert (Participant.objects.values().get(), ResearchSession.objects.values().get()) == before


@pytest.mark.parametrize("spoil", ["", "other salt", "cut", "key alone", "x"])
def test_a_link_that_is_not_ours_opens_nothing(browser, spoil):
    (participant,) = invited(make_session())
    token = tokens.token_of(participant)
    spoilt = {
        "": "-",
        "other salt": Signer(salt="panels.seat", sep=".").sign(participant.key.hex),
        "cut": token[:-1],
        "key alone": participant.key.hex,
        "x": "x" * 5_000,
    }[spoil]

    assert browser.get(f"/s/{spoilt}/").status_code == 404
    assert browser.post(f"/s/{spoilt}/", {"do": "accept"}).status_code == 404


def test_a_link_taken_back_opens_nothing_any_more(browser):
    (participant,) = invited(make_session())
    url = path_of(participant)

    participants.take_back(participant_id=participant.pk)

    assert browser.get(url).status_code == 404


def test_dates_are_answered_in_ones_own_zone_and_the_sessions(browser):
    session = make_session(days=None)
    option = dates.offer_date(session_id=session.pk, starts_at=later(9), ends_at=later(9) + timedelta(hours=1))
    (participant,) = invited(session, time_zone="Asia/Kathmandu")
    url = path_of(participant)

    page = browser.get(url).content.decode()
    assert ("Asia/Kathmandu, UTC+5:45" in page, "Europe/Berlin" in page) == (True, True)
    assert "America/New York" in browser.get(f"{url}?zone=America/New_York").content.decode()
    for willing in ("no", "yes", "nonsense"):
        browser.post(url, {"do": "dates", f"d{option.pk}": willing, "d99": "yes", "dx": "yes"})

    assert DateAnswer.objects.values_list("willing", flat=True).get() == "yes"


def test_only_who_comes_may_save_it_in_a_calendar(browser):
    session = make_session()
    (participant,) = invited(session)
    url = f"{path_of(participant)}session.ics"
    assert browser.get(url).status_code == 404

    participants.accept(participant_id=participant.pk)

    answer = browser.get(url)
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (answer.headers["Content-Type"], str(event["UID"])) == ("text/calendar; charset=utf-8", str(session.uid))
    assert "ATTENDEE" not in event


def test_what_was_called_off_says_so_and_takes_no_answer(browser):
    session = make_session()
    (participant,) = invited(session)
    services.cancel_session(session_id=session.pk)

    assert "called off" in browser.get(path_of(participant)).content.decode()
    answer = browser.post(path_of(participant), {"do": "accept"})
    assert (answer.status_code, state_of(participant)) == (409, "invited")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
def test_the_page_speaks_the_languages_of_customers(browser, language):
    (participant,) = invited(make_session())

    page = browser.get(f"{path_of(participant)}?lang={language}")

    assert (page.status_code, f'lang="{language}"' in page.content.decode()) == (200, True)
    answer = browser.post(f"{path_of(participant)}?lang={language}", {"do": "accept"})
    assert answer.headers["Location"].endswith(f"?lang={language}")


def test_asking_too_often_is_put_off(browser, settings):
    settings.SESSION_PAGE_LIMIT = "2/h"
    (participant,) = invited(make_session())

    answers = [browser.get(path_of(participant)) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["Cache-Control"] == "no-store"
