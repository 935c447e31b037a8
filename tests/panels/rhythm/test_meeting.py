"""Seats for observers: found, taken, given back, never one too many; and the gentle word about them."""

from datetime import timedelta
from threading import Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dialogue import preferences
from apps.dialogue.models import MailChoice, Notification, NotificationKind
from apps.panels.models import SessionState, StaffRole, StaffSeat
from apps.panels.planning.observers import NoSeatError, join_as_observer, leave_session
from apps.panels.rhythm import reminders
from apps.panels.rhythm.days import installation_day
from tests.factories import TeamFactory, UserFactory
from tests.panels.rhythm.rows import meet, seat_of, session_of

pytestmark = pytest.mark.django_db


def scientist(**fields):
    return UserFactory(role=Role.SCIENTIST, **fields)


def test_the_page_lists_what_one_could_listen_to_or_goes_to(client):
    team = TeamFactory()
    user = scientist(team=team)
    free = session_of(team, days=-2, title="Free")
    full = session_of(team, days=-3, title="Full", observer_seats=1)
    seat_of(scientist(), full, has_attended=None)
    mine = session_of(team, days=-4, title="Mine", observer_seats=1)
    seat_of(user, mine, has_attended=None)
    led = session_of(team, days=-5, title="Led", observer_seats=0)
    seat_of(user, led, has_attended=None, role=StaffRole.LEAD)
    session_of(team, days=-6, title="zebra", visibility=Visibility.RESTRICTED)
    session_of(TeamFactory(), days=-6, title="zebra", visibility=Visibility.TEAM)
    session_of(team, days=-6, title="Draft", state=SessionState.DRAFT)
    session_of(team, days=1, title="Past", state=SessionState.PLANNED)
    client.force_login(user)

    page = client.get("/meet/")

    told = [(one.session, one.free_count, one.own_role, one.may_leave) for one in page.context["meetings"]]
    assert told == [(free, 2, "", False), (mine, 0, "observer", True), (led, 0, "lead", False)]
    assert b"zebra" not in page.content


def test_one_press_joins_and_another_gives_the_seat_back(client):
    user, session = scientist(), session_of(days=-2, observer_seats=1)
    client.force_login(user)

    for _ in range(2):
        assert client.post(f"/meet/{session.pk}/join/").status_code == 302
    assert [(seat.user, seat.role, seat.has_attended) for seat in session.staff.all()] == [(user, "observer", None)]
    client.force_login(scientist())
    assert client.post(f"/meet/{session.pk}/join/").status_code == 409
    client.force_login(user)
    for _ in range(2):
        assert client.post(f"/meet/{session.pk}/leave/").status_code == 302

    assert not session.staff.exists()


def test_seats_stay_as_they_are_once_it_begins_and_for_strangers(client):
    user = scientist()
    hidden = session_of(days=-2, visibility=Visibility.RESTRICTED)
    begun = session_of(days=0, state=SessionState.RUNNING)
    late = session_of(days=1, state=SessionState.PLANNED)
    for session in (begun, late):
        with pytest.raises(NoSeatError):
            join_as_observer(session=session, user=user)
        seat = seat_of(user, session, has_attended=None)
        with pytest.raises(NoSeatError):
            leave_session(session=session, user=user)
        assert StaffSeat.objects.filter(pk=seat.pk).exists()
    with pytest.raises(PermissionDenied):
        join_as_observer(session=session_of(days=-2), user=UserFactory())
    client.force_login(user)

    assert client.post(f"/meet/{hidden.pk}/join/").status_code == 404
    assert client.get(f"/meet/{hidden.pk}/join/").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_only_as_many_sit_as_there_are_seats():
    session = session_of(days=-2, observer_seats=2)
    users = [scientist() for _ in range(5)]
    outcomes: list[str] = []

    def join(user) -> None:
        try:
            join_as_observer(session=session, user=user)
            outcomes.append("seated")
        except NoSeatError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=join, args=(user,)) for user in [*users, users[0]]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert session.staff.count() == 2
    assert outcomes.count("seated") >= 2


@pytest.mark.parametrize("amount", [1, 3])
def test_the_page_costs_the_same_for_one_session_and_three(client, amount, django_assert_num_queries):
    user = scientist()
    for days in range(amount):
        seat_of(scientist(), session_of(days=-2 - days), has_attended=None)
    client.force_login(user)

    with django_assert_num_queries(8):
        assert len(client.get("/meet/").context["meetings"]) == amount


def told() -> list[tuple[int, str]]:
    rows = Notification.objects.filter(kind=NotificationKind.EXPOSURE).order_by("pk")
    return list(rows.values_list("user_id", "subject"))


def test_who_met_few_is_reminded_of_the_next_session_they_may_see(caplog):
    team = TeamFactory()
    few, enough, outsider = scientist(team=team), scientist(team=team), scientist()
    meet(enough, minutes=120)
    goes = scientist(team=team)
    session = session_of(team, days=-3, title="Soon", visibility=Visibility.TEAM)
    seat_of(goes, session, has_attended=None)
    session_of(team, days=-9, title="Later", visibility=Visibility.TEAM)
    session_of(team, days=-1, title="zebra", visibility=Visibility.RESTRICTED)
    scientist(team=team, is_active=False)
    UserFactory()

    first = reminders.remind_of_sessions(installation_day())
    second = reminders.remind_of_sessions(installation_day())

    assert (first, second) == (2, 0)
    assert told() == [(few.pk, "Soon"), (goes.pk, "Later")]
    assert outsider.pk not in [pk for pk, _subject in told()]
    row = Notification.objects.get(user=few)
    assert row.path == f"/meet/#session-{session.pk}"


def test_nobody_is_reminded_twice_in_two_weeks_or_against_their_wish():
    team = TeamFactory()
    user, quiet = scientist(team=team), scientist(team=team)
    preferences.save_wishes(
        user=quiet,
        wishes={NotificationKind.EXPOSURE: preferences.Wish(is_shown=False, mail=MailChoice.OFF)},
        rhythm="weekly",
    )
    session_of(team, days=-20, title="Ahead")
    today = installation_day()
    reminders.remind_of_sessions(today)
    rows = Notification.objects.filter(kind=NotificationKind.EXPOSURE)

    rows.update(created_at=timezone.now() - timedelta(days=13))
    assert reminders.remind_of_sessions(today + timedelta(days=1)) == 0
    rows.update(created_at=timezone.now() - timedelta(days=15))
    assert reminders.remind_of_sessions(today + timedelta(days=1)) == 1

    assert told() == [(user.pk, "Ahead")] * 2
    assert preferences.wishes_of(user)[NotificationKind.EXPOSURE] == (True, MailChoice.DIGEST)


def test_without_a_free_seat_nobody_is_reminded():
    team = TeamFactory()
    scientist(team=team)
    session_of(team, days=-2, observer_seats=0)
    session_of(team, days=-60)

    assert reminders.remind_of_sessions(installation_day()) == 0
