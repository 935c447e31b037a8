"""``manage.py load_demo``."""

import os
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.supervisor.children import UP_MARK
from apps.dashboard.demo.loading import load_demo, sign_ins
from apps.dashboard.demo.trials import load_trials

PROGRESS_SECONDS = 5.0


class Command(BaseCommand):
    help = "Load the demo (a maker of laboratory instruments) into an empty installation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--feedback",
            type=int,
            metavar="N",
            help="fill the demo up to N pieces of feedback, for trials (to 1,000,000)",
        )

    def handle(self, *args: object, feedback: int | None = None, **options: object) -> None:
        began_at = time.monotonic()
        try:
            count = load_demo(now=timezone.now())
            self._say_what_was_loaded(count, time.monotonic() - began_at)
            if feedback is not None:
                self._fill_up(feedback)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _say_what_was_loaded(self, count: int, seconds: float) -> None:
        if not count:
            self.stdout.write("The demo data is here already: nothing to do.")
            return
        self.stdout.write(f"{count} pieces of feedback loaded in {seconds:.1f} s")
        if UP_MARK not in os.environ:  # `up` prints them itself
            self.stdout.write("Sign in as:")
            for line in sign_ins():
                self.stdout.write(f"  {line}")

    def _fill_up(self, total: int) -> None:
        began_at = self._told_at = time.monotonic()

        def report(done: int, wanted: int) -> None:
            now = time.monotonic()
            if now - self._told_at < PROGRESS_SECONDS and done < wanted:
                return
            self._told_at = now
            rate = done / (now - began_at)
            self.stdout.write(
                f"{done:,} of {wanted:,} more, {rate:,.0f} a second, {(wanted - done) / rate:,.0f} s left"
            )

        new = load_trials(total, now=timezone.now(), report=report)
        self.stdout.write(f"{new:,} pieces of feedback added in {time.monotonic() - began_at:.1f} s")
