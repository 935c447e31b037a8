"""Read feedback again: what an older reader read, or all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.insight import services


class Command(BaseCommand):
    help = "Read feedback that the current reader has not read yet. Safe to stop and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also what the current reader has read already")
        parser.add_argument("--after", type=int, default=0, metavar="ID", help="begin after this feedback id")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: BaseCommand's signature
        total = 0
        for last_id, count in services.rebuild(is_forced=options["all"], after_id=options["after"]):
            total += count
            self.stdout.write(f"{total} read, up to feedback {last_id}")
        self.stdout.write(self.style.SUCCESS(f"Done: {total} read."))
