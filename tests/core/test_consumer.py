"""The worker's ear: what cannot be read is rejected, once, and the worker lives on."""

import pytest
from celery import current_app
from celery.worker.consumer import Consumer as CeleryConsumer

from apps.core.consumer import Consumer


class Message:
    def __init__(self):
        self.rejections = 0

    def reject_log_error(self, logger, errors):
        self.rejections += 1


def receiver(monkeypatch, failure):
    def receive(message):
        raise failure

    monkeypatch.setattr(CeleryConsumer, "create_task_handler", lambda self: receive)
    consumer = Consumer.__new__(Consumer)
    consumer.connection_errors = (ConnectionError,)
    return consumer.create_task_handler()


@pytest.mark.parametrize("failure", [TypeError("bytes"), ValueError("not JSON"), KeyError("task")])
def test_an_unreadable_hint_is_rejected(monkeypatch, failure):
    message = Message()

    receiver(monkeypatch, failure)(message)

    assert message.rejections == 1


def test_a_lost_connection_is_left_to_celery(monkeypatch):
    message = Message()

    with pytest.raises(ConnectionError):
        receiver(monkeypatch, ConnectionError("gone"))(message)

    assert message.rejections == 0


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(TypeError("a list"), ConnectionResetError), (ValueError("not JSON"), ConnectionResetError), (OSError, OSError)],
)
def test_nonsense_makes_the_worker_connect_again(monkeypatch, failure, expected):
    def listen():
        raise failure

    monkeypatch.setattr(CeleryConsumer, "__init__", lambda self: setattr(self, "loop", listen))

    with pytest.raises(expected):
        Consumer().loop()


def test_the_worker_uses_it():
    assert current_app.conf.worker_consumer == "apps.core.consumer:Consumer"
