"""Starting, watching, restarting and stopping child processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping

from apps.core.embedded.service import launched
from apps.core.supervisor.children import DEATH_SIGNAL, PROJECT_DIR, ChildSpec
from apps.core.supervisor.console import Console

_WAKING = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
STOPPING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_TICK_SECONDS = 0.2
_STEADY_SECONDS = 10.0  # a child that lived so long has not crashed at its start
_PAUSE_SECONDS = 0.7  # after the second crash in a row: back within a second, and no loop at full speed


class Child:
    """One supervised process, leader of a process group of its own (a terminal's Ctrl-C spares it)."""

    def __init__(self, spec: ChildSpec, console: Console, environment: Mapping[str, str]) -> None:
        self.spec = spec
        self._console = console
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._retry_at = 0.0
        self._crashes = 0  # in a row, each soon after its start

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            launched(self.spec.command, death_signal=DEATH_SIGNAL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=PROJECT_DIR,
            env=self._environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._console.follow_output(self.spec.name, self._process.stdout)

    def watch(self) -> None:
        """Start the child again where it has died: at once, then after a short pause, and never give up."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self._end_group()  # its own children hold the port, or work twice
            self._process = None
            is_steady = time.monotonic() - self._started_at > _STEADY_SECONDS
            self._crashes = 0 if is_steady else self._crashes + 1
            pause = 0.0 if self._crashes < 2 else _PAUSE_SECONDS
            self._retry_at = time.monotonic() + pause
            when = "starting it again" if not pause else f"starting it again in {pause:.1f} s"
            self._console.note(self.spec.name, f"{self.spec.name} died ({exit_reason(code)}): {when}")
        if self._process is None and time.monotonic() >= self._retry_at:
            self.start()

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def has_stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def finish(self) -> None:
        """Kill what is left of the child and its own children."""
        if self._process is not None:
            if self._process.poll() is None:
                self._console.say(f"{self.spec.name} did not stop within {self.spec.stop_seconds:.0f} s and is killed")
            self._end_group()
            self._process.wait()
            self._process = None

    def _end_group(self) -> None:
        assert self._process is not None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


class Supervisor:
    """Keeps children running until a signal says stop. For the main thread (Linux ties children to it)."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.children: list[Child] = []

    def start(self, specs: Iterable[ChildSpec], environment: Mapping[str, str]) -> None:
        for spec in specs:
            child = Child(spec, self.console, environment)
            child.start()
            self.children.append(child)

    def run(self, each_tick: Callable[[], None]) -> signal.Signals:
        """Watch over the children until told to stop; return the signal. Calls ``each_tick`` often."""
        while True:
            found = signal.sigtimedwait(_WAKING, _TICK_SECONDS)
            if found and found.si_signo in STOPPING:
                return signal.Signals(found.si_signo)
            for child in self.children:
                child.watch()
            each_tick()

    def stop(self) -> None:
        """Stop all children, rank by rank: no new requests first, then no new work. A signal hurries."""
        for rank in sorted({child.spec.stop_rank for child in self.children}):
            group = [child for child in self.children if child.spec.stop_rank == rank]
            for child in group:
                child.ask_to_stop()
            ends_at = time.monotonic() + max(child.spec.stop_seconds for child in group)
            while time.monotonic() < ends_at and not all(child.has_stopped() for child in group):
                found = signal.sigtimedwait(_WAKING, _TICK_SECONDS)
                if found and found.si_signo in STOPPING:
                    break
            for child in group:
                child.finish()
        self.children.clear()


def block_signals() -> None:
    """From here on the signals that matter are taken by ``Supervisor.run`` and ``stop`` alone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _WAKING)


def exit_reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
