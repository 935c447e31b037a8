"""What an operator should know before it hurts: one finding per question, from the settings to the disk."""

import platform
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import django
from django.conf import settings
from django.db import connection

from apps.core import health
from apps.core.backup.services import last_backup_at

BACKUP_AGE = timedelta(hours=26)
USED_SHARE = 0.5  # of a sequence
DISK_SHARE = 0.8
XID_AGE = 500_000_000
OUTBOX_AGE_SECONDS = 600
CLOCK_SECONDS = 2
OLDEST_POSTGRES = 150_000
EXTENSIONS = ("pg_trgm", "unaccent", "vector")
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
# Tables of Django and allauth that number their rows in 32 bits: people and permissions, never feedback.
SMALL_TABLES = ("auth_", "django_", "account_", "socialaccount_", "mfa_", "usersessions_")


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    check: str
    level: Level
    detail: str


def examine(*, now: datetime) -> list[Finding]:
    """Return the findings of every check; a check that breaks is itself a problem. Reads only catalogues."""
    findings: list[Finding] = []
    for check in (versions, durability, extensions, migrations, keys, sequences, transaction_ids, clock):
        findings += _safely(check)
    findings += _safely(work)
    findings += _safely(disk)
    findings += _safely(lambda: [backup(now)])
    return findings


def _safely(check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # whatever it is, the operator should read it beside the rest
        connection.close()
        name = getattr(check, "__name__", "check").strip("<>")
        return [Finding(name, Level.PROBLEM, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")]


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


def _is(condition: bool, otherwise: Level = Level.PROBLEM) -> Level:
    return Level.OK if condition else otherwise


def versions() -> Iterable[Finding]:
    ((number, text),) = _rows("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
    yield Finding("python", Level.OK, f"{platform.python_version()}, Django {django.__version__}")
    yield Finding("postgresql", _is(int(str(number)) >= OLDEST_POSTGRES), f"{text} (15 or later is needed)")


def durability() -> Iterable[Finding]:
    for name in DURABLE:
        ((value,),) = _rows(f"SELECT current_setting('{name}')")  # our own names
        yield Finding(name, _is(value == "on"), f"{value}: what was acknowledged must survive a power cut")


def extensions() -> Iterable[Finding]:
    found = {str(name): str(version) for name, version in _rows("SELECT extname, extversion FROM pg_extension")}
    for name in EXTENSIONS:
        yield Finding(f"extension {name}", _is(name in found), found.get(name, "missing"))


def migrations() -> Iterable[Finding]:
    is_done = health.are_migrations_applied()
    yield Finding("migrations", _is(is_done), "all applied" if is_done else "pending: run `manage.py migrate`")


def keys() -> Iterable[Finding]:
    """32-bit numbers run out at 2,147,483,647 rows, in the year in which it hurts most."""
    narrow = _rows(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indisprimary AND a.atttypid IN ('int4'::regtype, 'int2'::regtype)"
        " AND i.indnatts = 1 AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    ours = [str(name) for (name,) in narrow if not str(name).startswith(SMALL_TABLES)]
    yield Finding("64-bit keys", _is(not ours), ", ".join(ours) or "every table that grows")


def sequences() -> Iterable[Finding]:
    used = _rows(
        "SELECT sequencename, last_value::float8 / max_value FROM pg_sequences"
        " WHERE last_value IS NOT NULL ORDER BY 2 DESC LIMIT 1"
    )
    name, share = used[0] if used else ("none", 0.0)
    yield Finding(
        "sequences",
        _is(float(str(share)) < USED_SHARE, Level.WARNING),
        f"{name} is {float(str(share)):.1%} used",
    )


def transaction_ids() -> Iterable[Finding]:
    ((age,),) = _rows("SELECT max(age(datfrozenxid)) FROM pg_database")
    yield Finding("transaction ids", _is(int(str(age)) < XID_AGE, Level.WARNING), f"{int(str(age)):,} since a freeze")


def clock() -> Iterable[Finding]:
    began_at = datetime.now().astimezone()
    ((there,),) = _rows("SELECT clock_timestamp()")
    assert isinstance(there, datetime)
    apart = abs((there - began_at).total_seconds())
    yield Finding("clock", _is(apart < CLOCK_SECONDS, Level.WARNING), f"{apart:.1f} s from the database's")


def work() -> Iterable[Finding]:
    """Queues and those who work on them."""
    found = health.readiness()
    redis_level = _is(found["redis"] == "ok", Level.WARNING)
    yield Finding("redis", redis_level, found["redis"])
    yield Finding(
        "worker",
        _is(found["worker"] == "ok", Level.WARNING),
        f"{found['worker']} (alive only while `up` runs)",
    )
    lag, waiting = found["outbox_lag_seconds"] or 0.0, found["outbox_rows"] or 0
    yield Finding("outbox", _is(lag < OUTBOX_AGE_SECONDS), f"{waiting:,} rows, the oldest due for {lag:.0f} s")
    stuck = found["outbox_quarantined"] or 0
    yield Finding("quarantine", _is(stuck == 0), f"{stuck:,} rows failed three times")
    for name, rows in found["backlogs"].items():
        yield Finding(name, Level.OK, f"{rows:,} rows to fold")


def disk() -> Iterable[Finding]:
    for folder in {Path(settings.EMBEDDED.data_dir), Path(settings.MEDIA_ROOT)}:
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        usage = shutil.disk_usage(existing)
        share = usage.used / usage.total
        detail = f"{existing}: {share:.0%} used, {usage.free // 1_000_000:,} MB free"
        yield Finding("disk", _is(share < DISK_SHARE, Level.WARNING), detail)


def backup(now: datetime) -> Finding:
    made_at = last_backup_at()
    if made_at is None:
        return Finding("backup", Level.WARNING, "none was ever made: run `manage.py backup`")
    age = now - made_at
    return Finding("backup", _is(age <= BACKUP_AGE, Level.WARNING), f"{age.total_seconds() / 3600:.1f} h old")
