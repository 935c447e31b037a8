"""``manage.py dispatch``: the dispatcher process."""

import signal
from types import FrameType

from django.core.management.base import BaseCommand

from apps.core.dispatcher import Dispatcher


class Command(BaseCommand):
    help = "Hear of new work and get it done: wakes Celery workers, works itself where the broker does not answer."

    def handle(self, *args: object, **options: object) -> None:
        self._is_stopped = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        Dispatcher().run(is_stopped=lambda: self._is_stopped)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopped = True
