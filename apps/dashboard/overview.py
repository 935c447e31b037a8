"""What the overview shows: every team in one row, every product in one, from cells; seven queries for any number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, may
from apps.catalog.models import Product
from apps.dashboard import links
from apps.dashboard.charts import show, sign
from apps.dashboard.period import Period
from apps.dashboard.wording import looked_at, share_of, unhappy_tone, wait_label
from apps.feedback.models import FeedbackState
from apps.priorities import first_look, movement, volume
from apps.priorities.first_look import Waits
from apps.priorities.movement import Mover, RankedTag
from apps.priorities.spans import Span, step_days
from apps.priorities.volume import Breakdown, Sums, UntaggedAge
from apps.workbench.selectors import readable_feedback

MOVERS_SHOWN = 3
HEAT_SHARES = (0.2, 0.3, 0.4, 0.5)  # where one shade of the products' table ends and the next begins
SPIKE_LEAST = 10  # feedback of the last step
SPIKE_TIMES = 2.0  # as much as a usual step


@dataclass(frozen=True)
class Backlog:
    count: int
    oldest_on: date | None


@dataclass(frozen=True)
class TeamRow:
    team: Team
    span: Span
    product_slugs: list[str]
    now: Sums
    before: Sums | None
    sparkline: list[int]
    top: list[RankedTag]
    climbers: list[RankedTag]  # the three that gained most ranks, or are new
    rising: list[Mover]
    falling: list[Mover]
    backlog: Backlog
    held_count: int | None  # None: the reader may not moderate this team's products
    waits: Waits

    @property
    def volume_change(self) -> float | None:
        if self.before is None or not self.before.feedback_count:
            return None
        return (self.now.feedback_count - self.before.feedback_count) / self.before.feedback_count

    @property
    def unhappy_points(self) -> int | None:
        """How much the unhappy share moved, in points; None where either is of too few."""
        if self.before is None:
            return None
        now, before = share_of(self.now), share_of(self.before)
        return None if now is None or before is None else round((now - before) * 100)

    @property
    def unhappy_tone(self) -> str:
        """Whether it moved for the better or the worse by more than chance."""
        return unhappy_tone(self.now, self.before)

    @property
    def shown_points(self) -> str:
        points = self.unhappy_points or 0
        return f"{sign(points)}{abs(points)}"

    @property
    def unhappy_share(self) -> float | None:
        return share_of(self.now)

    @property
    def url(self) -> str:
        return links.feedback_url(products=self.product_slugs, span=self.span)

    @property
    def untagged_url(self) -> str:
        """The untagged feedback on its products; "" where it has none."""
        return links.feedback_url(products=self.product_slugs, tag=links.UNTAGGED) if self.product_slugs else ""

    @property
    def held_url(self) -> str:
        """What is held of its products; "" where it has none."""
        return links.feedback_url(products=self.product_slugs, state=FeedbackState.HELD) if self.product_slugs else ""

    @property
    def wait_shown(self) -> str:
        """The middle wait in words; a dash before anything was counted."""
        if not self.waits.received_count:
            return show(None, "text")
        bucket = self.waits.median_bucket
        return _("over half not yet") if bucket is None else wait_label(bucket)

    @property
    def looked_at_shown(self) -> str:
        return looked_at(self.waits)


@dataclass(frozen=True)
class HeatCell:
    slug: str
    span: Span
    share: float | None  # None: too few to say
    count: int

    @property
    def url(self) -> str:
        return links.feedback_url(products=[self.slug], span=self.span)

    @property
    def shade(self) -> str:
        """Return "0" (calm) to "4", or "none" without a share."""
        if self.share is None:
            return "none"
        return str(sum(round(self.share, 2) >= limit for limit in HEAT_SHARES))  # as the percentage is shown


@dataclass(frozen=True)
class ProductRow:
    product: Product
    total: Sums
    cells: list[HeatCell]  # one per step, oldest first
    is_spike: bool  # the last step holds at least twice what steps usually hold


@dataclass(frozen=True)
class Overview:
    """Every team and product there is to see, with what they sum to."""

    period: Period
    now: Breakdown
    before: Breakdown | None
    teams: list[TeamRow]
    products: list[ProductRow]
    ranked: list[RankedTag]  # of all teams

    @property
    def has_spike(self) -> bool:
        return any(row.is_spike for row in self.products)


def overview(teams: Sequence[Team], user: User, *, period: Period, today: date) -> Overview:
    """Return the rows of ``teams``; figures are of their products and priorities."""
    ids = [team.pk for team in teams]
    listed = list(Product.objects.filter(team__in=ids).select_related("team").order_by("team__name", "name"))
    product_ids = [product.pk for product in listed]
    found = volume.breakdowns(product_ids, period.spans)
    before = found[1] if period.before else None
    facts = _Facts(
        products_of={pk: {product.pk for product in listed if product.team_id == pk} for pk in ids},
        slugs={product.pk: product.slug for product in listed},
        now=found[0],
        before=before,
        ranked=movement.ranks(ids, since=period.span.since),
        movers=list(movement.movers(movement.tag_sums(ids, span=period.span, before=period.span.before())).values()),
        untagged=volume.untagged_ages(product_ids, today=today),
        held=held_by_product(user) if may(user, Permission.MODERATE_FEEDBACK) else None,
        waits=first_look.waits_by_product(product_ids, period.span),
    )
    return Overview(
        period=period,
        now=found[0],
        before=before,
        teams=[_team_row(team, facts) for team in teams],
        products=[_product_row(product, found[0]) for product in listed if _is_shown(product, found[0])],
        ranked=facts.ranked,
    )


@dataclass(frozen=True)
class _Facts:
    """What was read for all teams at once."""

    products_of: dict[int, set[int]]
    slugs: dict[int, str]
    now: Breakdown
    before: Breakdown | None
    ranked: list[RankedTag]
    movers: list[Mover]
    untagged: list[UntaggedAge]
    held: dict[int, int] | None
    waits: dict[int, Waits]


def _team_row(team: Team, facts: _Facts) -> TeamRow:
    mine = facts.products_of[team.pk]
    ranked = [one for one in facts.ranked if one.team_id == team.pk and one.rank is not None]
    movers = [one for one in facts.movers if one.team_id == team.pk]
    untagged = [row for row in facts.untagged if row.product_id in mine]
    return TeamRow(
        team=team,
        span=facts.now.span,
        product_slugs=sorted(facts.slugs[product_id] for product_id in mine),
        now=facts.now.of(mine),
        before=facts.before.of(mine) if facts.before else None,
        sparkline=[step.feedback_count for step in facts.now.by_step(mine)],
        top=ranked[:MOVERS_SHOWN],
        climbers=climbers(ranked)[:MOVERS_SHOWN],
        rising=movement.rising(movers, limit=MOVERS_SHOWN),
        falling=movement.falling(movers, limit=MOVERS_SHOWN),
        backlog=Backlog(
            sum(row.feedback_count for row in untagged), min((row.oldest_on for row in untagged), default=None)
        ),
        held_count=None if facts.held is None else sum(facts.held.get(product_id, 0) for product_id in mine),
        waits=first_look.together(facts.waits[product_id] for product_id in mine if product_id in facts.waits),
    )


def climbers(ranked: Sequence[RankedTag]) -> list[RankedTag]:
    """Return the priorities that are new in the queue or gained ranks, the most first."""
    moved = [one for one in ranked if one.climbed > 0 or one.is_new]
    return sorted(moved, key=lambda one: (not one.is_new, -one.climbed, one.rank or 0))


def _is_shown(product: Product, now: Breakdown) -> bool:
    """One that is archived only while something was said of it in the period."""
    return product.archived_at is None or now.of({product.pk}).feedback_count > 0


def _product_row(product: Product, now: Breakdown) -> ProductRow:
    steps = now.by_step({product.pk})
    usual = sum(step.feedback_count for step in steps[:-1]) / max(len(steps) - 1, 1)
    last = steps[-1].feedback_count
    return ProductRow(
        product=product,
        total=now.of({product.pk}),
        cells=[
            HeatCell(product.slug, span, share_of(sums), sums.feedback_count)
            for span, sums in zip(heat_spans(now.span), _in_heat_spans(steps, now.span), strict=True)
        ],
        is_spike=last >= SPIKE_LEAST and last >= SPIKE_TIMES * usual,
    )


def heat_spans(span: Span) -> list[Span]:
    """Return the columns of the products' table, oldest first: steps of a chart put together by at most seven."""
    steps, size = span.steps(), _heat_size(span)
    starts = range(len(steps) % size, len(steps), size)
    groups = [steps[: len(steps) % size], *(steps[start : start + size] for start in starts)]
    return [Span(group[0].since, group[-1].until) for group in groups if group]


def _in_heat_spans(steps: Sequence[Sums], span: Span) -> list[Sums]:
    size = _heat_size(span)
    starts = range(len(steps) % size, len(steps), size)
    groups = [steps[: len(steps) % size], *(steps[start : start + size] for start in starts)]
    return [volume.sum_up(group) for group in groups if group]


def _heat_size(span: Span) -> int:
    """Return how many steps make a column, so that there are at most about fourteen."""
    count = len(span.steps())
    return 1 if count <= 14 else 7 if step_days(span) == 1 else 4


def held_by_product(user: User) -> dict[int, int]:
    """Count what is held for ``user`` to review, by product (index ``feedback_held``). One query."""
    held = readable_feedback(user).filter(state=FeedbackState.HELD).order_by()
    return dict(held.values_list("product_id").annotate(count=Count("pk")))


def oldest_held(user: User) -> tuple[int, date | None]:
    """Return how much is held for ``user`` to review, and since when. One query."""
    found = readable_feedback(user).filter(state=FeedbackState.HELD).aggregate(count=Count("pk"), oldest=Min("day"))
    return found["count"], found["oldest"]
