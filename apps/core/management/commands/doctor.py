"""``manage.py doctor``: is this installation healthy?"""

import json
import sys

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from apps.core import doctor
from apps.core.doctor import Level

MARKS = {Level.OK: "ok", Level.WARNING: "WARNING", Level.PROBLEM: "PROBLEM"}


class Command(BaseCommand):
    help = "Examine database, queues, disk, backups. Exit code 1 on a problem (with --strict, a warning)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--strict", action="store_true", help="warnings count as problems")

    def handle(self, *args: object, **options: object) -> None:
        findings = doctor.examine(now=timezone.now())
        bad = {Level.PROBLEM, Level.WARNING} if options["strict"] else {Level.PROBLEM}
        is_healthy = not any(finding.level in bad for finding in findings)
        if options["json"]:
            self.stdout.write(
                json.dumps({"healthy": is_healthy, "findings": [finding._asdict() for finding in findings]}, indent=1)
            )
        else:
            for check, level, detail in findings:
                self.stdout.write(f"{MARKS[level]:<8} {check:<20} {detail}")
        if not is_healthy:
            sys.exit(1)
