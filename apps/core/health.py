"""``/healthz``: this process answers. ``/readyz``: pages can be served, and how the parts are. Both JSON."""

from collections.abc import Callable
from typing import Any, TypedDict

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core import pulse
from apps.core.redis_url import client_url

REDIS_SECONDS = 0.25
WORKER_SILENT_SECONDS = 15.0  # it says that it lives every two seconds, more rarely under load
COUNT_LIMIT = 100_000  # rows; beyond it a count says "at least"

_backlogs: dict[str, type[Model]] = {}  # by name, filled in AppConfig.ready()
_migrations_done: set[bool] = set()  # holds True once every migration of this code was seen applied


class Readiness(TypedDict):
    status: str  # "ok", "degraded" (it serves, a part is missing) or "down"
    database: str  # "ok" or "down"
    migrations: str  # "ok", "pending" or "unknown"
    redis: str  # "ok" or "down"; the platform works without, the dispatcher does the workers' part
    worker: str  # "ok", "silent" or "unknown"
    worker_age_seconds: float | None
    outbox_rows: int | None
    outbox_lag_seconds: float | None  # age of the oldest row that is due
    outbox_quarantined: int | None
    backlogs: dict[str, int]


def watch_backlog(name: str, model: type[Model]) -> None:
    """Count the rows of ``model``, a table of waiting work, on ``/readyz`` as ``name``."""
    _backlogs[name] = model


class HealthMiddleware:
    """Answers both addresses before hosts, sessions and languages are looked at: a probe has none of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return _answer({"status": "ok"}, 200)
        if request.path == "/readyz":
            found = readiness()
            return _answer(dict(found), 503 if found["status"] == "down" else 200)
        return self.get_response(request)


def _answer(content: dict[str, Any], status: int) -> HttpResponse:  # Any: JSON
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def readiness() -> Readiness:
    """Return the state of every part; never raises. "down" means that pages cannot be served."""
    found = Readiness(
        status="down",
        database="down",
        migrations="unknown",
        redis="ok" if redis_answers() else "down",
        worker="unknown",
        worker_age_seconds=None,
        outbox_rows=None,
        outbox_lag_seconds=None,
        outbox_quarantined=None,
        backlogs={},
    )
    try:
        found["migrations"] = "ok" if are_migrations_applied() else "pending"
        found["database"] = "ok"
        if found["migrations"] == "ok":
            _describe_work(found)
            is_whole = found["redis"] == "ok" and found["worker"] == "ok"
            found["status"] = "ok" if is_whole else "degraded"
    except (OperationalError, InterfaceError, ProgrammingError):
        connection.close()
    return found


def _describe_work(found: Readiness) -> None:
    age = pulse.age_seconds("worker")
    found["worker_age_seconds"] = None if age is None else round(age, 1)
    found["worker"] = "ok" if age is not None and age < WORKER_SILENT_SECONDS else "silent"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE quarantined_at IS NULL), count(quarantined_at),"
            " extract(epoch FROM clock_timestamp() - min(available_at)"
            "  FILTER (WHERE quarantined_at IS NULL AND available_at <= clock_timestamp()))::float8"
            " FROM (SELECT quarantined_at, available_at FROM core_outboxrow ORDER BY id LIMIT %s) AS oldest",
            [COUNT_LIMIT],
        )
        rows, quarantined, lag = cursor.fetchone()
    found["outbox_rows"], found["outbox_quarantined"] = rows, quarantined
    found["outbox_lag_seconds"] = round(lag or 0.0, 1)
    found["backlogs"] = {
        name: model._default_manager.order_by()[:COUNT_LIMIT].count()  # noqa: SLF001  # Django's way to any model
        for name, model in _backlogs.items()
    }


def are_migrations_applied() -> bool:
    """Return whether every migration of this code is in the database; one cheap query, none once seen."""
    if not _migrations_done:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        applied = MigrationRecorder(connection).applied_migrations()
        if not set(loader.disk_migrations or ()) <= set(applied):
            return False
        _migrations_done.add(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def redis_answers() -> bool:
    """Return whether the broker answers a PING within a quarter of a second."""
    client = redis.Redis.from_url(
        client_url(settings.REDIS_URL),
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
