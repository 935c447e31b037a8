"""The Celery application: tasks are hints, the database carries the truth."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

app = Celery("feedback_platform")
app.config_from_object("feedback_platform.settings:CELERY")
app.autodiscover_tasks()


@worker_init.connect
def step_back(**_sent: object) -> None:
    """Let whoever waits for an answer go first: workers take the processor after web, dispatcher and commands."""
    niceness = int(os.environ.get("WORKER_NICENESS", "5"))
    os.nice(max(0, niceness - os.getpriority(os.PRIO_PROCESS, 0)))
