"""Shorten the history of changes."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

from django.core.management.base import BaseCommand, CommandError

from apps.core.audit import forget_changes


class Command(BaseCommand):
    help = "Delete the history of changes (the audit page) older than so many days, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than-days", type=int, required=True)
        parser.add_argument("--yes", action="store_true", help="without this nothing is deleted")

    def handle(self, *args: object, **options: object) -> None:
        days = int(str(options["older_than_days"]))
        if days < 1:
            raise CommandError("Keep at least one day.")
        if not options["yes"]:
            raise CommandError("This cannot be undone: say --yes to delete.")
        deleted = forget_changes(before=datetime.now(UTC) - timedelta(days=days))
        self.stdout.write(f"{deleted} changes deleted.")
