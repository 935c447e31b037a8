"""Periodic jobs, each done once per period however many beats run, and caught up once after a pause."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from apps.core.models import JobRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DailyJob:
    name: str
    run: Callable[[date], None]  # gets the installation's day of today


_jobs: dict[str, DailyJob] = {}  # by name, filled in AppConfig.ready()


def register(job: DailyJob) -> None:
    _jobs[job.name] = job


def run_due_jobs(*, today: date | None = None) -> list[str]:
    """Run the daily jobs not yet done on ``today`` (the installation's day); return the names of those done now.

    Each job runs in one transaction with the record that it ran, under an advisory lock: a second beat skips it.
    A job that fails is logged and tried again at the next call; the others run.
    """
    day = today or timezone.localdate()
    return [job.name for job in _jobs.values() if _run_once(job, day)]


def _run_once(job: DailyJob, day: date) -> bool:
    if JobRun.objects.filter(job=job.name, period=day.isoformat()).exists():
        return False
    try:
        with transaction.atomic():
            return _run_locked(job, day)
    except Exception:
        logger.exception("The daily job %s failed", job.name)
        return False


def _run_locked(job: DailyJob, day: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('core.jobs'), hashtext(%s))", [job.name])
        if not cursor.fetchone()[0]:
            return False
    _, is_new = JobRun.objects.get_or_create(job=job.name, period=day.isoformat())
    if is_new:
        job.run(day)
    return is_new
