"""The Celery worker's ear: a hint that nobody can read is thrown away; Celery's own would let it end the worker.

For ever: the worker gives an unread message back as it ends, and meets it again after its next start.
"""

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer

logger = logging.getLogger(__name__)

Receiver = Callable[[Any], None]  # Any: kombu's message, which has no types


class Consumer(CeleryConsumer):
    connection_errors: tuple[type[BaseException], ...]

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Receiver:  # Any: as Celery calls it
        """Return what takes each message. Lost connections still end it: Celery connects again."""
        receive: Receiver = super().create_task_handler(*args, **kwargs)

        def receive_or_reject(message: Any) -> None:  # Any: kombu's message
            try:
                receive(message)
            except (TypeError, ValueError, LookupError) as error:
                logger.warning("Threw away a hint that cannot be read (%s: %s)", type(error).__name__, error)
                message.reject_log_error(logger, self.connection_errors)

        return receive_or_reject
