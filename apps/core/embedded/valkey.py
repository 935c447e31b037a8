"""The embedded Redis-compatible server: broker and limiter. It carries hints only."""

import logging
import os
import signal
import socket
import time
from pathlib import Path

from apps.core.embedded.binaries import valkey_server
from apps.core.embedded.layout import make_private_dir
from apps.core.embedded.service import Service, rotate

logger = logging.getLogger(__name__)
_DAMAGE = (
    "Bad file format reading the append only file",
    "Unexpected end of file",
    "Wrong signature",
    "AOF manifest",
)


class Valkey(Service):
    name = "Valkey"
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0

    @property
    def work_dir(self) -> Path:
        return self.paths.valkey_dir

    @property
    def _log(self) -> Path:
        return self.paths.log_dir / "valkey.log"

    def prepare(self) -> None:
        make_private_dir(self.work_dir)
        rotate(self._log)
        self.paths.redis_socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.paths.redis_socket),
            "unixsocketperm": "700",
            "dir": str(self.work_dir),
            "logfile": str(self._log),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            "save": "",
            "daemonize": "no",
        }
        return [
            str(valkey_server()),
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ]

    def check_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.paths.redis_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def failure(self) -> str:
        said = self.output_file.read_text(errors="replace")
        if self._log.exists():
            said += self._log.read_text(errors="replace")[-2000:]
        if any(sign in said for sign in _DAMAGE):
            self._set_aside()
        return self.explain_failure(said)

    def _set_aside(self) -> None:
        """Start empty at the next try: the database knows all the work there is."""
        aside = self.work_dir.with_name(f"valkey.damaged-{int(time.time())}-{os.getpid()}")
        self.work_dir.rename(aside)
        logger.warning("Valkey could not read its file: moved to %s, starting empty", aside)
