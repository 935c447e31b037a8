"""Celery tasks: hints to look at the database. Safe to run twice, late, concurrently or never."""

import logging
import time

from celery import shared_task
from django.db import OperationalError

from apps.core import jobs, lanes, pulse

logger = logging.getLogger(__name__)

LANE_SECONDS = 5.0  # how long one task stays on its lane: less than a worker has to stop
SWEEP_SECONDS = 20.0
DISPATCHER_SILENT_SECONDS = 10.0


@shared_task(
    name="core.work",
    ignore_result=True,
    autoretry_for=(OperationalError,),  # deadlock, lost connection; never a bug
    retry_backoff=1,  # seconds
    retry_backoff_max=5,
    max_retries=2,
    soft_time_limit=60,  # seconds
)
def work_task(lane_name: str) -> None:
    """Work on one lane until it is empty; the dispatcher asks again for whatever is left."""
    lane = lanes.get(lane_name)
    if lane is None:
        logger.warning("No lane is named %r", lane_name)
        return
    done = lanes.run_until_empty(lane, seconds=LANE_SECONDS, before_batch=lambda: pulse.beat("worker"))
    if done:
        logger.info("%s: %d done", lane_name, done)


@shared_task(
    name="core.sweep",
    ignore_result=True,
    autoretry_for=(OperationalError,),
    retry_backoff=1,  # seconds
    max_retries=2,
    soft_time_limit=60,  # seconds
)
def sweep_task() -> None:
    """While the dispatcher is away, do what it would have asked for: a batch of each lane in turn."""
    age = pulse.age_seconds("dispatcher")
    if age is not None and age < DISPATCHER_SILENT_SECONDS:
        return
    deadline = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < deadline and (waiting := lanes.waiting()):
        pulse.beat("worker")
        if not sum(lane.work() for lane in waiting):
            break


@shared_task(name="core.pulse", ignore_result=True)
def pulse_task() -> None:
    """Say that a worker is alive."""
    pulse.beat("worker")


@shared_task(name="core.jobs", ignore_result=True, soft_time_limit=240, time_limit=280)  # below visibility_timeout
def jobs_task() -> None:
    """Run the daily jobs that are due."""
    for name in jobs.run_due_jobs():
        logger.info("Daily job %s done", name)
