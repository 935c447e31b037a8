"""Lanes: the kinds of background work there are, each a bounded batch at a time.

A lane's work is rows in a state, so it may be asked for twice, late, concurrently or never. The Celery worker and,
where the broker does not answer, the dispatcher run the same lanes.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    name: str
    queue: str  # the Celery queue: one per kind of work
    has_work: Callable[[], bool]
    work: Callable[[], int]  # one batch; returns how many items were done, 0 when there is nothing to take
    look: Callable[[], set[str]] | None = None  # names of all lanes of its kind with work: one query for many


_lanes: dict[str, Lane] = {}  # by name, filled in AppConfig.ready()


def register(lane: Lane) -> None:
    _lanes[lane.name] = lane


def get(name: str) -> Lane | None:
    return _lanes.get(name)


def all_lanes() -> list[Lane]:
    """Return every lane, in the order in which work flows through them."""
    return list(_lanes.values())


def waiting() -> list[Lane]:
    """Return the lanes that have work, in order. One query for the lanes that share a look, one for each other."""
    looks = {look: look() for look in {lane.look for lane in _lanes.values()} if look is not None}
    return [lane for lane in _lanes.values() if (lane.name in looks[lane.look] if lane.look else lane.has_work())]


def run_until_empty(lane: Lane, *, seconds: float, before_batch: Callable[[], None] = lambda: None) -> int:
    """Work on ``lane`` until nothing is left to take or ``seconds`` have passed; return the number of items done."""
    deadline = time.monotonic() + seconds
    total = 0
    while time.monotonic() < deadline:
        before_batch()
        done = lane.work()
        if not done:
            break
        total += done
    return total


def settle(*, seconds: float = 60.0, queues: Collection[str] | None = None) -> int:
    """Work on all lanes (or those of ``queues``), in order, until a whole round finds nothing; return the items done.

    For commands and tests: what the workers would do, in this process, and without rest.
    """
    with _in_a_hurry():
        return _settle(seconds=seconds, queues=queues)


_hurry = threading.local()


def is_in_a_hurry() -> bool:
    """Tell whether somebody waits for the lanes of this thread: none of them is to rest then."""
    return getattr(_hurry, "depth", 0) > 0


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    _hurry.depth = getattr(_hurry, "depth", 0) + 1
    try:
        yield
    finally:
        _hurry.depth -= 1


def _settle(*, seconds: float, queues: Collection[str] | None) -> int:
    chosen = [lane for lane in all_lanes() if queues is None or lane.queue in queues]
    deadline = time.monotonic() + seconds
    total = 0
    while time.monotonic() < deadline:
        done = sum(run_until_empty(lane, seconds=deadline - time.monotonic()) for lane in chosen)
        if not done:
            break
        total += done
    return total
