"""``manage.py up``: the whole platform in one command."""

import argparse
import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from apps.core.embedded import processes
from apps.core.embedded.client import ensure_keeper, make_folders, release_and_wait, services_in_use
from apps.core.embedded.command_line import services_missing
from apps.core.embedded.locks import FileLock
from apps.core.supervisor import startup
from apps.core.supervisor.children import UP_MARK, ChildSpec, child_environment, platform_children
from apps.core.supervisor.console import Console
from apps.core.supervisor.demo import DemoLoader, first_administrator_link, sign_ins
from apps.core.supervisor.runner import Supervisor, block_signals

FIRST_ANSWER_SECONDS = 15.0  # then the others start all the same


class Command(BaseCommand):
    help = (
        "Start and supervise everything: PostgreSQL and Valkey (unless DATABASE_URL, REDIS_URL name others), "
        "web, dispatcher, worker, beat. Ctrl-C stops it all."
    )
    requires_system_checks: list[str] = []  # the children check for themselves; a start takes a second less

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="where the pages are (default 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--data", help="data folder; the same as FEEDBACK_DATA_DIR")
        parser.add_argument("--no-demo", action="store_true", help="no demo data: print a link to set up instead")

    def handle(self, *args: object, **options: object) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, _leave)
        Platform(host=str(options["host"]), port=int(str(options["port"])), with_demo=not options["no_demo"]).run()


class Platform:
    """One run of the platform, from the first lock to the last process."""

    def __init__(self, *, host: str, port: int, with_demo: bool) -> None:
        self.host, self.port, self.with_demo = host, port, with_demo
        self.paths = settings.EMBEDDED
        self.services = services_missing()
        self.console = Console(self.paths.log_dir)
        self.supervisor = Supervisor(self.console)
        self.environment = child_environment(self.paths.data_dir)
        self._began_at = time.monotonic()
        self._has_answered = False
        self._has_welcomed = False
        self._waiting_specs: list[ChildSpec] = []

    def run(self) -> None:
        """Start, supervise until told to stop, stop. Raises EmbeddedError where it cannot start."""
        make_folders(self.paths)
        with ExitStack() as stack:
            stack.enter_context(startup.only_one(self.paths.run_dir / "up.lock", address=settings.PUBLIC_URL))
            startup.require_free_port(self.host, self.port)  # after: where it is our own, that is said instead
            self._end_leftovers()
            static = startup.start_collecting_static()
            if static is not None:
                stack.callback(static.process.terminate)
            services = stack.enter_context(services_in_use(self.paths, self.services))
            with startup.preparing(self.paths.run_dir):
                startup.migrate("Making the tables of a new database")
            self.demo = DemoLoader(self.console, is_wanted=self.with_demo, host=self.host, environment=self.environment)
            startup.finish_collecting_static(static)
            connection.close()
            try:
                self._supervise()
            finally:
                self._stop(services)

    def _stop(self, services: FileLock) -> None:
        """Stop in the order in which nothing is lost: no new requests, no new work, then the servers."""
        self.console.say("Stopping ...")
        self.demo.stop()
        self.supervisor.stop()
        release_and_wait(self.paths, services, say=self.console.say)
        self.console.say("Stopped.")

    def _end_leftovers(self) -> None:
        """End what a killed ``up`` of this folder may have left; its lock is ours now."""

        def leftovers() -> list[int]:
            return processes.with_environment(UP_MARK, str(self.paths.data_dir))

        if ended := processes.end(leftovers, politely=signal.SIGTERM, seconds=3):
            self.console.say(f"Ended {ended} processes that an earlier run left behind.")

    def _supervise(self) -> None:
        block_signals()
        specs = platform_children(host=self.host, port=self.port, run_dir=self.paths.run_dir)
        self.supervisor.start(specs[:1], self.environment)
        self._waiting_specs = specs[1:]  # the first page comes sooner when nothing else loads beside it
        self.supervisor.run(self._tick)

    def _tick(self) -> None:
        if self.services:
            ensure_keeper(self.paths)
            self.console.show_new_lines(self.paths.log_dir / "services.log", name="services")
        is_late = time.monotonic() - self._began_at > FIRST_ANSWER_SECONDS
        if self._waiting_specs and (self._has_answered or is_late):
            self.supervisor.start(self._waiting_specs, self.environment)
            self._waiting_specs = []
        try:
            if not self._has_answered and startup.answers(self.host, self.port):
                self._has_answered = True
                self._welcome()
                self.demo.start()
            self.demo.watch(self._welcome)
        except DatabaseError as error:  # it is being started again
            self.console.say(f"The database is out of reach: {error}")
            connection.close()

    def _welcome(self) -> None:
        """Print where to go and how to get in; once more, with the sign-ins alone, when the demo data is there."""
        seconds = f"(after {time.monotonic() - self._began_at:.1f} s)"
        if self._has_welcomed:
            lines = ["", f"  The demo data is there {seconds}: {settings.PUBLIC_URL}/"]
        else:
            lines = ["", f"  Ready at {settings.PUBLIC_URL}/ {seconds}"]
        self._has_welcomed = True
        if self.demo.state == "loaded":
            lines += ["  Demo sign-ins:", *(f"    {line}" for line in sign_ins())]
        elif self.demo.state == "declined" and (link := first_administrator_link()):
            lines += ["  Make the first administrator (this link works once):", f"    {link}"]
        self.console.plain("\n".join([*lines, "  Ctrl-C stops everything.", ""]))


def port_number(text: str) -> int:
    """Return ``text`` as a port; for argparse."""
    if text.isdigit() and 0 < int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 1 to 65535")


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
