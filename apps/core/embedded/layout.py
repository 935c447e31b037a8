"""Where the embedded services of a data folder live. No process is started here."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote


class EmbeddedPaths(NamedTuple):
    data_dir: Path
    socket_dir: Path  # short and private: a socket's path ends at 107 bytes

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def valkey_dir(self) -> Path:
        return self.data_dir / "valkey"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def database_url(self) -> str:
        return f"postgresql://feedback@{quote(str(self.socket_dir), safe='')}:5432/feedback"

    @property
    def redis_socket(self) -> Path:
        return self.socket_dir / "valkey.sock"

    @property
    def redis_url(self) -> str:
        return f"redis+socket://{self.redis_socket}?virtual_host=0"

    def secret_key(self) -> str:
        """Return the installation's key, made at first use and kept in the data folder with mode 0600."""
        path = self.data_dir / "secret_key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"secret_key.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(64))
            try:
                os.link(draft, path)  # the first process wins
            except FileExistsError:
                pass
            draft.unlink()
        return path.read_text().strip()


def paths(data_dir: Path) -> EmbeddedPaths:
    """Return where the services of ``data_dir`` live; the same answer in every process of this user."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    return EmbeddedPaths(data_dir, Path(tempfile.gettempdir()) / f"feedback-{os.getuid()}-{digest}")
