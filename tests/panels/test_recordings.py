"""Recordings are open while everybody in them consents."""

import pytest
from django.utils import timezone

from apps.customers.consents import give, take_back
from apps.customers.models import Purpose
from apps.panels.models import ParticipantState, SessionRecording
from apps.panels.recordings import missing_consents, open_recordings, recording_is_open, sessions_open
from tests.panels.making import ParticipantFactory, SessionFactory

pytestmark = pytest.mark.django_db


def test_one_who_does_not_consent_locks_the_recording():
    session, today = SessionFactory(), timezone.localdate()
    recording = SessionRecording.objects.create(session=session, title="Call", url="https://video.example/secret")
    first, second = (ParticipantFactory(session=session) for _ in range(2))
    ParticipantFactory(session=session, state=ParticipantState.MISSED)
    give(customer_id=first.customer_id, purpose=Purpose.RECORDING)
    assert not recording_is_open(session, today)
    assert missing_consents(session, as_of=today) == [second]

    give(customer_id=second.customer_id, purpose=Purpose.RECORDING)
    assert recording_is_open(session, today)
    assert open_recordings(session, as_of=today) == [recording]

    take_back(customer_id=first.customer_id, purpose=Purpose.RECORDING)
    assert open_recordings(session, as_of=today) == []


def test_a_session_of_nobody_is_locked_and_many_cost_as_one(django_assert_num_queries):
    sessions = [SessionFactory() for _ in range(3)]
    for session in sessions[1:]:
        give(customer_id=ParticipantFactory(session=session).customer_id, purpose=Purpose.RECORDING)

    with django_assert_num_queries(3):
        found = sessions_open([one.pk for one in sessions], as_of=timezone.localdate())

    assert found == {one.pk for one in sessions[1:]}
