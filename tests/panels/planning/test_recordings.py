"""Recordings: only while everybody in them consents, who says so on their own page, in the words shown."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.customers import consents
from apps.customers.models import Consent, Purpose
from apps.panels.planning import keeping_recordings, participants, tokens
from apps.panels.planning.errors import PlanningError
from tests.panels.planning.making import invited, lead_of, make_session

pytestmark = pytest.mark.django_db
LINK = "https://video.example/secret"


def with_two():
    session = make_session(capacity=2, wants_recording=True)
    found = invited(session, 2)
    for one in found:
        participants.accept(participant_id=one.pk)
    return session, found


def add(session):
    return keeping_recordings.add_recording(
        session_id=session.pk, title="All of it", url=LINK, added_by=lead_of(session)
    )


def say(participant, answer: str, number: str = "1"):
    url = f"/s/{tokens.token_of(participant)}/?lang=de"
    return Client(enforce_csrf_checks=True).post(url, {"do": "record", "answer": answer, "number": number})


def test_a_recording_is_kept_once_all_who_come_consent_and_locked_when_one_takes_it_back(client):
    session, (ada, ben) = with_two()
    client.force_login(lead_of(session))
    url = reverse("sessions:session", args=[session.pk])

    say(ada, "yes")
    with pytest.raises(PlanningError):
        add(session)
    say(ben, "yes")
    assert add(session) == add(session)
    assert LINK in client.get(url).content.decode()

    say(ben, "no")
    page = client.get(url).content.decode()
    assert (LINK in page, "locked" in page) == (False, True)
    with pytest.raises(PlanningError):
        add(session)


def test_a_consent_is_kept_in_the_words_that_were_shown_and_once():
    _session, (ada, _ben) = with_two()
    page = Client().get(f"/s/{tokens.token_of(ada)}/?lang=de").content.decode()

    for answer in ("yes", "yes", "no", "no"):
        assert say(ada, answer).status_code == 303

    kept = list(Consent.objects.filter(customer=ada.customer).order_by("pk"))
    assert [(one.purpose, one.is_given, one.channel) for one in kept] == [
        (Purpose.RECORDING, True, "link"),
        (Purpose.RECORDING, False, "link"),
    ]
    assert kept[0].text in page


def test_words_replaced_meanwhile_are_asked_again():
    _session, (ada, _ben) = with_two()

    assert [say(ada, "yes", number).status_code for number in ("2", "x", "")] == [409, 409, 409]
    assert not Consent.objects.exists()


def test_a_link_taken_away_is_gone_for_good(client):
    session, found = with_two()
    for one in found:
        consents.give(customer_id=one.customer_id, purpose=Purpose.RECORDING)
    recording = add(session)
    client.force_login(lead_of(session))

    for _ in range(2):
        url = reverse("sessions:remove-recording", args=[session.pk, recording.pk])
        assert client.post(url).status_code == 302

    recording.refresh_from_db()
    assert (recording.url, recording.removed_at is None) == ("", False)


def test_who_is_not_asked_to_be_recorded_is_not_asked():
    session = make_session(wants_recording=False)
    (participant,) = invited(session)

    assert "record it" not in Client().get(f"/s/{tokens.token_of(participant)}/").content.decode()
