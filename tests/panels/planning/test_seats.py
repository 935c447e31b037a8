"""Staff at a session: seats to observe, roles, leaving, attendance, begin and end."""

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.panels.planning import seats, services
from apps.panels.planning.errors import PlanningError
from tests.factories import UserFactory
from tests.panels.planning.making import at_once, lead_of, make_session

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_to_observe_at_once_as_many_sit_as_there_are_seats():
    session = make_session(observer_seats=2)
    people = [UserFactory(role=Role.SCIENTIST, team=session.team) for _ in range(5)]

    at_once([lambda p=p: seats.seat_staff(session_id=session.pk, user=p, role="observer") for p in people])

    assert session.staff.filter(role="observer").count() == 2
    assert seats.free_observer_seats(session) == 0


def test_who_may_not_open_the_session_gets_no_seat():
    session = make_session(visibility=Visibility.TEAM)

    for user in (UserFactory(role=Role.SCIENTIST), UserFactory()):
        with pytest.raises(PlanningError):
            seats.seat_staff(session_id=session.pk, user=user, role="notes")


def test_the_only_lead_stays_until_somebody_else_leads():
    session = make_session()
    lead, other = lead_of(session), UserFactory(role=Role.ANALYST, team=session.team)

    with pytest.raises(PlanningError):
        seats.leave_seat(session_id=session.pk, user_id=lead.pk)
    for _ in range(2):
        seats.seat_staff(session_id=session.pk, user=other, role="lead")

    assert [seats.leave_seat(session_id=session.pk, user_id=lead.pk) for _ in range(2)] == [True, False]


def test_attendance_and_minutes_are_marked_once_it_has_begun():
    session = make_session()
    lead = lead_of(session)
    with pytest.raises(PlanningError):
        seats.mark_staff(session_id=session.pk, user_id=lead.pk, has_attended=True)
    services.start_session(session=session)

    seat = seats.mark_staff(session_id=session.pk, user_id=lead.pk, has_attended=True, minutes=25)
    assert (seat.has_attended, seat.minutes) == (True, 25)
    seat = seats.mark_staff(session_id=session.pk, user_id=lead.pk, has_attended=False, minutes=25)
    assert (seat.has_attended, seat.minutes) == (False, None)


def test_a_session_begins_and_ends_once_and_never_the_other_way_round():
    session = make_session()
    with pytest.raises(PlanningError):
        services.end_session(session=session)

    begun = [services.start_session(session=session).started_at for _ in range(2)]
    ended = [services.end_session(session=session).ended_at for _ in range(2)]

    assert (len(set(begun)), len(set(ended))) == (1, 1)
    for act in (services.start_session,):
        with pytest.raises(PlanningError):
            act(session=session)
    with pytest.raises(PlanningError):
        services.cancel_session(session_id=session.pk)
    with pytest.raises(PlanningError):
        services.start_session(session=make_session(days=None))
