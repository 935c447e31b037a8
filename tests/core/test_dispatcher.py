"""The dispatcher with a real broker, without one, and with its connection cut."""

import json
import time

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection
from psycopg2.extensions import make_dsn

from apps.core import dispatcher as dispatcher_
from apps.core import jobs, lanes, outbox, pulse
from apps.core.dispatcher import Dispatcher, Listener
from apps.core.redis_url import client_url

QUEUE = "tests.dispatcher"


class Pile:
    """A lane with so many batches to do."""

    def __init__(self, batches: int) -> None:
        self.batches = batches
        self.error: Exception | None = None

    def work(self) -> int:
        if self.error:
            raise self.error
        self.batches -= 1
        return 1


@pytest.fixture
def pile(monkeypatch) -> Pile:
    monkeypatch.setattr(lanes, "_lanes", {})
    pile = Pile(2)
    lanes.register(lanes.Lane("tests.pile", QUEUE, lambda: pile.batches > 0, pile.work))
    return pile


@pytest.fixture
def hints():
    """Return a function that gives the lanes that workers were asked to work on so far."""
    client = redis.Redis.from_url(client_url(django_settings.REDIS_URL))
    client.delete(QUEUE, "core")

    def arrived() -> list[str]:
        messages = [json.loads(raw) for raw in client.lrange(QUEUE, 0, -1)]
        return [message["headers"]["argsrepr"] for message in messages]

    yield arrived
    client.delete(QUEUE, "core")
    client.close()


@pytest.fixture
def dispatcher(monkeypatch):
    monkeypatch.setattr(dispatcher_, "close_old_connections", lambda: None)  # the test's transaction lives on it
    dispatcher = Dispatcher()
    yield dispatcher
    dispatcher._broker._drop()


@pytest.fixture
def without_broker(monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")


# --- step ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_is_woken_and_the_work_left_to_it(dispatcher, pile, hints):
    assert dispatcher.step() is True

    assert (hints(), pile.batches) == (["('tests.pile',)"], 2)


@pytest.mark.django_db
def test_a_lane_is_not_hinted_at_again_at_once(dispatcher, pile, hints):
    for _ in range(3):
        dispatcher.step()

    assert len(hints()) == 1


@pytest.mark.django_db
def test_without_work_nobody_is_woken(dispatcher, pile, hints):
    pile.batches = 0

    assert dispatcher.step() is False
    assert hints() == []


@pytest.mark.django_db
def test_the_dispatcher_does_the_work_itself_while_the_broker_is_away(dispatcher, pile, without_broker):
    steps = [dispatcher.step() for _ in range(3)]

    assert (steps, pile.batches) == ([True, True, False], 0)


@pytest.mark.django_db
def test_the_dispatcher_does_the_work_itself_while_no_worker_lives(dispatcher, pile, hints, monkeypatch):
    monkeypatch.setattr(dispatcher_, "WORKER_SILENT_SECONDS", 0.0)

    dispatcher.step()

    assert (pile.batches, pulse.age_seconds("worker")) == (1, None)


@pytest.mark.django_db
def test_a_batch_that_fails_stops_no_other(dispatcher, pile, without_broker):
    pile.error = ValueError("poison")
    other = Pile(1)
    lanes.register(lanes.Lane("tests.other", QUEUE, lambda: other.batches > 0, other.work))

    assert dispatcher.step() is True

    assert other.batches == 0


@pytest.mark.django_db
def test_daily_jobs_run_while_the_broker_is_away(dispatcher, pile, without_broker, monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", {})
    monkeypatch.setattr(dispatcher_, "JOBS_SECONDS", 0.0)
    days = []
    jobs.register(jobs.DailyJob("tests.record", days.append))

    for _ in range(2):
        dispatcher.step()

    assert len(days) == 1


# --- listening ----------------------------------------------------------------------------------------------------


@pytest.fixture
def listener():
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    known = {names[key]: value for key, value in connection.settings_dict.items() if key in names and value}
    listener = Listener(make_dsn(**known))
    yield listener
    listener.close()


def notify() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [outbox.CHANNEL])


def seconds_waited(listener: Listener, seconds: float) -> float:
    started = time.monotonic()
    listener.wait(seconds)
    return time.monotonic() - started


@pytest.mark.django_db(transaction=True)
def test_a_notify_ends_the_wait(listener):
    listener.wait(0)

    assert seconds_waited(listener, 0.3) >= 0.3
    notify()
    assert seconds_waited(listener, 30) < 5


@pytest.mark.django_db(transaction=True)
def test_a_listener_whose_connection_was_cut_connects_again(listener, monkeypatch):
    monkeypatch.setattr(dispatcher_, "POLL_SECONDS", 0.05)
    listener.wait(0)
    cut = listener._connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [cut])

    for _ in range(3):  # hears the last words, misses the connection, makes a new one
        listener.wait(0.1)

    assert listener._connection.info.backend_pid != cut
    notify()
    assert seconds_waited(listener, 30) < 5


def test_a_database_out_of_reach_is_waited_for_without_raising(monkeypatch):
    monkeypatch.setattr(dispatcher_, "POLL_SECONDS", 0.05)
    listener = Listener("host=127.0.0.1 port=1 dbname=x connect_timeout=2")

    assert seconds_waited(listener, 5) < 5
