"""Reminders: once per span and date, to who comes, never after the end or a consent taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.customers.models import Consent, Purpose
from apps.dialogue.models import Mail
from apps.panels.models import Participant, StaffSeat
from apps.panels.planning import participants, reminders, services
from tests.panels.planning.making import at_once, invited, make_session

pytestmark = pytest.mark.django_db


def planned(capacity: int = 1):
    """A session in ten days; who comes said so long ago."""
    session = make_session(days=10, capacity=capacity)
    for participant in invited(session, capacity):
        participants.accept(participant_id=participant.pk)
    long_ago = timezone.now() - timedelta(days=30)
    Participant.objects.update(answered_at=long_ago)
    StaffSeat.objects.update(joined_at=long_ago)
    return session


def reminded() -> int:
    return Mail.objects.filter(subject__startswith="Reminder").count()


def test_everybody_is_reminded_three_days_and_one_day_before_and_once_each():
    session = planned()

    counts = []
    for hours in (73, 72, 71, 25, 24, 1, -1):
        as_of = session.starts_at - timedelta(hours=hours)
        assert reminders.has_due_reminder(as_of=as_of) == bool(reminders.write_one_reminder(as_of=as_of))
        assert reminders.write_one_reminder(as_of=as_of) == 0
        counts.append(reminded())

    assert counts == [0, 2, 2, 2, 4, 4, 4]  # the customer and the lead


def test_of_a_session_planned_late_there_is_one_reminder():
    session = planned()

    reminders.write_one_reminder(as_of=session.starts_at - timedelta(hours=2))

    assert (reminded(), reminders.write_one_reminder(as_of=session.starts_at - timedelta(hours=1))) == (2, 0)


def test_a_new_date_is_reminded_of_anew():
    session = planned()
    reminders.write_one_reminder(as_of=session.starts_at - timedelta(hours=20))

    day = timedelta(days=20)
    services.change_session(session_id=session.pk, starts_at=session.starts_at + day, ends_at=session.ends_at + day)

    assert reminders.write_one_reminder(as_of=session.starts_at + day - timedelta(hours=20)) == 1
    assert reminded() == 4


def test_nobody_is_reminded_of_what_was_called_off_or_who_does_not_want_mail_or_has_just_said_yes():
    off, session = planned(), planned(capacity=3)
    services.cancel_session(session_id=off.pk)
    gone, fresh, _there = session.participants.order_by("pk")
    Consent.objects.create(customer=gone.customer, purpose=Purpose.CONTACT, is_given=False, text="x", channel="link")
    Participant.objects.filter(pk=fresh.pk).update(answered_at=session.starts_at - timedelta(hours=70))

    while reminders.write_one_reminder(as_of=session.starts_at - timedelta(hours=48)):
        pass

    told = Mail.objects.filter(subject__startswith="Reminder").values_list("recipients", flat=True)
    expected = [_there.customer.email, session.staff.get().user.email]
    assert sorted(address for one in told for address in one) == sorted(expected)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_remind_once():
    session = planned()
    as_of = session.starts_at - timedelta(hours=70)

    at_once([lambda: reminders.write_one_reminder(as_of=as_of)] * 3)

    assert reminded() == 2
