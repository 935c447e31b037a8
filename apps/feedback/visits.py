"""How often a form was shown, and how far people came: counted without cookies, names or addresses.

What a browser tells (``read_seen``) is believed as far as it can be true: it only makes figures.
"""

import atexit
import hashlib
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import Error, connection
from django.utils import timezone

from apps.feedback.questionnaire.schema import Questionnaire
from apps.feedback.visit_models import FormVisit

logger = logging.getLogger(__name__)

KEPT_DAYS = 400
WRITE_SECONDS = 5.0  # a view is in the figures so much later; where no writer was started, when the next is shown
SEEN_CHARACTERS = 4_000
SECONDS_MOST = 3_600  # on one question: what is longer was a pause

_lock = threading.Lock()
_waiting = threading.Event()  # something was counted that the writer has not seen
_writer: threading.Thread | None = None
_views: Counter[tuple[int, date]] = Counter()
_visits: dict[str, "Visit"] = {}
_written_at = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """How far the holder of one form token came in a version. ``reached``: place of the last question, 1 the first."""

    version_id: int
    day: date
    reached: int
    is_complete: bool
    seconds: dict[str, int]

    def and_then(self, later: "Visit") -> "Visit":
        """Return both told of as one: the furthest counts, and what was said last of each question."""
        return Visit(
            later.version_id,
            self.day,
            max(self.reached, later.reached),
            self.is_complete or later.is_complete,
            self.seconds | later.seconds,
        )


def count_view(version_id: int) -> None:
    """Count that a form was shown. In memory: written some seconds later with others; a killed process forgets them."""
    with _lock:
        _views[version_id, timezone.localdate()] += 1
    _write_sometimes()


def record_visit(
    *, nonce: str, version_id: int, made: Questionnaire, reached: int, seconds: Mapping[str, int], is_complete: bool
) -> None:
    """Note how far the holder of a form token came; told again, the furthest counts. In memory, as views are."""
    if not nonce or reached < 1:
        return
    key = hashlib.sha256(f"visit.{nonce}".encode()).hexdigest()
    told = Visit(version_id, timezone.localdate(), min(reached, len(made.by_key)), is_complete, dict(seconds))
    with _lock:
        earlier = _visits.get(key)
        _visits[key] = earlier.and_then(told) if earlier else told
    _write_sometimes()


def start_writer() -> None:
    """Write from now on in a thread, ``WRITE_SECONDS`` after something was counted. For processes that serve pages.

    Without it the last visitor of a quiet day would be seen as somebody who left until the next one comes.
    """
    global _writer  # noqa: PLW0603 one thread per process
    if _writer is None or not _writer.is_alive():
        _writer = threading.Thread(target=_write_for_ever, name="form-visits", daemon=True)
        _writer.start()


def _write_for_ever() -> None:
    while True:
        write_next()


def write_next() -> None:
    """Wait for something to be counted, then for what comes with it, and write it."""
    _waiting.wait()
    time.sleep(WRITE_SECONDS)
    _waiting.clear()
    write()
    connection.close()


def _write_sometimes() -> None:
    global _written_at  # noqa: PLW0603 one clock per process
    if _writer is not None and _writer.is_alive():
        _waiting.set()
        return
    with _lock:
        now = time.monotonic()
        if now - _written_at < WRITE_SECONDS:
            return
        _written_at = now
    write()


_WRITE_VIEWS = """
INSERT INTO feedback_formview (version_id, day, view_count)
SELECT told.* FROM unnest(%s::bigint[], %s::date[], %s::int[]) AS told (version_id, day, views)
JOIN feedback_formversion v ON v.id = told.version_id ORDER BY 1, 2
ON CONFLICT (version_id, day) DO UPDATE SET view_count = feedback_formview.view_count + EXCLUDED.view_count
"""

_WRITE_VISITS = """
INSERT INTO feedback_formvisit (key, version_id, day, reached, is_complete, seconds)
SELECT told.* FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::int[], %s::bool[], %s::jsonb[])
    AS told (key, version_id, day, reached, is_complete, seconds)
JOIN feedback_formversion v ON v.id = told.version_id ORDER BY 1
ON CONFLICT (key) DO UPDATE SET
    reached = greatest(feedback_formvisit.reached, EXCLUDED.reached),
    is_complete = feedback_formvisit.is_complete OR EXCLUDED.is_complete,
    seconds = feedback_formvisit.seconds || EXCLUDED.seconds
"""


def write() -> None:
    """Write what was counted so far. Two queries. Figures stand in nobody's way: a failure is logged, they are gone."""
    with _lock:
        views, visits = dict(_views), dict(_visits)
        _views.clear()
        _visits.clear()
    if not views and not visits:
        return
    try:
        with connection.cursor() as cursor:
            if views:
                versions, days = zip(*views, strict=True)
                cursor.execute(_WRITE_VIEWS, [list(versions), list(days), list(views.values())])
            if visits:
                rows = [(key, *_columns(visit)) for key, visit in visits.items()]
                cursor.execute(_WRITE_VISITS, [list(column) for column in zip(*rows, strict=True)])
    except Error:
        logger.exception("The views of forms could not be written")


def purge(today: date) -> int:
    """Delete visits of more than ``KEPT_DAYS`` ago, so that the table stays small; return how many. Views stay."""
    return FormVisit.objects.filter(day__lt=today - timedelta(days=KEPT_DAYS)).delete()[0]


def forget() -> None:
    """Forget what was counted and not yet written."""
    with _lock:
        _views.clear()
        _visits.clear()


def _columns(visit: Visit) -> tuple[object, ...]:
    return visit.version_id, visit.day, visit.reached, visit.is_complete, json.dumps(visit.seconds)


atexit.register(write)


def read_seen(raw: str, made: Questionnaire) -> tuple[int, dict[str, int]]:
    """Return the place of the last question touched and the seconds per question that a browser told: "q1:12,q2:7".

    What is not understood is left out: (0, {}) for nothing.
    """
    places = {key: place for place, key in enumerate(made.by_key, start=1)}
    seconds: dict[str, int] = {}
    for part in raw[:SEEN_CHARACTERS].split(","):
        key, _colon, spent = part.partition(":")
        if key in places and spent.isascii() and spent.isdigit() and len(spent) < 7:
            seconds[key] = min(int(spent), SECONDS_MOST)
    return max((places[key] for key in seconds), default=0), seconds
