"""Time with customers: what counts, who sees it, and how one corrects one's own."""

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core.models import Change
from apps.panels.models import ExposureGoal, SessionState
from apps.panels.rhythm import exposure, services
from apps.panels.rhythm.days import installation_day
from apps.panels.rhythm.exposure import Goal, untold_weeks
from tests.factories import AdministratorFactory, TeamFactory, UserFactory
from tests.panels.rhythm.rows import meet, seat_of, session_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


def members_of(team, count: int) -> list:
    return [UserFactory(role=Role.SCIENTIST, team=team, name=f"Member {number}") for number in range(count)]


def test_only_sessions_that_are_over_and_one_was_at_count(team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    meet(user, days=0, minutes=30)
    meet(user, days=41, minutes=20)  # the window's first day
    meet(user, days=42, minutes=500)
    seat_of(user, session_of(days=1), has_attended=None)
    seat_of(user, session_of(days=1), has_attended=False)
    seat_of(user, session_of(days=1, state=SessionState.CANCELLED))
    seat_of(user, session_of(days=1, minutes=60), minutes=15)
    seat_of(UserFactory(), session_of(days=1))

    progress = exposure.own_progress(user, today=installation_day())

    assert (progress.goal, progress.minutes, progress.missing, progress.is_reached) == (Goal(120, 42), 65, 55, False)


def test_the_goal_that_asks_most_is_the_one_shown(team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    other = TeamFactory()
    user.memberships.create(team=other, role=Role.SCIENTIST)
    services.set_goal(team=team, minutes=30, days=7)
    services.set_goal(team=other, minutes=60, days=30)
    meet(user, days=10, minutes=30)

    progress = exposure.own_progress(user, today=installation_day())

    assert (progress.goal, progress.minutes) == (Goal(30, 7), 0)


@pytest.mark.parametrize(
    ("minutes", "reached", "people"), [([30, 30], None, None), ([130, 30, 1], 1, 3), ([130, 120, 30, 0], 2, 3)]
)
def test_a_team_is_split_only_where_three_have_any(team, minutes, reached, people):
    for user, length in zip(members_of(team, 4), [*minutes, 0, 0], strict=False):
        if length:
            meet(user, minutes=length)
    meet(UserFactory(role=Role.SCIENTIST), minutes=300)

    page = exposure.team_exposure(team, UserFactory(role=Role.SCIENTIST), today=installation_day())

    assert (page.minutes, page.reached_count, page.person_count) == (sum(minutes), reached, people)
    assert (page.members, bool(page.weeks)) == ([], reached is not None)


@pytest.mark.parametrize(
    ("people", "untold"),
    [
        ([set(), {1, 2, 3}], set()),
        ([{1}, {1, 2, 3}, {1, 2, 3, 4}], {0, 1}),
        ([{1}, {2}, {3}, {1, 2, 3}], {0, 1, 2}),
        ([{1}, {1}, {1}, {1, 2, 3}], {0, 1, 2, 3}),  # three weeks, and yet one person
    ],
)
def test_weeks_of_few_people_cannot_be_told_by_subtraction(people, untold):
    assert untold_weeks(people) == untold


def test_what_each_person_has_is_theirs_and_their_managers(client, team):
    ada = UserFactory(role=Role.SCIENTIST, team=team, name="Ada Zebra")
    meet(ada, minutes=77)
    colleague = UserFactory(role=Role.ANALYST, team=team)
    readers = {
        "colleague": colleague,
        "herself": ada,
        "another team's manager": UserFactory(role=Role.MANAGER),
        "manager": UserFactory(role=Role.MANAGER, team=team),
        "administrator": UserFactory(role=Role.ADMINISTRATOR, team=team),
        "manager everywhere": UserFactory(everywhere_role=Role.MANAGER),
        "installation": AdministratorFactory(),
    }

    def sees(user) -> bool:
        client.force_login(user)
        page = client.get("/exposure/teams/optics/")
        assert page.status_code == 200
        main = page.content.decode().split('id="content"')[1]
        return "Ada Zebra" in main

    assert {name for name, user in readers.items() if sees(user)} == {
        "manager", "administrator", "manager everywhere", "installation",
    }  # fmt: skip


def test_ones_own_page_shows_nobody_elses_and_no_title_one_may_not_open(client, team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    seat_of(user, session_of(team, days=1, title="zebra", visibility=Visibility.RESTRICTED))
    seat_of(user, session_of(team, days=2, title="Ours"), has_attended=None)
    seat_of(UserFactory(role=Role.SCIENTIST, team=team), session_of(team, title="Theirs"))
    client.force_login(user)

    page = client.get("/exposure/")

    assert [one.needs_saying for one in page.context["page"].seats] == [False, True]
    assert (b"Ours" in page.content, b"Theirs" in page.content, b"zebra" in page.content) == (True, False, False)
    assert b"zebra" not in client.get(f"/exposure/seats/{page.context['page'].seats[0].seat.pk}/").content


def test_ones_minutes_are_corrected_with_a_reason_in_the_history(client, team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    seat = seat_of(user, session_of(team, days=1, minutes=60), has_attended=None)
    path = f"/exposure/seats/{seat.pk}/"
    client.force_login(user)

    too_many = client.post(path, {"minutes": "61", "reason": "It felt long"})
    assert (too_many.status_code, list(too_many.context["form"].errors)) == (422, ["minutes"])
    assert client.post(path, {"minutes": "20", "reason": ""}).status_code == 422
    assert client.post(path, {"minutes": "20", "reason": "Had to leave"}).status_code == 302

    seat.refresh_from_db()
    assert (seat.minutes, seat.has_attended, seat.minutes_reason) == (20, True, "Had to leave")
    (change,) = Change.objects.filter(kind="panels.StaffSeat", object_id=seat.pk, action="update")
    assert (change.after["minutes"], change.after["minutes_reason"], change.person_id) == (20, "Had to leave", user.pk)
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, team=team))
    assert client.post(path, {"minutes": "1", "reason": "x"}).status_code == 404


def test_nobody_overrules_that_they_were_not_there_or_speaks_before_the_end(client, team):
    user = UserFactory(role=Role.SCIENTIST, team=team)
    absent = seat_of(user, session_of(team, days=1), has_attended=False)
    ahead = seat_of(user, session_of(team, days=-1), has_attended=None)
    client.force_login(user)
    data = {"minutes": "20", "reason": "x"}

    assert client.post(f"/exposure/seats/{absent.pk}/", data).status_code == 409
    assert client.post(f"/exposure/seats/{ahead.pk}/", data).status_code == 404


def test_the_goal_is_set_by_who_sets_the_teams_policy(client, team):
    manager = UserFactory(role=Role.MANAGER, team=team)
    client.force_login(manager)
    path = "/exposure/teams/optics/goal/"

    for _ in range(2):
        assert client.post(path, {"minutes": "90", "days": "30"}).status_code == 302
    assert client.post(path, {"minutes": "0", "days": "367"}).status_code == 422

    assert list(ExposureGoal.objects.values_list("team_id", "minutes", "days")) == [(team.pk, 90, 30)]
    client.force_login(UserFactory(role=Role.MANAGER))
    assert client.post(path, {"minutes": "1", "days": "1"}).status_code == 403
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("amount", [1, 3])
def test_the_pages_cost_the_same_for_one_member_and_three(client, team, amount, django_assert_num_queries):
    for user in members_of(team, amount):
        meet(user, days=1)
        meet(user, days=9)
    manager = UserFactory(role=Role.MANAGER, team=team)
    for days in range(amount):
        meet(manager, days=days)
    client.force_login(manager)

    with django_assert_num_queries(8):
        assert len(client.get("/exposure/teams/optics/").context["page"].members) == amount + 1
    with django_assert_num_queries(9):
        assert len(client.get("/exposure/").context["page"].seats) == amount
