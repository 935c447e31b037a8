"""What the terminal shows: the children's lines with their names before them, also kept in the log folder."""

import sys
import threading
import time
from pathlib import Path
from typing import IO

from apps.core.embedded.service import rotate

_NAME_WIDTH = 10
# Said by libraries, and nothing that whoever started the platform could or should act upon: kept in the log alone.
_UNTOLD = (
    "Configuration allows spawning up to",  # granian, of our eight threads on a machine with few cores
    "Requeuing undeliverable message",  # kombu, of a worker that stops: hints are given again
)


class Console:
    """Writes whole lines from several threads."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._lock = threading.Lock()
        self._tails: dict[Path, int] = {}  # bytes shown

    def say(self, text: str, *, name: str = "up") -> None:
        """Show ``text`` under ``name``; a terminal that has gone away is no reason to stop."""
        with self._lock:
            for line in text.splitlines() or [""]:
                try:
                    sys.stdout.write(f"{name:<{_NAME_WIDTH}} | {line}\n")
                    sys.stdout.flush()
                except (OSError, ValueError):
                    return

    def plain(self, text: str) -> None:
        """Show ``text`` without a name before it."""
        with self._lock:
            try:
                sys.stdout.write(f"{text}\n")
                sys.stdout.flush()
            except (OSError, ValueError):
                return

    def follow_output(self, name: str, stream: IO[bytes]) -> None:
        """Show and keep every line of a child, until it closes its output; in a thread of its own."""
        threading.Thread(target=self._pump, args=(name, stream), name=f"output of {name}", daemon=True).start()

    def _pump(self, name: str, stream: IO[bytes]) -> None:
        path = self._log_dir / f"{name}.log"
        rotate(path)
        with stream, path.open("ab", buffering=0) as log:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip()
                try:
                    log.write(raw)
                except OSError:  # the disk is full: the terminal still shows it
                    pass
                if not any(words in line for words in _UNTOLD):
                    self.say(line, name=name)

    def note(self, name: str, text: str) -> None:
        """Show ``text`` and keep it in the log of ``name``."""
        self.say(text, name=name)
        try:
            with (self._log_dir / f"{name}.log").open("a") as log:
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
        except OSError:
            return

    def show_new_lines(self, path: Path, *, name: str) -> None:
        """Show what was added to ``path`` since the last call; the first call shows nothing."""
        try:
            size = path.stat().st_size
            start = self._tails.setdefault(path, size)
            if size > start:
                with path.open("rb") as log:
                    log.seek(start)
                    self.say(log.read(size - start).decode(errors="replace"), name=name)
            self._tails[path] = size
        except OSError:
            return
