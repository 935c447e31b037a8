"""``manage.py backup FILE|FOLDER``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.backup.services import make_backup
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Back up the database, uploaded files and the installation's key to one file, while all runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", help="the file to write, or a folder (ending in /) that gets a dated file")

    def handle(self, *args: object, **options: object) -> None:
        given = str(options["target"])
        target = Path(given).expanduser()
        try:
            if given.endswith("/"):
                target.mkdir(parents=True, exist_ok=True)
            path = make_backup(target, now=timezone.now())
        except (DomainError, OSError) as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(f"{path} ({path.stat().st_size:,} bytes)")
        self.stdout.write("It holds personal data and the signing key: keep it safe.")
