"""``manage.py load_demo``."""

import os
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.supervisor.children import UP_MARK
from apps.dashboard.demo.loading import load_demo, sign_ins


class Command(BaseCommand):
    help = "Load the demo (a maker of laboratory instruments) into an empty installation."

    def handle(self, *args: object, **options: object) -> None:
        began_at = time.monotonic()
        try:
            count = load_demo(now=timezone.now())
        except DomainError as error:
            raise CommandError(str(error)) from None
        if not count:
            self.stdout.write("The demo data is here already: nothing to do.")
            return
        self.stdout.write(f"{count} pieces of feedback loaded in {time.monotonic() - began_at:.1f} s")
        if UP_MARK not in os.environ:  # `up` prints them itself
            self.stdout.write("Sign in as:")
            for line in sign_ins():
                self.stdout.write(f"  {line}")
