"""More of the demo, for trials with up to a million pieces of feedback: the same company, people and story.

Texts combine more freely here, so that some resemble each other. Each piece is made from its number alone and has an
external id of its own: a load that was stopped goes on where it stopped, and one that runs twice adds nothing.
"""

from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import transaction

from apps.core import lanes
from apps.core.errors import DomainError
from apps.dashboard.demo import intake, story, triage
from apps.dashboard.demo.loading import hold_lock, is_loaded
from apps.dashboard.demo.pieces import TOTAL, Author, Piece
from apps.dashboard.demo.stage import Cast, find_the_cast
from apps.dashboard.demo.writing import Writer
from apps.feedback.models import Feedback
from apps.feedback.services.backdating import backdate_receipts

BATCH = 2_000  # pieces in one transaction, and no more memory
LIMIT = 1_000_000
PREFIX = "trial-"  # of the external ids


def load_trials(total: int, *, now: datetime, report: Callable[[int, int], None] = lambda done, wanted: None) -> int:
    """Fill a loaded demo up to ``total`` pieces of feedback and return how many were new.

    Batch by batch, each a transaction, settled before the next; ``report`` is told (done, wanted) after each. Raises
    DomainError where there is no demo, or for a total not in 5,000 to 1,000,000.
    """
    if not TOTAL <= total <= LIMIT:
        raise DomainError(f"Ask for {TOTAL:,} to {LIMIT:,} pieces of feedback.")
    if not is_loaded():
        raise DomainError("There is no demo here to add to: load it first, without --feedback.")
    cast, wanted, new = find_the_cast(), total - TOTAL, 0
    for first in range(0, wanted, BATCH):
        numbers = range(first, min(first + BATCH, wanted))
        if not _is_in(numbers, cast):
            new += _load_batch(numbers, cast, now=now)
            lanes.settle(seconds=600)
        report(numbers.stop, wanted)
    return new


def _is_in(numbers: range, cast: Cast) -> bool:
    """Tell whether the batch came in before: it comes whole or not at all, so its last piece tells."""
    known = {product.pk for product in cast.products.values()}
    return Feedback.objects.filter(product__in=known, external_id=f"{PREFIX}{numbers[-1]}").exists()


@transaction.atomic
def _load_batch(numbers: range, cast: Cast, *, now: datetime) -> int:
    hold_lock()
    made = _pieces(numbers)
    arrived = intake.capture_pieces(made, cast, now=now, external_ids=[f"{PREFIX}{number}" for number in numbers])
    backdate_receipts(feedback_id for _, feedback_id in arrived)
    triage.tag(arrived, cast, Random(f"trial triage {numbers.start}"), now=now)  # noqa: S311 no secret
    return len(arrived)


def _pieces(numbers: range) -> list[Piece]:
    """Return the batch's pieces, the same ones every time."""
    rng = Random(f"trial {numbers.start}")  # noqa: S311 no secret
    author = Author(rng, Writer(rng, is_strict=False), has_imports=False)
    products = rng.choices(list(story.PIECES), list(story.PIECES.values()), k=len(numbers))
    drawn = {product: iter(story.moments(product, products.count(product), rng)) for product in story.PIECES}
    return [author.piece(product, next(drawn[product])) for product in products]
