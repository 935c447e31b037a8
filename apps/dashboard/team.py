"""What a team's dashboard shows: read from cells, volume cells, standings and snapshots, in nine queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.accounts.models import Team, User
from apps.catalog.models import Visibility
from apps.dashboard import links
from apps.dashboard.period import Period
from apps.feedback.models import Feedback, FeedbackState
from apps.priorities import first_look, movement, selectors, volume
from apps.priorities.first_look import Waits
from apps.priorities.movement import Mover, RankedTag
from apps.priorities.segments import SegmentPart, segment_parts
from apps.priorities.spans import Span
from apps.priorities.volume import Breakdown, UntaggedAge, VersionSums

TOP_SHOWN = 10
MOVERS_SHOWN = 6
HIDDEN_CAP = 1000


@dataclass(frozen=True)
class TopPriority:
    ranked: RankedTag
    mover: Mover  # its feedback in the period and in the one before
    sparkline: list[int]


@dataclass(frozen=True)
class TeamDashboard:
    """``before`` and ``waits_before`` are None where nothing is compared."""

    team: Team
    period: Period
    today: date
    product_names: dict[int, str]
    product_slugs: dict[int, str]
    now: Breakdown
    before: Breakdown | None
    versions: list[VersionSums]
    untagged: list[UntaggedAge]
    waits: Waits
    waits_before: Waits | None
    top: list[TopPriority]
    ranked_count: int
    compared_on: date | None
    rising: list[Mover]
    falling: list[Mover]
    segments: list[SegmentPart]
    hidden_count: int  # counted here, but not the reader's to open; HIDDEN_CAP + 1: more than the cap


def team_dashboard(team: Team, user: User, *, period: Period, today: date) -> TeamDashboard:
    """Return all that the dashboard of ``team`` shows ``user`` of ``period``."""
    versions = volume.versions([team.pk], until=period.span.until)
    names = {row.product_id: row.product_name for row in versions}
    found = volume.breakdowns(list(names), period.spans)
    waits = first_look.waits(list(names), period.spans)
    ranked = movement.ranks([team.pk], since=period.span.since)
    sums = movement.tag_sums([team.pk], span=period.span, before=period.span.before())
    movers = movement.movers(sums)
    return TeamDashboard(
        team=team,
        period=period,
        today=today,
        product_names=names,
        product_slugs={row.product_id: row.product_slug for row in versions},
        now=found[0],
        before=found[1] if period.before else None,
        versions=[row for row in versions if row.version_id is not None],
        untagged=volume.untagged_ages(list(names), today=today),
        waits=waits[0],
        waits_before=waits[1] if period.before else None,
        top=_top(ranked, movers, today=today),
        ranked_count=sum(one.rank is not None for one in ranked),
        compared_on=ranked[0].compared_on if ranked else None,
        rising=movement.rising(movers.values(), limit=MOVERS_SHOWN),
        falling=movement.falling(movers.values(), limit=MOVERS_SHOWN),
        segments=segment_parts(sums),
        hidden_count=hidden_count(user, list(names), period),
    )


def _top(ranked: Sequence[RankedTag], movers: dict[int, Mover], *, today: date) -> list[TopPriority]:
    shown = [one for one in ranked if one.rank is not None][:TOP_SHOWN]
    sparklines = selectors.weekly_feedback([one.tag_id for one in shown], as_of=today)
    return [
        TopPriority(
            one,
            movers.get(one.tag_id) or Mover(one.tag_id, one.team_id, one.name, one.slug, 0, 0, 0),
            sparklines[one.tag_id],
        )
        for one in shown
    ]


def hidden_count(user: User, product_ids: Sequence[int], period: Period) -> int:
    """Count what the figures hold and ``user`` may not open, from the few that are not open to everyone. One query."""
    hidden = Feedback.objects.hidden_from(user).exclude(visibility=Visibility.RESTRICTED)
    counted = hidden.filter(
        state=FeedbackState.LIVE,
        product_id__in=product_ids,
        day__gte=period.span.since,
        day__lte=period.span.until,
    )
    return counted.order_by()[: HIDDEN_CAP + 1].count()


def team_url(page: TeamDashboard, span: Span | None = None) -> str:
    """Return the address of the feedback on the team's products in ``span``, else in the period."""
    return links.feedback_url(products=sorted(page.product_slugs.values()), span=span or page.period.span)
