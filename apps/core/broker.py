"""Hints to the Celery workers, with a breaker: a broker that does not answer costs 0.25 s once, then nothing."""

import logging
import time

from celery import current_app
from kombu import Connection

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 0.25
OPEN_SECONDS = 2.0  # how long the breaker stays open before the broker is asked again
HINT_EXPIRES_SECONDS = 15


class Broker:
    """The dispatcher's connection to the broker. Not thread-safe."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._open_until = 0.0  # monotonic seconds

    @property
    def is_open_circuit(self) -> bool:
        """Whether the broker failed a moment ago and is left alone."""
        return time.monotonic() < self._open_until

    def send(self, task_name: str, *args: str, queue: str) -> bool:
        """Send one hint; return False, without raising, where the broker does not take it within 0.25 s."""
        if self.is_open_circuit:
            return False
        try:
            self._send(task_name, args, queue)
        except Exception as error:  # kombu raises what the transport raises: redis, amqp, OSError, AttributeError …
            logger.warning("The broker does not answer (%s); working without it", type(error).__name__)
            self._drop()
            self._open_until = time.monotonic() + OPEN_SECONDS
            return False
        return True

    def _send(self, task_name: str, args: tuple[str, ...], queue: str) -> None:
        if self._connection is None:
            self._connection = current_app.connection_for_write(
                transport_options={
                    **current_app.conf.broker_transport_options,
                    "socket_timeout": ANSWER_SECONDS,
                    "socket_connect_timeout": ANSWER_SECONDS,
                    "max_retries": 0,
                }
            )
        current_app.send_task(
            task_name,
            args=args,
            queue=queue,
            connection=self._connection,
            retry=False,
            expires=HINT_EXPIRES_SECONDS,
            ignore_result=True,
        )

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.release()
            except Exception:
                logger.debug("The broken connection did not close cleanly", exc_info=True)
