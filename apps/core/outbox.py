"""The outbox: "X changed" from lower apps to their subscribers, at least once, each effect exactly once.

A row is claimed by row lock and deleted in the transaction of its effect, so a killed worker leaves it to the next
one and nothing is done twice. There is no cursor over ids: a late commit would be skipped.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.core import lanes
from apps.core.models import OutboxRow

logger = logging.getLogger(__name__)

Handler = Callable[[list[int]], None]

BATCH_IDS = 1000  # ids that one row carries at most, and that one call of a handler gets at most
CANDIDATE_ROWS = 500  # rows looked at for one claim
SPLIT = 10  # a row that failed is cut into so many, until it holds one id
FAILURES = 3  # before a row of one id is quarantined
DEATHS = 5  # of its worker, likewise; more, since a restart or a crash nearby is no fault of the row
BULK_IDS = 50  # a row with more ids is bulk
BULK_ROWS = 20  # bulk rows looked at for one claim
REST = 4
WAITS_LONG = timedelta(minutes=10)  # then nobody rests any more, however much comes in
FED = timedelta(seconds=3)  # since bulk came in last: whoever brings it in is at work
CANCELED = "57014"  # SQLSTATE of a statement that took too long
CHANNEL = "outbox"  # of LISTEN / NOTIFY
NOTIFY_PAUSE_SECONDS = 0.05  # between two NOTIFYs of a process: commits that notify queue up behind each other


@dataclass(frozen=True)
class Subscription:
    topic: str
    subscriber: str
    handler: Handler
    gives_way: bool = False


class ClaimedRow(NamedTuple):
    id: int
    ids: list[int]


_subscriptions: dict[str, Subscription] = {}  # by subscriber, filled in AppConfig.ready()


def subscribe(topic: str, subscriber: str, handler: Handler, *, gives_way: bool = False) -> None:
    """Have ``handler`` called with the ids of ``topic``, in one transaction with the deletion of their rows.

    The handler must be set-based and idempotent, and take ids that are gone or have changed since. ``gives_way``: while
    more bulk comes in, it rests after each batch of it ``REST`` times as long as that took, so that whoever brings it
    in (an import) gets the processor, until the oldest waits long; what arrives one by one never waits for that.
    """
    _subscriptions[subscriber] = Subscription(topic, subscriber, handler, gives_way)
    lanes.register(
        lanes.Lane(
            name=subscriber,
            queue=subscriber.split(".")[0],
            has_work=partial(has_work, subscriber),
            work=partial(drain, subscriber),
            look=waiting_subscribers,
        )
    )


# --- writing ------------------------------------------------------------------------------------------------------


def publish(topic: str, ids: Iterable[int]) -> None:
    """Say that ``ids`` of ``topic`` changed: one row per subscriber and 1,000 ids, in the caller's transaction.

    One query, and the dispatcher is woken at commit.
    """
    unique = sorted(set(ids))
    if not unique:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.publish belongs in the transaction of the change itself.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_publish(%s, %s::text[], %s, %s, %s, %s::bigint[])", [*terms_of(topic), unique])


def terms_of(topic: str) -> tuple[str, list[str], int, int, bool]:
    """Return the first arguments of the database's ``core_publish``: all but the ids.

    For a function of the database that changes rows and publishes them in one statement.
    """
    names = [s.subscriber for s in _subscriptions.values() if s.topic == topic]
    return topic, names, BATCH_IDS, BULK_IDS, _takes_wake_up()


_notified_at = 0.0  # monotonic seconds, of this process


def wake_dispatcher() -> None:
    """NOTIFY the dispatcher when this transaction commits; at most once per ``NOTIFY_PAUSE_SECONDS`` and process.

    A wake-up left out costs little: the dispatcher lingers after each one and polls every second anyway.
    """
    if _takes_wake_up():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _takes_wake_up() -> bool:
    """Tell whether this process may NOTIFY now; its next one has to wait then."""
    global _notified_at  # noqa: PLW0603 one clock per process; a lost update sends one NOTIFY more
    now = time.monotonic()
    if now - _notified_at < NOTIFY_PAUSE_SECONDS:
        return False
    _notified_at = now
    return True


# --- claiming and doing -------------------------------------------------------------------------------------------


def has_work(subscriber: str) -> bool:
    """Tell whether a row of ``subscriber`` can be taken now."""
    return subscriber in waiting_subscribers()


def waiting_subscribers() -> set[str]:
    """Return the subscribers with a row that can be taken now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s FROM unnest(%s::text[]) s WHERE EXISTS (SELECT FROM core_outboxrow o"
            " WHERE o.subscriber = s AND o.quarantined_at IS NULL AND o.available_at <= statement_timestamp())",
            [list(_subscriptions)],
        )
        return {row[0] for row in cursor.fetchall()}


def drain(subscriber: str) -> int:
    """Do one batch of at most ``BATCH_IDS`` ids for ``subscriber``; return how many rows were taken off.

    Two transactions: the first counts the try (so that a row that kills its worker is counted too), the second does
    the effect and deletes the rows under their locks. A batch that fails, or takes too long, is done row by row, a
    row that fails is split, and a row of one id that fails three times is quarantined.
    """
    subscription = _subscriptions[subscriber]
    claimed = _claim(subscriber)
    if not claimed:
        return 0
    began_at = time.monotonic()
    try:
        with transaction.atomic():
            rows = _lock(claimed)
            ids = sorted({id_ for row in rows for id_ in row.ids})
            if ids:
                subscription.handler(ids)
            OutboxRow.objects.filter(id__in=[row.id for row in rows]).delete()
    except Exception as error:
        if is_nobodys_fault(error):
            _give_back(claimed)
            raise
        logger.exception("%s failed on %d outbox rows", subscriber, len(claimed))
        _record_failure(claimed, error)
    if subscription.gives_way and sum(len(row.ids) for row in claimed) > BULK_IDS and _is_fed(subscriber):
        now = time.monotonic()
        _rests_until[subscriber] = now + REST * (now - began_at)
    return len(claimed)


_rests_until: dict[str, float] = {}  # by subscriber: monotonic seconds of this process, until which bulk waits


def _is_fed(subscriber: str) -> bool:
    """Tell whether bulk came in for ``subscriber`` within the last seconds, and none waits too long. Two queries."""
    bulk = OutboxRow.objects.filter(subscriber=subscriber, is_bulk=True, quarantined_at=None)
    ends = [bulk.order_by(order).values_list("created_at", flat=True).first() for order in ("-id", "id")]
    newest, oldest = (timezone.now() - end if end else None for end in ends)
    return newest is not None and oldest is not None and newest < FED and oldest < WAITS_LONG


def is_nobodys_fault(error: Exception) -> bool:
    """Tell a deadlock, a lost connection or a worker asked to stop from rows that fail or take too long."""
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "pgcode", None) != CANCELED
    return isinstance(error, InterfaceError | SoftTimeLimitExceeded)


_turn = cycle((False, True))  # whether bulk goes first


@transaction.atomic
def _claim(subscriber: str) -> list[ClaimedRow]:
    """Choose rows and count the try. For one second nobody else chooses them; then their row locks protect them.

    What arrives one by one and bulk take turns to go first: a submission waits for one batch of an import at most.
    """
    _pay_back()
    if time.monotonic() < _rests_until.get(subscriber, 0.0) and not lanes.is_in_a_hurry():
        candidates = _candidates(subscriber, is_bulk=False)
    else:
        first = next(_turn)
        candidates = _candidates(subscriber, is_bulk=first) or _candidates(subscriber, is_bulk=not first)
    worn_out = {row.id for row in candidates if row.tries - row.failures >= DEATHS and len(row.payload["ids"]) == 1}
    _quarantine(worn_out)
    chosen = _choose([row for row in candidates if row.id not in worn_out])
    if chosen and chosen[0].tries and len(chosen[0].payload["ids"]) > 1:
        chosen = _split(chosen[0])[:1]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_outboxrow SET tries = tries + 1, available_at = clock_timestamp() + interval '1 second'"
            " WHERE id = ANY(%s)",
            [[row.id for row in chosen]],
        )
    return [ClaimedRow(row.id, row.payload["ids"]) for row in chosen]


def _candidates(subscriber: str, *, is_bulk: bool) -> list[OutboxRow]:
    return list(
        OutboxRow.objects.select_for_update(skip_locked=True)
        .filter(subscriber=subscriber, is_bulk=is_bulk, quarantined_at=None, available_at__lte=Now())
        .order_by("id")[: BULK_ROWS if is_bulk else CANDIDATE_ROWS]
    )


def _choose(candidates: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Return the rows of one batch: fresh ones up to ``BATCH_IDS`` ids, or the first one alone if it was tried."""
    chosen: list[OutboxRow] = []
    room = BATCH_IDS
    for row in candidates:
        if row.tries and chosen:
            continue
        room -= len(row.payload["ids"])
        if chosen and room < 0:
            break
        chosen.append(row)
        if row.tries:
            break
    return chosen


def _quarantine(row_ids: Collection[int]) -> None:
    if row_ids:
        logger.error("Quarantined outbox rows %s: their worker died each time", sorted(row_ids))
        OutboxRow.objects.filter(id__in=row_ids).update(quarantined_at=Now(), last_error="The worker died each time.")


def _split(row: OutboxRow) -> list[OutboxRow]:
    """Replace a row that failed by rows with fewer ids, fresh ones."""
    ids = row.payload["ids"]
    size = max(1, -(-len(ids) // SPLIT))
    row.delete()
    return OutboxRow.objects.bulk_create(
        OutboxRow(
            subscriber=row.subscriber,
            topic=row.topic,
            payload={"ids": ids[at : at + size]},
            is_bulk=size > BULK_IDS,
            created_at=row.created_at,
        )
        for at in range(0, len(ids), size)
    )


def _lock(claimed: Sequence[ClaimedRow]) -> list[ClaimedRow]:
    """Lock those of the claimed rows that are still there and that no other worker holds."""
    held = set(
        OutboxRow.objects.select_for_update(skip_locked=True)
        .filter(id__in=[row.id for row in claimed])
        .values_list("id", flat=True)
    )
    return [row for row in claimed if row.id in held]


_owed: list[int] = []  # rows whose try this process still has to give back


def _give_back(claimed: Sequence[ClaimedRow]) -> None:
    """Take the try back, now or, with the database out of reach, before the next claim."""
    _owed.extend(row.id for row in claimed)
    try:
        with transaction.atomic():
            _pay_back()
    except (OperationalError, InterfaceError):
        logger.warning("Could not give %d outbox rows back yet", len(_owed))


def _pay_back() -> None:
    if _owed:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE core_outboxrow SET tries = greatest(tries - 1, 0) WHERE id = ANY(%s)", [_owed])
        _owed.clear()


@transaction.atomic
def _record_failure(claimed: Sequence[ClaimedRow], error: Exception) -> None:
    """Keep the reason, wait longer before each next try, quarantine what has failed too often."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_outboxrow SET last_error = %s, failures = failures + 1,"
            " available_at = clock_timestamp() + CASE WHEN jsonb_array_length(payload->'ids') > 1"
            "   THEN interval '0' ELSE interval '1 second' * power(2, least(tries, 10)) END,"
            " quarantined_at = CASE WHEN failures + 1 >= %s AND jsonb_array_length(payload->'ids') = 1"
            "   THEN clock_timestamp() END"
            " WHERE id = ANY(%s)",
            [f"{type(error).__name__}: {error}"[:2000], FAILURES, [row.id for row in claimed]],
        )


# --- looking after it ---------------------------------------------------------------------------------------------


def replay_quarantined(*, row_ids: Sequence[int] | None = None) -> int:
    """Give quarantined rows (all, or those of ``row_ids``) three new tries; return how many."""
    rows = OutboxRow.objects.exclude(quarantined_at=None)
    if row_ids is not None:
        rows = rows.filter(id__in=row_ids)
    replayed = rows.update(quarantined_at=None, tries=0, failures=0, available_at=Now())
    with transaction.atomic():
        wake_dispatcher()
    return replayed
