"""List the imports, newest first."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.feedback.models import Import


class Command(BaseCommand):
    help = "List imports with their figures, newest first: the numbers that undo_import takes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=20)

    def handle(self, *args: object, **options: object) -> None:
        rows = Import.objects.all()[: max(1, int(str(options["limit"])))]
        now = timezone.now()
        for row in rows:
            self.stdout.write(
                f"{row.pk}  {row.started_at:%Y-%m-%d %H:%M}  {row.status_label(as_of=now)}  {row.file_name}:"
                f" {row.new_count} new, {row.repeated_count} repeated, {row.rejected_count} rejected"
            )
        if not rows:
            self.stdout.write("Nothing was imported yet.")
