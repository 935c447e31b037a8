"""The Celery worker's ear: a hint that nobody can read is thrown away; Celery's own would let it end the worker.

For ever, where the body is spoilt: the worker gives an unread message back as it ends, and meets it again after its
next start. Where the whole message is nonsense it is gone, but a hundred of them would end a hundred workers.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer

logger = logging.getLogger(__name__)

Receiver = Callable[[Any], None]  # Any: kombu's message, which has no types
UNREADABLE = (TypeError, ValueError, LookupError)  # what Celery and kombu raise over nonsense


class Consumer(CeleryConsumer):
    connection_errors: tuple[type[BaseException], ...]
    loop: Callable[..., None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: as Celery calls it
        super().__init__(*args, **kwargs)
        listen = self.loop

        def listen_or_reconnect(*args: Any) -> None:  # Any: as Celery calls it
            try:
                listen(*args)
            except UNREADABLE as error:
                logger.warning("A hint was no message at all (%s: %s)", type(error).__name__, error)
                raise ConnectionResetError("after a hint that was no message") from error

        self.loop = listen_or_reconnect

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Receiver:  # Any: as Celery calls it
        """Return what takes each message. Lost connections still end it: Celery connects again."""
        receive: Receiver = super().create_task_handler(*args, **kwargs)

        def receive_or_reject(message: Any) -> None:  # Any: kombu's message
            try:
                receive(message)
            except UNREADABLE as error:
                logger.warning("Threw away a hint that cannot be read (%s: %s)", type(error).__name__, error)
                message.reject_log_error(logger, self.connection_errors)

        return receive_or_reject
