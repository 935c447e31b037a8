"""Making a backup, and restoring one."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from apps.core.backup import archive, programs, tables
from apps.core.errors import DomainError
from apps.core.models import JobRun

JOB = "backup"


class NotEmptyError(DomainError):
    """The database holds tables already, or somebody is connected to it."""


class RestoreError(DomainError):
    """The restored database differs from what was backed up, or the backup is of a newer release."""


def make_backup(target: Path, *, now: datetime) -> Path:
    """Write a backup to ``target`` (a file, or a folder that gets a dated one) and return its path.

    One snapshot: the dump and every table's sum show the same instant, while the platform runs on.
    """
    path = target / f"feedback-{now:%Y%m%d-%H%M%S}.tar" if target.is_dir() else target
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dump = Path(folder) / archive.DUMP
        sums, migrations = _dump_and_sum(dump)
        members = {archive.DUMP: dump} | dict(archive.media_files(Path(settings.MEDIA_ROOT)))
        key = settings.EMBEDDED.data_dir / archive.KEY
        if settings.IS_EMBEDDED and key.exists():
            members[archive.KEY] = key  # receipts' links are signed with it
        manifest = archive.Manifest(
            format=archive.FORMAT,
            made_at=now.astimezone(UTC).isoformat(),
            postgres=str(connection.cursor().connection.server_version),
            migrations=migrations,
            tables=archive.sums_as_json(sums),
            files={name: archive.sha256_of(member) for name, member in members.items()},
        )
        archive.write_archive(path, manifest, members)
    JobRun.objects.get_or_create(job=JOB, period=now.astimezone(UTC).isoformat(timespec="seconds"))
    return path


def _dump_and_sum(dump: Path) -> tuple[dict[str, tables.TableSum], list[str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _without_time_limits()
        cursor.execute("SELECT pg_export_snapshot()")
        programs.dump(dump, snapshot=cursor.fetchone()[0])
        applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
        return tables.table_sums(cursor), applied


def _without_time_limits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def restore_backup(source: Path, *, force: bool, now: datetime) -> archive.Manifest:
    """Put the database and the files of ``source`` in place and return its manifest.

    Everything is checked before anything is touched, the tables are replaced in one transaction, and every
    table's sum is compared afterwards. ``force`` replaces a database that holds tables; its files are kept.
    Raises DamagedBackupError, NotEmptyError, RestoreError.
    """
    media = Path(settings.MEDIA_ROOT)
    media.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=media.parent, prefix=".restore-") as name:
        folder = Path(name)
        manifest = archive.unpack(source, folder)
        _require_known_migrations(manifest)
        _require_idle()
        if not force:
            _require_empty()
        connection.close()
        programs.restore(folder / archive.DUMP, replace=force)
        _compare(manifest)
        _place_files(folder, media, now=now)
    call_command("migrate", verbosity=0, interactive=False)  # a backup of an older release
    return manifest


def _require_known_migrations(manifest: archive.Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}}
    if newer := sorted(set(manifest["migrations"]) - known):
        raise RestoreError(f"The backup is of a newer release (it knows {newer[-1]}): upgrade the platform first.")


def _require_empty() -> None:
    with connection.cursor() as cursor:
        if names := tables.table_names(cursor):
            raise NotEmptyError(f"The database holds {len(names)} tables already. --force replaces them all.")


def _require_idle() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if others := cursor.fetchone()[0]:
            raise NotEmptyError(f"{others} other connections are open: stop the platform first.")


def _compare(manifest: archive.Manifest) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        _without_time_limits()
        found = archive.sums_as_json(tables.table_sums(cursor))
    differing = sorted(
        name for name in {*found, *manifest["tables"]} if found.get(name) != manifest["tables"].get(name)
    )
    if differing:
        raise RestoreError(f"Restored, but these tables differ from the backup: {', '.join(differing)}.")


def _place_files(folder: Path, media: Path, *, now: datetime) -> None:
    if media.exists() and any(media.iterdir()):
        media.rename(media.with_name(f"{media.name}.before-{now:%Y%m%d-%H%M%S}"))
    (folder / archive.MEDIA).mkdir(exist_ok=True)
    if media.exists():
        media.rmdir()
    (folder / archive.MEDIA).rename(media)
    if settings.IS_EMBEDDED and (folder / archive.KEY).exists():
        key = folder / archive.KEY
        key.chmod(0o600)
        key.replace(settings.EMBEDDED.data_dir / archive.KEY)


def last_backup_at() -> datetime | None:
    """Return when the last backup was made with this database, None if never."""
    newest = JobRun.objects.filter(job=JOB).order_by("-period").values_list("period", flat=True).first()
    return datetime.fromisoformat(newest) if newest else None
