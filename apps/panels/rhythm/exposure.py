"""How long staff were with customers, against their teams' goals.

Counts the seats of those who were there, leading or listening, at sessions that are done, whosever team's: each as many
minutes as ``minutes`` says, on the installation's day of the session. A goal is a number of minutes in a rolling window
of days that ends with today. What one person has is theirs and their managers' to see; of a team everybody sees the
sum, and how it divides only where at least three people have any.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may, roles_of
from apps.panels.models import ExposureGoal, ResearchSession, SessionState, StaffSeat
from apps.panels.rhythm.days import day_bounds, day_of
from apps.panels.rhythm.minutes import counted_minutes, length_minutes

LEAST_PEOPLE = 3  # fewer: nothing but the sum
WEEKS_SHOWN = 12
OWN_DAYS = 182  # how far back one's own list goes at least


class Goal(NamedTuple):
    minutes: int = 120
    days: int = 42


class Encounter(NamedTuple):
    """One person at one session."""

    user_id: int
    day: date
    minutes: int


@dataclass(frozen=True)
class Progress:
    """What somebody, or nobody in particular, has of a goal."""

    goal: Goal
    minutes: int
    team: Team | None = None  # None: of no team; the goal is the default

    @property
    def share(self) -> float:
        """Of the goal: 0 to 1."""
        return min(self.minutes / self.goal.minutes, 1.0)

    @property
    def is_reached(self) -> bool:
        return self.minutes >= self.goal.minutes

    @property
    def missing(self) -> int:
        return max(self.goal.minutes - self.minutes, 0)


def goals_of(team_ids: Collection[int]) -> dict[int, Goal]:
    """Return the goal of each team, the default where it set none. One query."""
    goals = {team_id: Goal() for team_id in team_ids}
    for row in ExposureGoal.objects.filter(team_id__in=team_ids):
        goals[row.team_id] = Goal(row.minutes, row.days)
    return goals


def encounters(user_ids: Collection[int], *, since: date, until: date) -> list[Encounter]:
    """Return what counts for ``user_ids`` from ``since`` to ``until``, both included. One query."""
    seats = _seats(since=since, until=until).filter(user_id__in=user_ids, has_attended=True)
    return [Encounter(seat.user_id, session_day(seat.session), seat_minutes(seat)) for seat in seats]


def _seats(*, since: date, until: date) -> QuerySet[StaffSeat]:
    start, end = day_bounds(since, until)
    done = StaffSeat.objects.filter(session__state=SessionState.DONE).select_related("session")
    return done.filter(session__starts_at__gte=start, session__starts_at__lt=end)


def session_day(session: ResearchSession) -> date:
    """Return the installation's day on which a session with a date begins."""
    assert session.starts_at is not None  # a session that is done has its date, says the database
    return day_of(session.starts_at)


def seat_minutes(seat: StaffSeat) -> int:
    """Return what ``seat`` counts once it is said that its person was there. Needs its session."""
    return counted_minutes(said=seat.minutes, length=length_minutes(seat.session))


def window_start(goal: Goal, *, today: date) -> date:
    return today - timedelta(days=goal.days - 1)


def sum_in(found: Iterable[Encounter], goal: Goal, *, today: date) -> int:
    """Return the minutes of ``found`` in the goal's window that ends with ``today``. Pure."""
    return sum(one.minutes for one in found if window_start(goal, today=today) <= one.day <= today)


# --- one person ---------------------------------------------------------------------------------------------------


def teams_of_member(user: User) -> list[int]:
    """Return the ids of the teams ``user`` is a member of; a role everywhere makes nobody one."""
    return [team_id for team_id in roles_of(user) if team_id is not None]


def own_progress(user: User, *, today: date) -> Progress:
    """Return how far ``user`` is with the goal of their teams that asks most of them still. Two queries."""
    return progress_of_all([user], today=today)[user.pk]


def progress_of_all(users: Collection[User], *, today: date) -> dict[int, Progress]:
    """Return for each of ``users`` what ``own_progress`` does. Two queries, once their roles are read."""
    teams = {user.pk: teams_of_member(user) for user in users}
    goals = goals_of({team_id for own in teams.values() for team_id in own})
    longest = max([Goal().days, *(goal.days for goal in goals.values())])
    found: dict[int, list[Encounter]] = {user_id: [] for user_id in teams}
    for one in encounters(list(teams), since=today - timedelta(days=longest - 1), until=today):
        found[one.user_id].append(one)
    return {
        user_id: _hardest([goals[team_id] for team_id in own] or [Goal()], found[user_id], today=today)
        for user_id, own in teams.items()
    }


def _hardest(goals: Sequence[Goal], found: Sequence[Encounter], *, today: date) -> Progress:
    return min((Progress(goal, sum_in(found, goal, today=today)) for goal in goals), key=lambda one: one.share)


class OwnSeat(NamedTuple):
    seat: StaffSeat
    day: date
    length: int | None  # of the session, in minutes
    minutes: int  # that count
    is_open: bool  # the person may open the session
    needs_saying: bool  # nobody has said yet that they were there


@dataclass(frozen=True)
class OwnExposure:
    progress: list[Progress]  # for each of the person's teams, by name; one without a team for whoever has none
    seats: list[OwnSeat]  # the newest first


def own_exposure(user: User, *, today: date) -> OwnExposure:
    """Return what ``user`` sees of their own time with customers. Four queries."""
    teams = list(Team.objects.filter(pk__in=teams_of_member(user)).order_by("name"))
    goals = goals_of([team.pk for team in teams])
    days = max([OWN_DAYS, *(goal.days for goal in goals.values())])
    rows = _seats(since=today - timedelta(days=days - 1), until=today).filter(user=user).exclude(has_attended=False)
    seats = list(rows.order_by("-session__starts_at", "-pk"))
    found = [Encounter(user.pk, session_day(seat.session), seat_minutes(seat)) for seat in seats if seat.has_attended]
    progress = [Progress(goals[one.pk], sum_in(found, goals[one.pk], today=today), one) for one in teams]
    visible = ResearchSession.objects.visible_to(user).filter(pk__in=[seat.session_id for seat in seats])
    open_ids = set(visible.values_list("pk", flat=True))
    return OwnExposure(
        progress or [Progress(Goal(), sum_in(found, Goal(), today=today))],
        [
            OwnSeat(
                seat,
                session_day(seat.session),
                length_minutes(seat.session),
                seat_minutes(seat),
                seat.session_id in open_ids,
                seat.has_attended is None,
            )
            for seat in seats
        ],
    )


# --- a team -------------------------------------------------------------------------------------------------------


class Week(NamedTuple):
    starts_on: date
    minutes: int | None  # None: of so few people that it may not be told
    person_count: int | None


class MemberRow(NamedTuple):
    user: User
    progress: Progress
    session_count: int  # in the goal's window
    last_on: date | None  # in what is shown


@dataclass(frozen=True)
class TeamExposure:
    team: Team
    goal: Goal
    member_count: int
    minutes: int  # of all members together, in the goal's window
    person_count: int | None  # who has any; None: too few to say
    reached_count: int | None  # who reached the goal; None: too few to say
    weeks: list[Week]  # oldest first; empty: too few people
    members: list[MemberRow]  # empty but for who may see each person's

    @property
    def reached_share(self) -> float | None:
        return None if self.reached_count is None else self.reached_count / self.member_count

    @property
    def mean_minutes(self) -> float | None:
        return None if self.reached_count is None else self.minutes / self.member_count


def may_see_people(user: User, team: Team) -> bool:
    """Return whether ``user`` sees what each member of ``team`` has: its managers and administrators do."""
    return may(user, Permission.SET_POLICY, team=team)


def team_exposure(team: Team, viewer: User, *, today: date) -> TeamExposure:
    """Return what ``viewer`` may see of the team's time with customers. Three queries."""
    goal = goals_of([team.pk])[team.pk]
    members = list(User.objects.filter(memberships__team=team, is_active=True).order_by("name", "email"))
    since = min(window_start(goal, today=today), today - timedelta(days=7 * WEEKS_SHOWN - 1))
    found = encounters([user.pk for user in members], since=since, until=today)
    return summed_up(team, goal, members, found, today=today, shows_people=may_see_people(viewer, team))


def summed_up(
    team: Team,
    goal: Goal,
    members: Sequence[User],
    found: Sequence[Encounter],
    *,
    today: date,
    shows_people: bool,
) -> TeamExposure:
    """Return ``found``, the encounters of ``members``, as it may be shown. Pure."""
    sums = {user.pk: sum_in([one for one in found if one.user_id == user.pk], goal, today=today) for user in members}
    person_count = sum(minutes > 0 for minutes in sums.values())
    is_told = shows_people or person_count >= LEAST_PEOPLE
    return TeamExposure(
        team=team,
        goal=goal,
        member_count=len(members),
        minutes=sum(sums.values()),
        person_count=person_count if is_told else None,
        reached_count=sum(one >= goal.minutes for one in sums.values()) if is_told and members else None,
        weeks=_weeks(found, today=today, tells_all=shows_people) if is_told else [],
        members=[_member(user, goal, found, today=today) for user in members] if shows_people else [],
    )


def _member(user: User, goal: Goal, found: Sequence[Encounter], *, today: date) -> MemberRow:
    own = [one for one in found if one.user_id == user.pk and one.minutes]
    in_window = [one for one in own if one.day >= window_start(goal, today=today)]
    progress = Progress(goal, sum_in(own, goal, today=today))
    return MemberRow(user, progress, len(in_window), max((one.day for one in own), default=None))


def _weeks(found: Sequence[Encounter], *, today: date, tells_all: bool) -> list[Week]:
    minutes = [0] * WEEKS_SHOWN
    people: list[set[int]] = [set() for _ in range(WEEKS_SHOWN)]
    for one in found:
        place = WEEKS_SHOWN - 1 - (today - one.day).days // 7
        if 0 <= place < WEEKS_SHOWN and one.minutes:
            minutes[place] += one.minutes
            people[place].add(one.user_id)
    untold = set() if tells_all else untold_weeks(people)
    return [
        Week(
            today - timedelta(days=7 * (WEEKS_SHOWN - place) - 1),
            None if place in untold else minutes[place],
            None if place in untold else len(people[place]),
        )
        for place in range(WEEKS_SHOWN)
    ]


def untold_weeks(people: Sequence[Collection[int]]) -> set[int]:
    """Return the places of the weeks of which nothing may be told: fewer than three people, yet some. Pure.

    With those, while they are of fewer than three people together, the next smallest: else they were the sum minus
    the rest.
    """
    untold = {place for place, who in enumerate(people) if 0 < len(who) < LEAST_PEOPLE}
    for place in sorted(range(len(people)), key=lambda place: len(people[place])):
        if not untold or len({one for week in untold for one in people[week]}) >= LEAST_PEOPLE:
            break
        if people[place]:
            untold.add(place)
    return untold
