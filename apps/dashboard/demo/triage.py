"""What the demo's staff do with the feedback that came in: moderate it, tag it, decide on it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from apps.catalog.models import Visibility
from apps.dashboard.demo import company, taxonomy
from apps.dashboard.demo.company import DecisionPlan
from apps.dashboard.demo.intake import moment
from apps.dashboard.demo.pieces import Piece
from apps.dashboard.demo.stage import Cast
from apps.feedback.services import mark_spam, set_visibility
from apps.priorities.services import set_alignment, set_effort, set_owner, set_state
from apps.tagging import rules
from apps.tagging.batches import Statement, confirm_tags
from apps.tagging.services import create_rule

Arrived = tuple[Piece, int]  # with its id

TAGGED_SHARE = 0.72  # of what is older than BACKLOG_DAYS was read and tagged by a person
BACKLOG_DAYS, BACKLOG_SHARE = 9, 0.25
LABEL_SHARE = 0.35
HOURS_TO_A_LOOK = 20  # on average
LABELS = {"+": "praise", "?": "wish"}


def moderate(arrived: Sequence[Arrived]) -> None:
    mark_spam(feedback_id for piece, feedback_id in arrived if piece.fate == "spam")
    for visibility in (Visibility.TEAM, Visibility.RESTRICTED):
        ids = [feedback_id for piece, feedback_id in arrived if piece.fate == visibility.value]
        if ids:
            set_visibility(ids, visibility)


def tag(arrived: Iterable[Arrived], cast: Cast, rng: Random, *, now: datetime) -> None:
    """Tag most of what arrived, a day or so after it came: the newest stays for the visitor to triage."""
    looks = Random(f"demo looks {rng.random()}")  # noqa: S311 no secret
    statements: list[Statement] = []
    for piece, feedback_id in arrived:
        share = BACKLOG_SHARE if piece.days_ago < BACKLOG_DAYS else TAGGED_SHARE
        draw, is_expert, against = rng.random(), rng.random() < 0.22, rng.random() < 0.04
        if piece.theme and draw < share:
            who = company.EXPERTS[piece.product] if is_expert else company.ANALYST
            importance = rng.choice((1, 2, 2, 3)) if is_expert else 0
            user_id = cast.staff[who].pk
            said = Statement(
                feedback_id,
                cast.tags[piece.theme].pk,
                user_id,
                importance,
                is_against=against and is_expert,
                said_at=min(now, moment(piece, now) + timedelta(hours=looks.expovariate(1 / HOURS_TO_A_LOOK))),
            )
            statements.append(said)
            if rng.random() < LABEL_SHARE and (label := LABELS.get(piece.mood)):
                statements.append(Statement(feedback_id, cast.tags[label].pk, user_id, said_at=said.said_at))
    confirm_tags(statements)


def decide(decisions: Iterable[DecisionPlan], cast: Cast) -> None:
    manager = cast.staff["manager"]
    for decision in decisions:
        priority = cast.tags[decision.tag]
        set_state(priority, state=decision.state, user=manager)
        set_owner(priority, owner=cast.staff[decision.owner], user=manager)
        set_alignment(priority, alignment=decision.alignment, user=manager)
        set_effort(priority, effort=decision.effort, user=manager)


def think_of_a_rule_late(cast: Cast) -> None:
    """Make a rule when everything is there already, and run it over history."""
    slug, phrases = taxonomy.OVER_HISTORY
    rules.start_run(create_rule(tag=cast.tags[slug], phrases=phrases))
