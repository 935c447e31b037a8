"""The restore drill: every table and file equal; damaged, foreign and newer backups are refused."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.core.backup import archive, services, tables
from apps.core.embedded.client import services_in_use
from apps.core.embedded.layout import EmbeddedPaths, paths
from apps.core.models import JobRun, OutboxRow
from apps.core.supervisor.children import PROJECT_DIR
from tests.factories import TeamFactory

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TRIGGERS = "(SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal) t"
AWKWARD = 'tab\t, quote ", backslash \\, line\nbreak, é, 你好, 🧪'


@pytest.fixture
def own_media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "2026").mkdir(parents=True)
    (tmp_path / "media" / "2026" / "spectrum.csv").write_bytes(b"nm,au\n400,0.1\n")


@pytest.fixture
def some_rows(transactional_db) -> None:
    OutboxRow.objects.create(subscriber="test", topic="test.topic", payload={"ids": [1, 2]}, last_error=AWKWARD)
    JobRun.objects.create(job="test", period="2026-03-01")
    TeamFactory(pk=4)


@pytest.fixture
def backup(some_rows, own_media, tmp_path) -> Path:
    return services.make_backup(tmp_path / "kept.tar", now=NOW)


@pytest.fixture
def empty_place(tmp_path) -> Iterator[EmbeddedPaths]:
    place = paths(tmp_path / "data")
    with services_in_use(place, ["postgres"], is_durable=False):
        yield place


def manage(place: EmbeddedPaths, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on another data folder, as an operator would."""
    taken = {"DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in taken}
    environment["FEEDBACK_DATA_DIR"] = str(place.data_dir)
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def all_rows(place: EmbeddedPaths, table: str) -> list[tuple[object, ...]]:
    other = psycopg2.connect(place.database_url)
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            return cursor.fetchall()
    finally:
        other.close()


def test_the_restore_drill_gives_every_table_and_file_back(backup, empty_place):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM core_outboxrow ORDER BY 1")
        rows = cursor.fetchall()
        cursor.execute(f"SELECT * FROM {TRIGGERS} ORDER BY 1")
        own_triggers = cursor.fetchall()

    done = manage(empty_place, "restore", str(backup))

    assert done.returncode == 0, done.stderr
    assert "every table equal; 1 files" in done.stdout
    assert [row[:3] for row in all_rows(empty_place, "core_outboxrow")] == [row[:3] for row in rows]
    assert [row[2:5] for row in all_rows(empty_place, "core_change")] == [("accounts.Team", 4, "insert")]
    assert all_rows(empty_place, TRIGGERS) == own_triggers != []
    restored = empty_place.data_dir / "media" / "2026" / "spectrum.csv"
    assert restored.read_bytes() == b"nm,au\n400,0.1\n"


def test_a_database_with_tables_is_replaced_only_by_force(backup, empty_place):
    assert manage(empty_place, "restore", str(backup)).returncode == 0

    refused = manage(empty_place, "restore", str(backup))
    forced = manage(empty_place, "restore", "--force", str(backup))

    assert refused.returncode == 1
    assert "holds" in refused.stderr
    assert "--force" in refused.stderr
    assert forced.returncode == 0, forced.stderr
    assert len(list(empty_place.data_dir.glob("media.before-*"))) == 1


def test_a_damaged_backup_is_refused(backup, tmp_path, own_media):
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "damaged.tar").write_bytes(content)
    (tmp_path / "half.tar").write_bytes(content[: len(content) // 2])

    with pytest.raises(CommandError, match=r"damaged: database\.dump differs"):
        call_command("restore", str(tmp_path / "damaged.tar"))
    with pytest.raises(CommandError, match="is not a whole backup"):
        call_command("restore", str(tmp_path / "half.tar"))
    with pytest.raises(CommandError, match="is not a whole backup"):
        call_command("restore", __file__)

    assert JobRun.objects.filter(job="test").count() == 1


def test_a_backup_of_a_newer_release_is_refused(backup, tmp_path):
    manifest = archive.unpack(backup, tmp_path / "unpacked")
    manifest["migrations"] = [*manifest["migrations"], "core.9999_of_next_year"]
    members = {name: tmp_path / "unpacked" / name for name in manifest["files"]}
    archive.write_archive(tmp_path / "newer.tar", manifest, members)

    with pytest.raises(CommandError, match=r"newer release \(it knows core\.9999_of_next_year\)"):
        call_command("restore", str(tmp_path / "newer.tar"))


@pytest.mark.parametrize("name", ["../outside", "media/../../outside"])
def test_an_archive_cannot_write_outside(tmp_path, name):
    evil = tmp_path / "evil.tar"
    empty = archive.Manifest(format=1, made_at="", postgres="", migrations=[], tables={}, files={})
    (tmp_path / "payload").write_text("x")
    archive.write_archive(evil, empty, {name: tmp_path / "payload"})

    with pytest.raises(archive.DamagedBackupError, match="not a plain file"):
        archive.unpack(evil, tmp_path / "deep" / "into")


def test_a_folder_gets_a_dated_private_file_and_nothing_else(some_rows, own_media, tmp_path):
    (tmp_path / "backups").mkdir()

    path = services.make_backup(tmp_path / "backups", now=NOW)

    assert [found.name for found in (tmp_path / "backups").iterdir()] == ["feedback-20260301-123000.tar"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert services.last_backup_at() == NOW


def test_the_manifest_counts_every_table(backup):
    with tarfile.open(backup) as tar:
        stream = tar.extractfile(archive.MANIFEST)
        assert stream is not None
        manifest = json.load(stream)

    with connection.cursor() as cursor:
        assert sorted(manifest["tables"]) == tables.table_names(cursor)
    assert manifest["tables"]["core_outboxrow"][0] == 1
    assert manifest["files"].keys() == {archive.DUMP, "media/2026/spectrum.csv"} | (
        {archive.KEY} & manifest["files"].keys()
    )


def test_a_changed_value_changes_the_sum_and_order_on_disk_does_not(some_rows):
    def sums() -> tables.TableSum:
        with transaction.atomic(), connection.cursor() as cursor:
            return tables.table_sums(cursor)["core_outboxrow"]

    OutboxRow.objects.create(subscriber="second", topic="t", payload={})
    before = sums()

    OutboxRow.objects.filter(subscriber="test").update(tries=0)  # rewrites the row at another place
    assert sums() == before

    OutboxRow.objects.filter(subscriber="test").update(tries=1)
    assert sums() != before
