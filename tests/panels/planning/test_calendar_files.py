"""Calendar files: read by the ``icalendar`` library, one event for good, right when clocks are changed."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from apps.dialogue.models import Mail
from apps.panels.planning import calendar_files, participants, seats, services
from apps.panels.planning.calendar_files import Guest
from tests.factories import UserFactory
from tests.panels.planning.making import invited, lead_of, make_session, utc

pytestmark = pytest.mark.django_db
ADA = Guest("ada@example.org", 'Ada "A" Löve,\r\nATTENDEE:mailto:x@y', "https://host/s/x/")


def read(text: str):
    """The calendar's method and its only event."""
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return calendar["METHOD"], event


def mailed(address: str) -> list:
    """What ``address`` got for the calendar, in order: method, sequence, uid, stamp."""
    found = []
    for mail in Mail.objects.filter(recipients=[address]).exclude(calendar="").order_by("pk"):
        method, event = read(mail.calendar)
        found.append((method, event["SEQUENCE"], str(event["UID"]), event["DTSTAMP"].dt, event["STATUS"]))
    return found


@pytest.mark.parametrize(
    ("zone", "starts_at", "clock"),
    [
        ("Europe/Berlin", utc(2026, 3, 29, 0, 30), "01:30+0100"),
        ("Europe/Berlin", utc(2026, 3, 29, 1, 30), "03:30+0200"),
        ("Europe/Berlin", utc(2026, 10, 25, 0, 30), "02:30+0200"),
        ("Europe/Berlin", utc(2026, 10, 25, 1, 30), "02:30+0100"),
        ("America/New_York", utc(2026, 3, 8, 7), "03:00-0400"),
        ("America/New_York", utc(2026, 11, 1, 6, 30), "01:30-0500"),
    ],
)
def test_an_event_is_the_same_instant_on_the_days_that_clocks_are_changed(zone, starts_at, clock):
    session = make_session(time_zone=zone, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))

    method, event = read(calendar_files.invitation(session, ADA, as_of=utc(2026, 1, 1)))

    assert method == "REQUEST"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (starts_at, starts_at + timedelta(hours=1))
    assert event["DTSTART"].dt.astimezone(ZoneInfo(zone)).strftime("%H:%M%z") == clock


def test_a_file_holds_its_guest_alone_and_no_name_breaks_out_of_its_line():
    session = make_session(title="Drift;\nBEGIN:VALARM, and more", place="Room 1")

    _method, event = read(calendar_files.invitation(session, ADA, as_of=utc(2026, 1, 1)))

    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert event["ATTENDEE"].params["CN"] == "Ada 'A' Löve, ATTENDEE:mailto:x@y"
    assert (event["ATTENDEE"].params["PARTSTAT"], str(event["ORGANIZER"])) == ("ACCEPTED", "mailto:feedback@localhost")
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == ("Drift;\nBEGIN:VALARM, and more", "Room 1")
    assert event.subcomponents == []


def test_the_event_stays_one_from_the_first_request_over_changes_to_the_end():
    session = make_session()
    (participant,) = invited(session)
    address = participant.customer.email

    participants.accept(participant_id=participant.pk)
    services.change_session(session_id=session.pk, place="Room 2")
    services.change_session(session_id=session.pk, place="Room 2")
    services.cancel_session(session_id=session.pk)
    services.cancel_session(session_id=session.pk)

    found = mailed(address)
    assert [(method, status) for method, _, _, _, status in found] == [
        ("REQUEST", "CONFIRMED"),
        ("REQUEST", "CONFIRMED"),
        ("CANCEL", "CANCELLED"),
    ]
    assert {uid for _, _, uid, _, _ in found} == {str(session.uid)}
    sequences, stamps = [one[1] for one in found], [one[3] for one in found]
    assert sequences == sorted(set(sequences))
    assert stamps == sorted(stamps)


def test_who_leaves_and_comes_back_gets_ever_newer_files():
    session = make_session()
    (participant,) = invited(session)

    participants.accept(participant_id=participant.pk)
    participants.decline(participant_id=participant.pk)
    participants.accept(participant_id=participant.pk)

    found = mailed(participant.customer.email)
    assert [method for method, *_ in found] == ["REQUEST", "CANCEL", "REQUEST"]
    assert [one[1] for one in found] == sorted({one[1] for one in found})


def test_staff_have_it_in_their_calendars_too():
    session = make_session()
    observer = UserFactory(role="scientist", team=session.team)

    seats.seat_staff(session_id=session.pk, user=observer, role="observer")
    seats.leave_seat(session_id=session.pk, user_id=observer.pk)

    assert [method for method, *_ in mailed(observer.email)] == ["REQUEST", "CANCEL"]
    assert [method for method, *_ in mailed(lead_of(session).email)] == ["REQUEST"]
