"""Taking the demo in: through the services that everybody uses, as if its year were passing now."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.core import lanes
from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.dashboard.demo import company, intake, triage
from apps.dashboard.demo.pieces import IMPORTS, Piece, pieces
from apps.dashboard.demo.stage import Cast, set_the_stage
from apps.feedback.models import Feedback
from apps.feedback.services.backdating import backdate_receipts
from apps.priorities.first_look import rebuild_first_looks
from apps.priorities.reconstruction import PastState, reconstruct_snapshots
from apps.tagging.models import Tag

# The queues as they were then: every week, and every day of the last five weeks.
SNAPSHOT_DAYS_AGO = (*range(357, 35, -7), *range(35, 0, -1))
BATCH = 1_000  # pieces captured, moderated and tagged at a time
PATIENCE_SECONDS = 600.0  # on a machine that does much else


class NotEmptyError(DomainError):
    """Demo data never mixes with real data."""


@transaction.atomic
def load_demo(*, now: datetime) -> int:
    """Load everything and return how much feedback that is; 0 where it was loaded before.

    ``now`` is an aware time; all dates count back from its day in the installation's zone. One transaction:
    wholly there or not at all, and two at once load it once. Raises NotEmptyError beside real data or where
    mail would leave the installation.
    """
    hold_lock()
    if is_loaded():
        return 0
    _refuse_beside_real_data()
    today = timezone.localdate(now)
    everything = pieces(today)
    cast = set_the_stage(today)
    rng = Random("demo triage")  # noqa: S311 no secret
    for batch in _batches(everything):
        _play(batch, cast, rng, now=now)
    _tell_the_planner()
    triage.decide(company.DECISIONS, cast)
    triage.think_of_a_rule_late(cast)
    lanes.settle(seconds=PATIENCE_SECONDS)
    _tell_the_planner()
    _recall_the_queues(cast, today)
    rebuild_first_looks(today + timedelta(days=1))
    return len(everything)


def _tell_the_planner() -> None:
    """Let PostgreSQL count: in this transaction autovacuum cannot, and for empty tables it plans nested loops."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE feedback_feedback, customers_customer, customers_organisation, tagging_tagging, tagging_pair,"
            " tagging_volumebooking, tagging_ledgerrow"
        )


def _recall_the_queues(cast: Cast, today: date) -> None:
    """Write the queues of the year gone by; today's is taken when today is over."""
    states = [
        PastState(cast.tags[one.tag].pk, today - timedelta(days=one.days_ago), one.state) for one in company.DECISIONS
    ]
    reconstruct_snapshots([today - timedelta(days=days_ago) for days_ago in SNAPSHOT_DAYS_AGO], states=states)


def _batches(everything: list[Piece]) -> Iterator[list[Piece]]:
    """Split into what is captured at once: BATCH single pieces, or the whole of a file."""
    singles = [piece for piece in everything if not piece.import_name]
    for at in range(0, len(singles), BATCH):
        yield singles[at : at + BATCH]
    for name in IMPORTS:
        yield [piece for piece in everything if piece.import_name == name]


def hold_lock() -> None:
    """Wait until nobody else loads, and keep others waiting until the transaction ends."""
    take_turn("dashboard.load_demo")


def is_loaded() -> bool:
    return User.objects.filter(email__in=[member.email for member in company.STAFF]).exists()


def _refuse_beside_real_data() -> None:
    if User.objects.exists():
        raise NotEmptyError("People work here already: demo data goes only into an empty installation.")
    if any(model.objects.exists() for model in (Team, Product, Tag, Feedback)):
        raise NotEmptyError(
            "There is data here already: demo data goes only into an empty installation. Start with --no-demo."
        )
    if settings.EMAIL_URL:
        raise NotEmptyError("EMAIL_URL is set: the demo's customers would be written to. Start with --no-demo.")


def _play(arriving: list[Piece], cast: Cast, rng: Random, *, now: datetime) -> None:
    """Capture, moderate and tag."""
    arrived = intake.take_in(arriving, cast, now=now)
    backdate_receipts(feedback_id for _, feedback_id in arrived)
    triage.moderate(arrived)
    triage.tag(arrived, cast, rng, now=now)


def sign_ins() -> list[str]:
    """Return one line per account that may sign in, as `up` prints them."""
    members = [member for member in company.STAFF if member.can_sign_in]
    width = max(len(member.email) for member in members)
    return [f"{member.email:<{width}}  password: {company.PASSWORD}" for member in members]
