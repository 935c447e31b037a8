"""Keyword rules at work: on new feedback as it is read, and over history on request."""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.db.models.functions import Now

from apps.core import outbox
from apps.feedback.models import Feedback
from apps.tagging import ledger, phrases
from apps.tagging.models import KeywordRule, RuleRun, Tagging, TaggingState

logger = logging.getLogger(__name__)

RUN_BATCH = 1000  # feedback per transaction of a run over history
RUN_FAILURES = 3


class Match(NamedTuple):
    feedback_id: int
    tag_id: int
    rule_id: int


def tag_new_feedback(feedback_ids: list[int]) -> None:
    """Apply the active rules to feedback they have not seen, and book all of ``feedback_ids`` with its reading.

    Subscriber of ``insight.read``: a later re-reading books again and applies no rule a second time.
    """
    ids = ledger.lock_feedback(feedback_ids)
    unseen = ledger.take_unruled(ids)
    rules = list(KeywordRule.objects.filter(is_active=True))
    state_matches(_matches(rules, unseen))
    ledger.book(ids)


def state_matches(matches: Sequence[Match]) -> int:
    """Write the rules' statements, confirmed; skip pairs a person rejected. Return how many are new or revived.

    Call under the feedback's lock, and book afterwards.
    """
    if not matches:
        return 0
    ledger.ensure_pairs((match.feedback_id, match.tag_id) for match in matches)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tagging_tagging (feedback_id, tag_id, source, state, rule_id, confidence, importance,"
            " is_against) SELECT x.feedback_id, x.tag_id, 'rule', 'confirmed', x.rule_id, 1, 0, false"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS x (feedback_id, tag_id, rule_id)"
            " WHERE NOT EXISTS (SELECT FROM tagging_tagging p WHERE p.feedback_id = x.feedback_id"
            "   AND p.tag_id = x.tag_id AND p.source = 'person' AND p.state = 'rejected' AND p.span_start IS NULL)"
            " ON CONFLICT (feedback_id, tag_id, source, user_id, rule_id, span_start, span_end) DO UPDATE"
            "   SET state = 'confirmed', updated_at = now() WHERE tagging_tagging.state <> 'confirmed'",
            [list(column) for column in zip(*matches, strict=True)],
        )
        return int(cursor.rowcount)


def _matches(rules: Sequence[KeywordRule], feedback_ids: Iterable[int]) -> list[Match]:
    """Return which of ``rules`` fit which feedback; redacted feedback fits none. One query."""
    ids = list(feedback_ids)
    if not rules or not ids:
        return []
    rows = list(
        Feedback.objects.filter(id__in=ids, redacted_at=None).order_by("id").values_list("id", "product_id", "text")
    )
    tag_of = {rule.pk: rule.tag_id for rule in rules}
    fitting = phrases.match_texts(
        [phrases.Rule(r.pk, tuple(r.phrases), tuple(r.exclusions), r.product_id) for r in rules],
        [phrases.TaggableText(text, product_id) for _, product_id, text in rows],
    )
    return [
        Match(feedback_id, tag_of[rule_id], rule_id)
        for (feedback_id, _, _), rule_ids in zip(rows, fitting, strict=True)
        for rule_id in rule_ids
    ]


# --- over history -------------------------------------------------------------------------------------------------


@transaction.atomic
def start_run(rule: KeywordRule, *, kind: str = RuleRun.Kind.APPLY) -> RuleRun:
    """Take ``rule`` over all feedback there is now (apply), or take back what it said (withdraw), in the background."""
    newest = Feedback.objects.aggregate(newest=Max("id"))["newest"] or 0
    run = RuleRun.objects.create(rule=rule, kind=kind, last_id=newest)
    outbox.wake_dispatcher()
    return run


def has_open_runs() -> bool:
    return RuleRun.objects.filter(finished_at=None).exists()


def advance_run() -> int:
    """Do one batch of the oldest run nobody is working on; return how many feedback were looked at (1 at the end).

    A run whose batch fails three times is given up with its reason; what it did so far stays.
    """
    run_ids: list[int] = []
    try:
        return _advance_oldest(run_ids)
    except Exception as error:
        if outbox.is_nobodys_fault(error):
            raise
        logger.exception("The rule runs %s failed on a batch", run_ids)
        _record_failure(run_ids, error)
    return 1


def _record_failure(run_ids: Sequence[int], error: Exception) -> None:
    runs = RuleRun.objects.filter(pk__in=run_ids, finished_at=None)
    runs.update(failures=F("failures") + 1, error=f"{type(error).__name__}: {error}"[:2000])
    runs.filter(failures__gte=RUN_FAILURES).update(finished_at=Now())


@transaction.atomic
def _advance_oldest(run_ids: list[int]) -> int:
    """Do so, noting in ``run_ids`` which run it is."""
    run = (
        RuleRun.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(finished_at=None)
        # A rule's runs one after the other: "take back" must not overtake "apply".
        .exclude(Exists(RuleRun.objects.filter(rule=OuterRef("rule"), finished_at=None, id__lt=OuterRef("id"))))
        .select_related("rule")
        .order_by("id")
        .first()
    )
    if run is None:
        return 0
    run_ids.append(run.pk)
    ids = _next_ids(run)
    if ids:
        locked = ledger.lock_feedback(ids)
        run.changed_count += _do(run, locked)
        ledger.book(locked)
        run.next_id = ids[-1] + 1
    else:
        run.finished_at = Now()
    run.save(update_fields=["next_id", "changed_count", "finished_at"])
    return len(ids) or 1


def _next_ids(run: RuleRun) -> list[int]:
    """Return the next feedback of ``run``, at most ``RUN_BATCH``, in id order."""
    if run.kind == RuleRun.Kind.WITHDRAW:
        said = Tagging.objects.filter(rule=run.rule, feedback_id__gte=run.next_id)
        said = said.exclude(state=TaggingState.REJECTED)
        return list(said.order_by("feedback_id").values_list("feedback_id", flat=True)[:RUN_BATCH])
    feedback = Feedback.objects.filter(id__gte=run.next_id, id__lte=run.last_id)
    if run.rule.product_id:
        feedback = feedback.filter(product_id=run.rule.product_id)
    return list(feedback.order_by("id").values_list("id", flat=True)[:RUN_BATCH])


def _do(run: RuleRun, feedback_ids: Sequence[int]) -> int:
    if run.kind == RuleRun.Kind.WITHDRAW:
        return _withdraw(run.rule, feedback_ids)
    return state_matches(_matches([run.rule], feedback_ids))


def _withdraw(rule: KeywordRule, feedback_ids: Sequence[int]) -> int:
    """Delete what ``rule`` said of ``feedback_ids``; what people said stays."""
    deleted, _ = (
        Tagging.objects.filter(rule=rule, feedback_id__in=feedback_ids).exclude(state=TaggingState.REJECTED).delete()
    )
    return deleted
