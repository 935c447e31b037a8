"""Celery tasks: hints to look at the database. Safe to run twice, late, concurrently or never."""

import logging

from celery import shared_task
from django.db import OperationalError

from apps.core import jobs, lanes, pulse

logger = logging.getLogger(__name__)

LANE_SECONDS = 20.0  # how long one task stays on its lane before others get their turn


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
    """Do whatever waits on any lane: what the dispatcher would have asked for, were it not away."""
    pulse.beat("worker")
    for lane in lanes.waiting():
        lanes.run_until_empty(lane, seconds=LANE_SECONDS, before_batch=lambda: pulse.beat("worker"))


@shared_task(name="core.pulse", ignore_result=True)
def pulse_task() -> None:
    """Say that a worker is alive."""
    pulse.beat("worker")


@shared_task(name="core.jobs", ignore_result=True, soft_time_limit=600, time_limit=660)
def jobs_task() -> None:
    """Run the daily jobs that are due."""
    for name in jobs.run_due_jobs():
        logger.info("Daily job %s done", name)
