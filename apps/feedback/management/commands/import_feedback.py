"""Import a file of feedback: CSV (also gzipped) or JSON Lines."""

import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.core.http import DatabaseDown
from apps.feedback.imports.runner import run_import

BAR_CELLS = 30
PAUSE_SECONDS = {True: 0.1, False: 5.0}  # between two signs of progress, on a terminal or not


class Command(BaseCommand):
    help = (
        "Import feedback from a CSV file (gzipped or not) or from JSON Lines. The last line printed is"
        " 'N new, N repeated, N rejected'; exit code 0 when the file was read through, 1 when it is unusable."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="which column becomes which field (text, product, version, rating, customer_name,"
            " customer_email, organisation, external_id, captured_at, context.NAME, ignore); repeatable",
        )
        parser.add_argument("--product", default="", metavar="SLUG", help="everything is about this product")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")

    def handle(self, *args: object, **options: object) -> None:
        audience = Terminal(self)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops like Ctrl-C
        try:
            figures = run_import(
                Path(str(options["file"])),
                column_map=[str(pair) for pair in options["map"]],  # type: ignore[attr-defined]  # a list, by "append"
                product_slug=str(options["product"]),
                is_dry_run=bool(options["dry_run"]),
                audience=audience,
            )
        except DomainError as error:
            raise CommandError(str(error)) from None
        except (KeyboardInterrupt, *DatabaseDown) as error:
            why = "Stopped." if isinstance(error, KeyboardInterrupt) else f"The database is away: {error}"
            raise CommandError(
                f"{why} What came in stays; run the same command again to go on: nothing doubles."
            ) from None
        finally:
            signal.signal(signal.SIGTERM, before)
            audience.end()
        self.stdout.write(str(figures))


class Terminal:
    """Lines on stdout; progress on stderr, as a bar on a terminal and as plain lines elsewhere."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command
        self._is_terminal = sys.stderr.isatty()
        self._started = self._shown_at = time.monotonic()
        self._is_bar_open = False

    def say(self, line: str) -> None:
        self.end()
        self._command.stdout.write(line)

    def progress(self, rows: int, share: float) -> None:
        now = time.monotonic()
        if now - self._shown_at < PAUSE_SECONDS[self._is_terminal]:
            return
        self._shown_at = now
        figures = f"{rows:,} rows, {share:.0%}, {rows / max(0.001, now - self._started):,.0f} rows/s"
        if self._is_terminal:
            filled = round(share * BAR_CELLS)
            self._command.stderr.write(f"\r[{'#' * filled}{' ' * (BAR_CELLS - filled)}] {figures}", ending="")
            self._is_bar_open = True
        else:
            self._command.stderr.write(figures)

    def end(self) -> None:
        """Close the bar's line, if one is open."""
        if self._is_bar_open:
            self._command.stderr.write("")
            self._is_bar_open = False
