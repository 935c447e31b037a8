"""One embedded server as the keeper sees it: start, readiness, death, stop."""

import logging
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from apps.core.embedded import processes
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.layout import EmbeddedPaths

logger = logging.getLogger(__name__)
_LAUNCH = Path(__file__).with_name("launch.py")
_LOG_LIMIT_BYTES = 10_000_000


class Service:
    """A child process of the keeper; subclasses say which command, when it is ready and what heals it."""

    name = ""
    stop_signal = signal.SIGTERM
    stop_seconds = 30.0

    def __init__(self, paths: EmbeddedPaths) -> None:
        self.paths = paths
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0  # starts in a row that never became ready
        self.starts = 0
        self.is_up = False

    # --- what a subclass says -------------------------------------------------------------------------------
    @property
    def work_dir(self) -> Path:
        raise NotImplementedError

    def prepare(self) -> None:
        """Make or heal the data before a start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def launch_options(self) -> list[str]:
        return []

    def check_ready(self) -> bool:
        raise NotImplementedError

    def explain_failure(self, output: str) -> str:
        return f"{self.name} does not start: {output.strip()[-600:] or 'it says nothing'}"

    # --- life -----------------------------------------------------------------------------------------------
    @property
    def output_file(self) -> Path:
        return self.paths.log_dir / f"{self.name.lower()}-start.log"

    def start(self) -> None:
        """Start the server; what an earlier run left behind is ended first."""
        left = processes.end(lambda: processes.working_in(self.work_dir), politely=self.stop_signal, seconds=5)
        if left:
            logger.warning("Ended %d processes of %s that an earlier run left behind", left, self.name)
        self.prepare()
        self.starts += 1
        self.is_up = False
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                launched(self.command(), death_signal=self.stop_signal, options=self.launch_options()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )

    def has_exited(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def become_ready(self) -> bool:
        """Return whether the server serves; remembers it."""
        if not self.is_up and not self.has_exited() and self.check_ready():
            self.is_up, self.failures = True, 0
        return self.is_up

    def failure(self) -> str:
        """Return why the server that has exited did not start, for a person."""
        return self.explain_failure(self.output_file.read_text(errors="replace"))

    def stop(self) -> None:
        """Stop the server cleanly; by force where it takes too long."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                logger.warning("%s did not stop within %d s and is killed", self.name, self.stop_seconds)
                self.process.kill()
                self.process.wait()
        processes.end(lambda: processes.working_in(self.work_dir), politely=None, seconds=0)
        self.process = None
        self.is_up = False


def launched(command: list[str], *, death_signal: signal.Signals, options: list[str] | None = None) -> list[str]:
    """Return ``command`` wrapped so that the child gets ``death_signal`` when its parent dies (launch.py)."""
    head = [sys.executable, "-I", "-S", str(_LAUNCH), "--death-signal", str(int(death_signal))]
    return [*head, *(options or []), "--", *command]


def require_space(directory: Path, *, need_bytes: int) -> None:
    """Raise EmbeddedError where the disk of ``directory`` has less than ``need_bytes`` left."""
    free = shutil.disk_usage(directory).free
    if free < need_bytes:
        raise EmbeddedError(
            f"The disk of {directory} is full: {free // 1_000_000} MB free, "
            f"{need_bytes // 1_000_000} MB needed. "
            "Free some space, or set FEEDBACK_DATA_DIR to a folder on another disk."
        )


def rotate(log: Path) -> None:
    """Keep one older generation of a log that has grown past 10 MB."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def wait_until_ready(service: Service, *, seconds: float) -> None:
    """Wait for one service; raise EmbeddedError when it exits or takes too long."""
    ends_at = time.monotonic() + seconds
    while not service.become_ready():
        if service.has_exited():
            raise EmbeddedError(service.failure())
        if time.monotonic() > ends_at:
            raise EmbeddedError(f"{service.name} is not ready after {seconds:.0f} s; see {service.paths.log_dir}.")
        time.sleep(0.02)
