"""What each role finds at home. Counts come from cells and standings; words only from what the reader may open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import Permission, may, roles_of
from apps.catalog.models import Product
from apps.dashboard import operations, voices
from apps.dashboard.operations import FirstSteps, Health, RuleQuality
from apps.dashboard.overview import Backlog, TeamRow, climbers, oldest_held, overview
from apps.dashboard.period import Comparison, Period
from apps.dashboard.voices import WorthHearing
from apps.dialogue.models import Notification, NotificationKind
from apps.feedback.models import Import
from apps.panels.rhythm import summaries
from apps.panels.rhythm.summaries import OwnTime
from apps.priorities import movement, volume
from apps.priorities.movement import Mover, RankedTag
from apps.priorities.spans import last_days

MOVEMENT_DAYS = 7
TOP_SHOWN = 5
TEAMS_SHOWN = 6
MENTIONS_SHOWN = 5
RISING_SHOWN = 5


class HomeKind(StrEnum):
    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    ANALYST = "analyst"
    SCIENTIST = "scientist"


def home_kind(user: User) -> HomeKind:
    """Return which home ``user`` gets: that of the widest role they hold anywhere. No query beyond the roles'."""
    if user.is_superuser:
        return HomeKind.ADMINISTRATOR
    held = set(roles_of(user).values())
    for role, kind in (
        (Role.ADMINISTRATOR, HomeKind.MANAGER),  # of a team
        (Role.MANAGER, HomeKind.MANAGER),
        (Role.ANALYST, HomeKind.ANALYST),
    ):
        if role in held:
            return kind
    return HomeKind.SCIENTIST


@dataclass(frozen=True)
class TeamSummary:
    """The head of a team's queue and how it moved in a week."""

    team: Team
    top: list[RankedTag]
    climbers: list[RankedTag]  # beyond the top, whose rows say so themselves
    ranked_count: int
    too_few_count: int
    compared_on: date | None


@dataclass(frozen=True)
class Home:
    """Empty or None: not for this kind of home, or nothing to show."""

    kind: HomeKind
    summaries: list[TeamSummary]
    rising: list[Mover]
    assigned: list[RankedTag]
    mentions: list[Notification]
    backlog: Backlog
    voices: list[WorthHearing]
    held: tuple[int, date | None] | None = None
    rules: list[RuleQuality] | None = None
    imports: list[Import] = field(default_factory=list)
    rows: list[TeamRow] = field(default_factory=list)
    health: Health | None = None
    steps: FirstSteps | None = None
    own_time: OwnTime | None = None  # with customers


def home(user: User, teams: Sequence[Team], *, today: date) -> Home:
    """Return the home of ``user``, a member of ``teams``. At most fifteen queries."""
    kind = home_kind(user)
    period = Period(last_days(MOVEMENT_DAYS, until=today), Comparison.PREVIOUS, MOVEMENT_DAYS)
    if kind == HomeKind.MANAGER:
        return _managers_home(user, teams, period, today=today)
    products = list(Product.objects.filter(team__in=teams)) or list(Product.objects.all())
    ids = [product.pk for product in products]
    ranked = movement.ranks([team.pk for team in teams], since=period.span.since)
    movers = movement.movers(
        movement.tag_sums([team.pk for team in teams], span=period.span, before=period.span.before())
    )
    rising = movement.rising(movers.values(), limit=RISING_SHOWN)
    untagged = volume.untagged_ages(ids, today=today)
    fastest = rising[0] if rising else None
    heard = voices.worth_hearing(user, ids, fastest, rising_since=period.span.since, today=today)
    is_analyst = kind == HomeKind.ANALYST
    return Home(
        kind=kind,
        summaries=_summaries(teams, ranked),
        rising=rising,
        assigned=[one for one in ranked if one.owner_id == user.pk],
        mentions=_mentions(user),
        backlog=Backlog(
            sum(row.feedback_count for row in untagged), min((row.oldest_on for row in untagged), default=None)
        ),
        voices=heard,
        held=oldest_held(user) if is_analyst or kind == HomeKind.ADMINISTRATOR else None,
        rules=operations.rule_qualities() if is_analyst else None,
        imports=operations.open_imports(today=today) if is_analyst else [],
        health=operations.health() if kind == HomeKind.ADMINISTRATOR else None,
        steps=_steps(user, kind, heard),
        own_time=summaries.own_time(user, today=today),
    )


def _managers_home(user: User, teams: Sequence[Team], period: Period, *, today: date) -> Home:
    page = overview(teams, user, period=period, today=today)
    movers = [mover for row in page.teams for mover in row.rising]
    rising = movement.rising(movers, limit=RISING_SHOWN)
    backlogs = [row.backlog for row in page.teams]
    product_ids = [row.product.pk for row in page.products]
    fastest = rising[0] if rising else None
    return Home(
        kind=HomeKind.MANAGER,
        summaries=_summaries(teams, page.ranked),
        rising=rising,
        assigned=[one for one in page.ranked if one.owner_id == user.pk],
        mentions=_mentions(user),
        backlog=Backlog(
            sum(one.count for one in backlogs), min((one.oldest_on for one in backlogs if one.oldest_on), default=None)
        ),
        voices=voices.worth_hearing(user, product_ids, fastest, rising_since=period.span.since, today=today),
        rows=page.teams,
        own_time=summaries.own_time(user, today=today),
    )


def _summaries(teams: Sequence[Team], ranked: Sequence[RankedTag]) -> list[TeamSummary]:
    summaries = []
    for team in teams[:TEAMS_SHOWN]:
        mine = [one for one in ranked if one.team_id == team.pk]
        placed = [one for one in mine if one.rank is not None]
        summaries.append(
            TeamSummary(
                team=team,
                top=placed[:TOP_SHOWN],
                climbers=[one for one in climbers(placed) if (one.rank or 0) > TOP_SHOWN],
                ranked_count=len(placed),
                too_few_count=len(mine) - len(placed),
                compared_on=mine[0].compared_on if mine else None,
            )
        )
    return summaries


def _mentions(user: User) -> list[Notification]:
    """Return what was said to ``user`` and is unread, newest first (index ``notification_unread``). One query."""
    unread = Notification.objects.filter(user=user, read_at=None, kind=NotificationKind.MENTION)
    return list(unread.select_related("actor")[:MENTIONS_SHOWN])


def _steps(user: User, kind: HomeKind, heard: Sequence[WorthHearing]) -> FirstSteps | None:
    """Return the first steps while one is left, to those who can take them."""
    may_set_up = may(user, Permission.MANAGE_CATALOG) and may(user, Permission.MANAGE_FORMS)
    if not may_set_up or (heard and kind != HomeKind.ADMINISTRATOR):
        return None
    steps = operations.first_steps()
    return None if steps.are_done else steps
