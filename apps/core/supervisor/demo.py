"""The demo data: loaded once into a new installation, in the background, after the first page answers."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import get_commands
from django.db import connection
from django.utils.module_loading import import_string

from apps.core.embedded.service import launched
from apps.core.models import JobRun
from apps.core.supervisor.children import DEATH_SIGNAL, PROJECT_DIR
from apps.core.supervisor.console import Console

JOB = "demo"


class DemoLoader:
    """Runs ``settings.DEMO_COMMAND`` at most once per database; ``--no-demo`` at first means never.

    Its passwords are known to everybody, so it loads only where nobody else can come to (``is_private``).
    """

    def __init__(self, console: Console, *, is_wanted: bool, host: str, environment: Mapping[str, str]) -> None:
        self._console = console
        self._is_private = is_private(host)
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.state = _settled_state() or self._settle(is_wanted)  # "wanted", "loaded" or "declined"
        if self.state == "loaded" and not self._is_private:
            console.say("This installation holds demo accounts with passwords that everybody knows: close them now.")

    def _settle(self, is_wanted: bool) -> str:
        if settings.DEMO_COMMAND not in get_commands():
            return "declined"
        if is_wanted and not get_user_model().objects.exists():
            if self._is_private:
                return "wanted"
            self._console.say("No demo data: its passwords are known, and others can come to this address.")
            return "declined"  # not for good: a start on this machine alone may load it
        _record("declined")
        return "declined"

    def start(self) -> None:
        if self.state != "wanted":
            return
        self._console.say("Loading the demo data in the background; pages fill as it goes.")
        self._process = subprocess.Popen(
            launched([sys.executable, "manage.py", settings.DEMO_COMMAND], death_signal=DEATH_SIGNAL),
            cwd=PROJECT_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._console.follow_output("demo", self._process.stdout)

    def watch(self, when_done: Callable[[], None]) -> None:
        """Record that the data is there; where loading failed, the next start tries again."""
        if self._process is None or (code := self._process.poll()) is None:
            return
        self._process = None
        if code == 0:
            self.state = "loaded"
            _record("loaded")
            when_done()
        else:
            self._console.say("The demo data could not be loaded (see the lines above); the next start tries again.")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def is_private(host: str) -> bool:
    """Return whether only this machine can come to the pages: they listen on loopback, and no proxy serves them."""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    return is_loopback and not settings.PUBLIC_URL.startswith("https://")


def sign_ins() -> list[str]:
    """Return one line per demo account, as the app that has them says."""
    return list(import_string(settings.DEMO_SIGN_INS)()) if settings.DEMO_SIGN_INS else []


def first_administrator_link() -> str | None:
    """Return the one-time link to make the first administrator, None once there is one."""
    if not settings.FIRST_ADMINISTRATOR_LINK:
        return None
    link: str | None = import_string(settings.FIRST_ADMINISTRATOR_LINK)()
    connection.close()
    return link


def _settled_state() -> str | None:
    return JobRun.objects.filter(job=JOB).values_list("period", flat=True).first()


def _record(period: str) -> None:
    JobRun.objects.get_or_create(job=JOB, period=period)
    connection.close()
