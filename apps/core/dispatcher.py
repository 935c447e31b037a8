"""The dispatcher: hears of new work (LISTEN, and a poll every second) and gets it done.

It wakes Celery workers; where the broker does not answer, or no worker is alive, it does the work itself, a batch
at a time. A web request never talks to the broker.
"""

import logging
import select
import time
from collections.abc import Callable

import psycopg2
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from apps.core import jobs, lanes, outbox, pulse
from apps.core.broker import Broker

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LINGER_SECONDS = 0.1  # between looks while there is work
PULSE_SECONDS = 1.0  # between asking the worker for a sign of life
WORKER_SILENT_SECONDS = 3.0  # a worker silent for so long, with work waiting, is taken for dead
JOBS_SECONDS = 60.0


class Listener:
    """LISTEN on a direct connection (a pooler would lose it); without one, waiting is just a pause."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg2.extensions.connection | None = None

    def wait(self, seconds: float) -> None:
        """Return at the first NOTIFY, or after ``seconds``. Reconnects by itself; never raises."""
        try:
            connection_ = self._connected()
            ready, _, _ = select.select([connection_], [], [], seconds)
            if ready:
                connection_.poll()
                connection_.notifies.clear()
        except (psycopg2.Error, OSError, ValueError):
            self.close()
            time.sleep(min(seconds, POLL_SECONDS))

    def _connected(self) -> psycopg2.extensions.connection:
        if self._connection is None:
            self._connection = psycopg2.connect(self._dsn, connect_timeout=2)
            self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(f"LISTEN {outbox.CHANNEL}")
        return self._connection

    def close(self) -> None:
        broken, self._connection = self._connection, None
        if broken is not None:
            broken.close()


class Dispatcher:
    def __init__(self) -> None:
        self._listener = Listener(settings.DATABASE_DIRECT_URL)
        self._broker = Broker()
        self._hinted_at: dict[str, float] = {}  # monotonic seconds, by lane
        self._pulse_at = 0.0
        self._jobs_at = time.monotonic()
        self._had_work_since: float | None = None

    def run(self, *, is_stopped: Callable[[], bool]) -> None:
        """Serve until ``is_stopped``. A database out of reach is waited for."""
        seconds = 0.0
        while not is_stopped():
            self._listener.wait(seconds)
            try:
                seconds = LINGER_SECONDS if self.step() else POLL_SECONDS
            except (OperationalError, InterfaceError) as error:
                logger.warning("The database is out of reach: %s", str(error).partition("\n")[0])
                connection.close()
                seconds = POLL_SECONDS
        self._listener.close()

    def step(self) -> bool:
        """Look once at all lanes and get their work going; return whether there was any."""
        close_old_connections()
        pulse.beat("dispatcher")
        self._ask_for_pulse()
        self._run_jobs_without_beat()
        waiting = lanes.waiting()
        if not waiting:
            self._had_work_since = None
            return False
        self._had_work_since = self._had_work_since or time.monotonic()
        for lane in waiting:
            if not self._hint(lane) or self._worker_is_silent():
                self._do_a_batch(lane)
        return True

    def _hint(self, lane: lanes.Lane) -> bool:
        """Wake a worker for ``lane``; return False where the broker does not answer."""
        if self._broker.is_open_circuit:
            return False
        now = time.monotonic()
        pause = POLL_SECONDS if self._worker_is_silent() else LINGER_SECONDS
        if now - self._hinted_at.get(lane.name, 0.0) < pause:
            return True
        self._hinted_at[lane.name] = now
        return self._broker.send("core.work", lane.name, queue=lane.queue)

    def _worker_is_silent(self) -> bool:
        since = self._had_work_since
        if since is None or time.monotonic() - since < WORKER_SILENT_SECONDS:
            return False
        age = pulse.age_seconds("worker")
        return age is None or age > WORKER_SILENT_SECONDS

    def _do_a_batch(self, lane: lanes.Lane) -> None:
        """Work on ``lane`` once; one that fails keeps no other waiting. Raises when the database is gone."""
        try:
            lane.work()
        except (OperationalError, InterfaceError):
            if not connection.is_usable():
                raise
            logger.warning("%s was interrupted in the dispatcher", lane.name, exc_info=True)
        except Exception:
            logger.exception("%s failed in the dispatcher", lane.name)

    def _ask_for_pulse(self) -> None:
        now = time.monotonic()
        if now - self._pulse_at >= PULSE_SECONDS:
            self._pulse_at = now
            self._broker.send("core.pulse", queue="core")

    def _run_jobs_without_beat(self) -> None:
        """Stand in for beat, whose tasks do not arrive while the broker is down."""
        now = time.monotonic()
        if now - self._jobs_at >= JOBS_SECONDS:
            self._jobs_at = now
            if self._broker.is_open_circuit:
                jobs.run_due_jobs()
