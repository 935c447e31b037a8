"""Import a file of feedback: CSV (also gzipped), JSON Lines or XLSX."""

import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.core.http import DatabaseDown
from apps.feedback.imports.errors import UnusableFileError
from apps.feedback.imports.moments import FORMATS
from apps.feedback.imports.plan import Plan, check
from apps.feedback.imports.presets import PRESETS
from apps.feedback.imports.runner import Order, run_import
from apps.feedback.services.import_mappings import saved_plan

BAR_CELLS = 30
PAUSE_SECONDS = {True: 0.1, False: 5.0}  # between two signs of progress, on a terminal or not


class Command(BaseCommand):
    help = (
        "Import feedback from a CSV file (gzipped or not), JSON Lines or a spreadsheet. The last line printed is"
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
            " customer_email, organisation, external_id, captured_at, tags, segment, status, context.NAME, ignore);"
            " repeatable, and several columns may become text or tags",
        )
        parser.add_argument("--product", default="", metavar="SLUG", help="everything is about this product")
        parser.add_argument("--preset", choices=sorted(PRESETS), help="the file is an export of this system")
        parser.add_argument("--mapping", default="", metavar="NAME", help="use the mapping saved under this name")
        parser.add_argument("--zone", default="", metavar="ZONE", help="of times without one, like Europe/Berlin")
        parser.add_argument(
            "--date-format",
            default="",
            metavar="FORMAT",
            help=f"how times are written: {', '.join(FORMATS)}, or a pattern like %%d.%%m.%%Y; found out without it",
        )
        parser.add_argument("--bad-rows", type=Path, metavar="CSV", help="write the rows that are not taken here")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")

    def handle(self, *args: object, **options: object) -> None:
        audience = Terminal(self)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops like Ctrl-C
        try:
            figures = run_import(Path(str(options["file"])), order_of(options), audience=audience)
        except FileExistsError as error:
            raise CommandError(f"{error.filename} is there already: name another file.") from None
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


def order_of(options: Mapping[str, Any]) -> Order:  # Any: as argparse leaves them
    """Return what the arguments ask for. Raises UnusableFileError."""
    if options["preset"] and options["mapping"]:
        raise UnusableFileError("Say --preset or --mapping, not both.")
    plan = PRESETS[options["preset"]][1] if options["preset"] else Plan()
    if options["mapping"]:
        plan = saved_plan(options["mapping"])
    told = {name: options[name] for name in ("product", "zone", "date_format") if options[name]}
    if not options["mapping"]:  # who saved one said there whether products are made
        told["makes_products"] = True
    plan = replace(plan, **told)
    try:
        check(plan)
    except ValidationError as error:
        raise UnusableFileError(" ".join(error.messages)) from None
    return Order(options["map"], plan, options["dry_run"], options["bad_rows"])


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
