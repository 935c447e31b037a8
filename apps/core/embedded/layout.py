"""Where the embedded services of a data folder live. No process is started here."""

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from apps.core.embedded.errors import EmbeddedError

_SOCKET_PATH_BYTES = 107  # sun_path; macOS has 103
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock.12345"


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
    def run_dir(self) -> Path:
        """Locks and the state of what runs; nothing in it is worth a backup."""
        return self.data_dir / "run"

    @property
    def database_url(self) -> str:
        return f"postgresql://feedback@{quote(str(self.socket_dir), safe='')}:5432/feedback"

    @property
    def redis_socket(self) -> Path:
        return self.socket_dir / "valkey.sock"

    @property
    def redis_url(self) -> str:
        """The broker's address as Celery spells it; redis-py wants another (``core.redis_url``)."""
        return f"redis+socket://{self.redis_socket}?virtual_host=0"

    def secret_key(self) -> str:
        """Return the installation's key, made at first use and kept in the data folder with mode 0600."""
        path = self.data_dir / "secret_key"
        if not path.exists():
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    """Return where the services of ``data_dir`` live; the same answer in every process of this user.

    Sockets lie in the data folder itself; where that is too long a path, in a private folder of /tmp.
    No environment variable counts (a cron job and a shell must find the same sockets).
    """
    inside = data_dir / "run"
    if len(os.fsencode(inside / _LONGEST_SOCKET_NAME)) < _SOCKET_PATH_BYTES - 7:
        return EmbeddedPaths(data_dir, inside)
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:10]
    return EmbeddedPaths(data_dir, Path(f"/tmp/feedback-{os.getuid()}-{digest}"))  # noqa: S108  # made private below


def make_private_dir(path: Path) -> None:
    """Make ``path`` with mode 0700, or check that it is a real folder of this user and tighten its mode.

    Raises EmbeddedError where somebody else could have put it there.
    """
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        pass
    except OSError as error:
        raise EmbeddedError(f"Cannot make the folder {path}: {error.strerror}.") from error
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedError(
            f"{path} is not a folder of this user. Remove it, run as its owner, "
            "or set FEEDBACK_DATA_DIR to another folder."
        )
    if found.st_mode & 0o077:
        path.chmod(0o700)
