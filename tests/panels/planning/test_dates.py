"""The date poll: offered, answered by customers and staff, chosen."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from apps.accounts.models import Role
from apps.dialogue.models import Mail
from apps.panels.models import DateAnswer, ResearchSession
from apps.panels.planning import dates, participants, selectors
from apps.panels.planning.errors import PlanningError
from tests.factories import UserFactory
from tests.panels.planning.making import at_once, invited, later, make_session, states

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def offered(session, *days):
    return [dates.offer_date(session_id=session.pk, starts_at=later(d), ends_at=later(d) + HOUR) for d in days]


def test_the_first_date_opens_the_poll_and_the_last_one_taken_back_closes_it():
    session = make_session(days=None)

    first, again = offered(session, 5, 5)
    session.refresh_from_db()
    assert (first, session.state) == (again, "polling")

    dates.remove_date(session_id=session.pk, option_id=first.pk)
    session.refresh_from_db()
    assert session.state == "draft"


@pytest.mark.parametrize("days", [-1, 0])
def test_a_date_that_is_over_is_not_offered(days):
    session = make_session(days=None)

    with pytest.raises(ValidationError):
        dates.offer_date(session_id=session.pk, starts_at=later(days - 1), ends_at=later(days))


def test_best_is_what_most_can_come_to():
    session = make_session(days=None, capacity=3)
    one, two, three = offered(session, 5, 6, 7)
    ada, ben = invited(session, 2)
    staff = UserFactory(role=Role.SCIENTIST, team=session.team, name="Stu")
    for who, said in (
        ({"participant": ada}, {one.pk: "yes", two.pk: "yes", three.pk: "no"}),
        ({"participant": ben}, {one.pk: "if_needed", two.pk: "yes", 99_999: "yes"}),
        ({"user": staff}, {one.pk: "yes", two.pk: "no", three.pk: "nonsense"}),
        ({"user": staff}, {two.pk: "if_needed"}),
    ):
        dates.answer_dates(session_id=session.pk, answers=said, **who)

    poll = selectors.poll_of(session, as_of=later(0) - timedelta(days=1))

    assert [(column.yes, column.if_needed, column.is_best) for column in poll.columns] == [
        (2, 1, True),
        (2, 1, True),
        (0, 0, False),
    ]
    assert DateAnswer.objects.count() == 7
    assert poll.rows[0].answers == ["yes", "yes", "no"]


def test_who_said_yes_has_a_place_in_the_order_of_the_answers_and_the_others_are_asked():
    session = make_session(days=None, capacity=1)
    (option,) = offered(session, 5)
    slow, quick, unsure = invited(session, 3)
    for participant, willing in ((quick, "yes"), (slow, "yes"), (unsure, "if_needed")):
        dates.answer_dates(session_id=session.pk, participant=participant, answers={option.pk: willing})

    for _ in range(2):
        dates.choose_date(session_id=session.pk, option_id=option.pk)

    session.refresh_from_db()
    assert (session.state, session.starts_at) == ("planned", option.starts_at)
    assert states(session) == ["waiting", "accepted", "invited"]
    told = {
        one: list(Mail.objects.filter(recipients=[one.customer.email]).order_by("pk").values_list("subject", flat=True))
        for one in (slow, quick, unsure)
    }
    assert [len(one) for one in told.values()] == [2, 2, 2]
    assert Mail.objects.exclude(calendar="").count() == 2  # who comes, and who leads


def test_nothing_is_answered_or_chosen_once_there_is_a_date():
    session = make_session(days=None)
    option, other = offered(session, 5, 6)
    (participant,) = invited(session)
    dates.choose_date(session_id=session.pk, option_id=option.pk)

    with pytest.raises(PlanningError):
        dates.choose_date(session_id=session.pk, option_id=other.pk)
    with pytest.raises(PlanningError):
        dates.answer_dates(session_id=session.pk, participant=participant, answers={other.pk: "yes"})


@pytest.mark.django_db(transaction=True)
def test_of_two_dates_chosen_at_once_one_holds():
    session = make_session(days=None)
    options = offered(session, 5, 6)
    invited(session, 2)

    results = at_once([lambda o=o: dates.choose_date(session_id=session.pk, option_id=o.pk) for o in options])

    assert sorted(type(one).__name__ for one in results) == ["PlanningError", "ResearchSession"]
    assert ResearchSession.objects.get().state == "planned"
    assert Mail.objects.filter(subject__startswith="Changed").count() == 2


def test_who_cannot_be_there_any_more_does_not_make_a_date_the_best():
    session = make_session(days=None, capacity=3)
    one, two = offered(session, 5, 6)
    ada, ben, cid = invited(session, 3)
    for who, option in ((ada, one), (ben, one), (cid, two)):
        dates.answer_dates(session_id=session.pk, answers={option.pk: "yes"}, participant=who)

    participants.decline(participant_id=ada.pk)
    participants.take_back(participant_id=ben.pk)
    poll = selectors.poll_of(session, as_of=later(0) - timedelta(days=1))

    assert [(column.yes, column.is_best) for column in poll.columns] == [(0, False), (1, True)]
    assert [row.name for row in poll.rows if not row.is_staff] == [str(cid.customer)]
