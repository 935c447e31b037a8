"""The keeper: one background process per data folder that runs its servers for as long as somebody uses them.

    python -m apps.core.embedded.keeper DATA_DIR SOCKET_DIR durable|fast

Users hold a shared lock on ``run/users.lock`` (client.py). When the keeper can take it alone, nobody is left,
and it stops everything; the kernel releases the locks of a killed user. It holds ``run/keeper.lock`` while it
lives. A server that dies is started again at once. Django is not imported here.
"""

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path

from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.layout import EmbeddedPaths
from apps.core.embedded.locks import FileLock
from apps.core.embedded.postgres import Postgres
from apps.core.embedded.service import Service, rotate
from apps.core.embedded.valkey import Valkey

logger = logging.getLogger("services")
START_SECONDS = 300.0  # a crashed PostgreSQL may have much to replay
_TICK_SECONDS = 0.2
_FIRST_TRIES = 3  # Valkey sets a damaged file aside and starts empty at the second
_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}


class Keeper:
    def __init__(self, paths: EmbeddedPaths, *, is_durable: bool) -> None:
        self.paths = paths
        self.known: dict[str, Service] = {
            "postgres": Postgres(paths, is_durable=is_durable),
            "valkey": Valkey(paths),
        }
        self.running: list[Service] = []
        self._retry_at: dict[str, float] = {}
        self._state = ""

    def wanted(self) -> list[Service]:
        return [service for name, service in self.known.items() if (self.paths.run_dir / f"want-{name}").exists()]

    def tick(self) -> None:
        """Start what is wanted, notice what is ready, start again what has died."""
        for service in self.wanted():
            if service not in self.running:
                service.start()
                self.running.append(service)
        for service in self.running:
            was_up = service.is_up
            if service.has_exited():
                self._restart(service)
            elif service.become_ready() and not was_up:
                logger.info("%s is ready", service.name)
        is_ready = bool(self.running) and all(service.is_up for service in self.running)
        self.say("ready" if is_ready else "starting")

    def _restart(self, service: Service) -> None:
        assert service.process is not None
        if service.is_up:
            logger.warning("%s died (%s): starting it again", service.name, _how(service.process.returncode))
        elif service.name not in self._retry_at:
            service.failures += 1
            reason = service.failure()
            if service.failures >= _FIRST_TRIES and service.starts == service.failures:
                raise EmbeddedError(reason)
            logger.warning("%s", reason)
            self._retry_at[service.name] = time.monotonic() + min(0.2 * 2**service.failures, 10)
        if self._retry_at.get(service.name, 0) <= time.monotonic():
            self._retry_at.pop(service.name, None)
            service.start()

    def say(self, status: str, *, error: str = "") -> None:
        """Tell the clients, by a file that is replaced as a whole."""
        is_serving = status in {"starting", "ready"}
        ready = sorted(name for name, service in self.known.items() if service.is_up and is_serving)
        state = json.dumps({"pid": os.getpid(), "status": status, "ready": ready, "error": error})
        if state != self._state:
            draft = self.paths.run_dir / "services.json.new"
            draft.write_text(state)
            draft.replace(self.paths.run_dir / "services.json")
            self._state = state

    def run(self) -> None:
        """Keep the servers running until nobody uses them or somebody ends the keeper."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        with FileLock(self.paths.run_dir / "users.lock") as users:
            try:
                while not users.try_exclusive():
                    self.tick()
                    if self._wait() in {signal.SIGTERM, signal.SIGINT}:
                        break
            except (EmbeddedError, OSError) as error:
                logger.error("%s", error)  # for a person, without a stack trace
                self.say("failed", error=str(error))
            else:
                self.say("stopping")
            finally:
                self._stop()

    def _wait(self) -> int:
        is_starting = not all(service.is_up for service in self.running)
        found = signal.sigtimedwait(_SIGNALS, 0.01 if is_starting else _TICK_SECONDS)
        return found.si_signo if found else 0

    def _stop(self) -> None:
        for service in self.running:
            service.stop()
        for name in self.known:
            (self.paths.run_dir / f"want-{name}").unlink(missing_ok=True)
        logger.info("Stopped")


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _become_daemon() -> int:
    """Go on in the background; return where to write when the starter may go on."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    os.setsid()
    return writer


def main(arguments: list[str]) -> None:
    paths = EmbeddedPaths(Path(arguments[0]), Path(arguments[1]))
    starter = _become_daemon()
    os.chdir("/")
    rotate(paths.log_dir / "services.log")
    logging.basicConfig(
        filename=paths.log_dir / "services.log",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    with FileLock(paths.run_dir / "keeper.lock") as lock:
        is_ours = lock.try_exclusive()
        os.close(starter)  # from here on clients see the lock, ours or the other keeper's
        if is_ours:
            Keeper(paths, is_durable=arguments[2] == "durable").run()


if __name__ == "__main__":
    main(sys.argv[1:])
