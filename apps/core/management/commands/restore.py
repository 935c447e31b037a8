"""``manage.py restore FILE``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.backup.services import restore_backup
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Restore a backup into an empty database and compare every table with it. Stop the platform first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, help="a file made by `backup`")
        parser.add_argument("--force", action="store_true", help="replace a database that holds tables")

    def handle(self, *args: object, **options: object) -> None:
        source = options["source"]
        assert isinstance(source, Path)
        try:
            manifest = restore_backup(source.expanduser(), force=bool(options["force"]), now=timezone.now())
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(found[0] for found in manifest["tables"].values())
        files = sum(name.startswith("media/") for name in manifest["files"])
        self.stdout.write(
            f"Restored the backup of {manifest['made_at']}: {len(manifest['tables'])} tables, {rows:,} rows, "
            f"every table equal; {files} files."
        )
