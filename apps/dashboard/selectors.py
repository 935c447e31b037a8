"""What waits for a person, and how their teams' queues moved: from standings, snapshots and volume cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Max, Sum
from django.urls import reverse

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.feedback.models import Feedback, FeedbackState, Form
from apps.priorities import selectors as priorities
from apps.priorities.models import Snapshot, VolumeCell
from apps.workbench.selectors import readable_feedback

TOP_SHOWN = 5
VOICES_SHOWN = 5
MOVEMENT_DAYS = 7
UNTAGGED_DAYS = 28
HELD_CAP = 100


@dataclass(frozen=True)
class MovedEntry:
    entry: priorities.QueueEntry
    rank_before: int | None  # None: not ranked then, or no snapshot reaches back

    @property
    def climbed(self) -> int:
        """Ranks gained; negative when it fell, 0 without a rank to compare."""
        return self.rank_before - self.entry.rank if self.rank_before and self.entry.rank else 0


@dataclass(frozen=True)
class TeamSummary:
    team: Team
    top: list[MovedEntry]
    ranked_count: int
    too_few_count: int
    compared_on: date | None  # the day of the snapshot that "before" means


def team_summary(team: Team, *, today: date) -> TeamSummary:
    """Return the head of ``team``'s queue with its movement in a week. Six queries."""
    queue = priorities.queue(team, as_of=today)
    top = queue.entries[:TOP_SHOWN]
    past = Snapshot.objects.filter(team=team, day__lte=today - timedelta(days=MOVEMENT_DAYS))
    compared_on: date | None = past.aggregate(day=Max("day"))["day"]
    before = (
        dict(Snapshot.objects.filter(team=team, day=compared_on).values_list("tag_id", "rank")) if compared_on else {}
    )
    return TeamSummary(
        team=team,
        top=[MovedEntry(entry, before.get(entry.tag_id)) for entry in top],
        ranked_count=len(queue.entries),
        too_few_count=len(queue.too_few),
        compared_on=compared_on,
    )


@dataclass(frozen=True)
class FirstSteps:
    """How far a new installation has come towards its first feedback."""

    has_team: bool
    has_product: bool
    form_address: str  # of an open form; "" while there is none


def first_steps() -> FirstSteps:
    """Return what of a team, a product and an open form is there. Three queries."""
    form = Form.objects.filter(is_open=True).order_by("pk").first()
    return FirstSteps(
        has_team=Team.objects.exists(),
        has_product=Product.objects.exists(),
        form_address=f"{settings.PUBLIC_URL}{reverse('feedback:form', args=[form.slug])}" if form else "",
    )


def untagged_count(products: Sequence[Product], *, today: date) -> int:
    """Return how much feedback of the last four weeks on ``products`` carries no tag. One query."""
    since = today - timedelta(days=UNTAGGED_DAYS - 1)
    cells = VolumeCell.objects.filter(product_id__in=[one.pk for one in products], day__gte=since)
    return cells.filter(is_tagged=False).aggregate(total=Sum("feedback_count"))["total"] or 0


def held_count(user: User) -> int:
    """Return how much feedback is held for ``user`` to review, at most ``HELD_CAP`` + 1."""
    return readable_feedback(user).filter(state=FeedbackState.HELD)[: HELD_CAP + 1].count()


def latest_voices(user: User, products: Sequence[Product]) -> list[Feedback]:
    """Return the newest live feedback on ``products`` that ``user`` may open."""
    voices = readable_feedback(user).filter(state=FeedbackState.LIVE, product__in=products, redacted_at=None)
    voices = voices.select_related("product", "version", "customer", "reading")
    return list(voices.order_by("-listed_at", "-id")[:VOICES_SHOWN])
