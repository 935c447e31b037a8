"""``manage.py check_queues``: exit 0 where incremental equals recount, 1 where not, 2 where it could not tell."""

import json
import sys
import time
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import connection

from apps.core import lanes
from apps.priorities import check

ROLL_UP_QUEUES = ("insight", "tagging", "priorities")


class Command(BaseCommand):
    help = "Compare the incremental roll-up with a recount. Exit 0: equal; 1: not; 2: could not tell."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--settled",
            type=float,
            metavar="SECONDS",
            help="wait up to SECONDS for outbox and ledger to be empty",
        )

    def handle(self, *args: object, **options: object) -> None:
        try:
            if options["settled"] is not None and not self._settle(float(str(options["settled"]))):
                self.stderr.write("The outbox and the ledger did not become empty in time; checking all the same.")
                is_settled = False
            else:
                is_settled = True
            started = time.monotonic()
            report = check.check_queues()
        except Exception as error:  # whatever it is, it is no mismatch
            self.stderr.write(f"Could not tell: {type(error).__name__}: {error}")
            sys.exit(2)
        self._print(report, as_json=bool(options["json"]), seconds=time.monotonic() - started)
        if not report.is_equal:
            sys.exit(1)
        if not is_settled:
            sys.exit(2)

    def _settle(self, seconds: float) -> bool:
        """Wait until the roll-up has no work left; where no worker runs, this process does it."""
        deadline = time.monotonic() + seconds
        while self._is_anything_left():
            if time.monotonic() >= deadline:
                return False
            lanes.settle(seconds=max(0.0, deadline - time.monotonic()), queues=ROLL_UP_QUEUES)
            time.sleep(0.05)
        return True

    def _is_anything_left(self) -> bool:
        """Tell whether rows wait, wait for their next try, or are being worked on."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM core_outboxrow WHERE quarantined_at IS NULL"
                "   AND split_part(subscriber, '.', 1) = ANY(%s))"
                " OR EXISTS (SELECT FROM tagging_ledgerrow) OR EXISTS (SELECT FROM tagging_volumeledgerrow)"
                " OR EXISTS (SELECT FROM tagging_rulerun WHERE finished_at IS NULL)",
                [list(ROLL_UP_QUEUES)],
            )
            return bool(cursor.fetchone()[0])

    def _print(self, report: check.Report, *, as_json: bool, seconds: float) -> None:
        figures = {
            "equal": report.is_equal,
            "pairs": report.pairs,
            "cells": report.cells,
            "voices": report.voices,
            "standings": report.standings,
            "unfolded": report.unfolded,
            "undelivered": report.undelivered,
            "quarantined": report.quarantined,
            "mismatches": {level.name: level.mismatches for level in report.levels},
            "seconds": round(seconds, 3),
        }
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        for level in report.levels:
            self.stdout.write(f"{'ok ' if not level.mismatches else 'BAD'} {level.name}: {level.mismatches} differ")
            for example in level.examples:
                self.stdout.write(f"      {example}")
        waiting = ", ".join(f"{topic} {count}" for topic, count in report.undelivered.items()) or "none"
        self.stdout.write(
            f"{report.pairs} pairs, {report.cells} cells, {report.voices} voices, {report.standings} standings;"
            f" unfolded ledger rows {report.unfolded}; undelivered outbox rows: {waiting};"
            f" quarantined {report.quarantined}; {seconds:.1f} s"
        )
        if report.quarantined:
            self.stderr.write(
                "Quarantined rows are not counted: see them with `doctor`, try them with `replay_quarantined`."
            )
