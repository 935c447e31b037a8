"""Hints to the broker: taken, or given up within a quarter of a second and then not tried for a while."""

import socket
import time

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings

from apps.core import broker as broker_
from apps.core.broker import Broker
from apps.core.redis_url import client_url

HINT = {"queue": "tests.hints"}


@pytest.fixture
def hints():
    """Return a function that counts the hints that wait."""
    client = redis.Redis.from_url(client_url(django_settings.REDIS_URL))
    client.delete(HINT["queue"])
    yield lambda: client.llen(HINT["queue"])
    client.delete(HINT["queue"])
    client.close()


@pytest.fixture
def silent_url():
    """A broker that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def use_broker(monkeypatch):
    return lambda url: monkeypatch.setattr(current_app.conf, "broker_url", url)


def seconds_to_send(broker: Broker) -> float:
    started = time.monotonic()
    assert broker.send("core.pulse", **HINT) is False
    return time.monotonic() - started


def test_a_hint_reaches_the_broker(hints):
    broker = Broker()

    assert [broker.send("core.work", "tests.lane", **HINT) for _ in range(2)] == [True, True]
    assert (hints(), broker.is_open_circuit) == (2, False)
    broker._drop()


def test_a_broker_that_hangs_costs_a_quarter_of_a_second_once(silent_url, use_broker):
    use_broker(silent_url)
    broker = Broker()

    first, second = seconds_to_send(broker), seconds_to_send(broker)

    assert 0.2 < first < 1.5  # connecting may be tried for a version and a name, on a busy machine
    assert second < 0.05
    assert broker.is_open_circuit


def test_a_broker_that_refuses_costs_nothing_and_is_asked_again_after_a_while(hints, use_broker, monkeypatch):
    alive = current_app.conf.broker_url
    use_broker("redis://127.0.0.1:1/0")
    broker = Broker()
    assert seconds_to_send(broker) < 1.0

    use_broker(alive)
    assert broker.send("core.pulse", **HINT) is False  # the breaker is open
    broker._open_until = time.monotonic()

    assert (broker.send("core.pulse", **HINT), hints()) == (True, 1)
    broker._drop()


def test_the_breaker_closes_by_itself(use_broker, monkeypatch):
    monkeypatch.setattr(broker_, "OPEN_SECONDS", 0.05)
    use_broker("redis://127.0.0.1:1/0")
    broker = Broker()
    broker.send("core.pulse", **HINT)

    time.sleep(0.06)

    assert not broker.is_open_circuit
