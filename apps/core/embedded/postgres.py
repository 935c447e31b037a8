"""The embedded PostgreSQL: a cluster of its own in the data folder, reached by a private Unix socket only."""

import locale
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from apps.core.embedded import processes
from apps.core.embedded.binaries import postgres_program
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.layout import EmbeddedPaths
from apps.core.embedded.service import Service, launched, require_space

SPACE_NEEDED_BYTES = 150_000_000
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_NOT_DURABLE = dict.fromkeys(_DURABLE, "off")  # for tests: nothing of it must survive
_BUFFERS_MB = (128, 1024)  # at least and at most: what an import of a million rows touches again and again


def _buffers() -> str:
    """Return how much PostgreSQL keeps in memory of its own: a sixteenth of the machine's, within limits."""
    machine_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    least, most = _BUFFERS_MB
    return f"{min(max(machine_mb // 16, least), most)}MB"


_SETTINGS = {
    "listen_addresses": "",  # no network: the socket's folder is the only door
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": _buffers(),
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",  # costs more than it saves on short queries
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": "1000",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_checkpoints": "off",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
    "log_line_prefix": "%m [%p] %q%a ",
}


class Postgres(Service):
    """PostgreSQL; as root it runs as the unprivileged owner of its folder (launch.py)."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast: sessions end, everything committed stays

    def __init__(self, paths: EmbeddedPaths, *, is_durable: bool) -> None:
        super().__init__(paths)
        self._is_durable = is_durable

    @property
    def work_dir(self) -> Path:
        return self.paths.postgres_dir

    def prepare(self) -> None:
        if not self.work_dir.exists():
            self._init()
        self._check_folder()
        require_space(self.work_dir, need_bytes=SPACE_NEEDED_BYTES // 10)
        socket = self.paths.socket_dir / ".s.PGSQL.5432"
        for stale in (self.work_dir / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
            stale.unlink(missing_ok=True)  # nobody lives: start() has ended them, and the keeper's lock is ours

    def command(self) -> list[str]:
        settings = _SETTINGS | (_DURABLE if self._is_durable else _NOT_DURABLE)
        settings |= {
            "log_directory": str(self.paths.log_dir),
            "unix_socket_directories": str(self.paths.socket_dir),
        }
        switches = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(postgres_program("postgres")), "-D", str(self.work_dir), *switches]

    def launch_options(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        uid = self.work_dir.stat().st_uid if self.work_dir.exists() else unprivileged_uid()
        return ["--uid", str(uid)]

    def check_ready(self) -> bool:
        """The postmaster writes its state into the last line of its own file."""
        try:
            lines = (self.work_dir / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def explain_failure(self, output: str) -> str:
        newest = max(self.paths.log_dir.glob("postgresql-*.log"), key=lambda log: log.stat().st_mtime, default=None)
        said = output + (newest.read_text(errors="replace")[-2000:] if newest else "")
        if "No space left on device" in said:
            return f"The disk of {self.work_dir} is full: free some space and start again."
        if "Permission denied" in said and os.geteuid() == 0:
            return (
                "PostgreSQL refuses to run as root, and this system does not let an unprivileged user into "
                f"{self.paths.data_dir}. Run as an ordinary user, set FEEDBACK_DATA_DIR to a folder that "
                f"everybody may enter, or set DATABASE_URL. ({said.strip()[-300:]})"
            )
        return super().explain_failure(said)

    # --- the cluster's folder -------------------------------------------------------------------------------
    def _init(self) -> None:
        """Make the cluster beside its place and move it there: a half-made one is never taken for whole."""
        require_space(self.paths.data_dir, need_bytes=SPACE_NEEDED_BYTES)
        draft = self.paths.data_dir / "postgres.new"
        processes.end(lambda: processes.working_in(draft), politely=None, seconds=0)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        options = []
        if os.geteuid() == 0:
            uid = unprivileged_uid()
            os.chown(draft, uid, -1)
            options = ["--uid", str(uid)]
        initdb = [
            str(postgres_program("initdb")),
            "-D",
            str(draft),
            "-U",
            "feedback",
            "--auth=trust",
            "--encoding=UTF8",
        ]
        self._run([*initdb, *_locale_switches(), "--no-instructions"], options)
        single_user = [str(postgres_program("postgres")), "--single", "-D", str(draft), "postgres"]
        self._run(single_user, options, statement="CREATE DATABASE feedback")
        draft.rename(self.work_dir)

    def _run(self, command: list[str], options: list[str], *, statement: str = "") -> None:
        done = subprocess.run(
            launched(command, death_signal=signal.SIGKILL, options=options),
            input=statement.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise EmbeddedError(self.explain_failure(done.stdout.decode(errors="replace")))

    def _check_folder(self) -> None:
        version_file = self.work_dir / "PG_VERSION"
        owner = self.work_dir.stat().st_uid
        if os.geteuid() not in {0, owner}:
            raise EmbeddedError(f"{self.work_dir} belongs to the user with id {owner}: run as that user.")
        if not version_file.exists():
            raise EmbeddedError(
                f"{self.work_dir} is not a PostgreSQL cluster. Move it away, "
                "or set FEEDBACK_DATA_DIR to another folder."
            )
        have, need = version_file.read_text().strip(), _major_version()
        if have != need:
            raise EmbeddedError(
                f"{self.work_dir} was made by PostgreSQL {have}, this is {need}. Make a backup with the "
                "older release of this platform, move the folder away and restore the backup."
            )


def unprivileged_uid() -> int:
    """Return the id of an existing account without rights, for a server started by root."""
    for name in ("nobody", "postgres", "daemon"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise EmbeddedError("PostgreSQL refuses to run as root and there is no account `nobody`: run as an ordinary user.")


def _locale_switches() -> list[str]:
    """Sort by code point, whatever the system's language; letters are Unicode's."""
    switches = ["--locale=C"]
    if int(_major_version()) >= 17:
        switches += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    before = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return [*switches, f"--lc-ctype={name}"]
    return switches


def _major_version() -> str:
    said = subprocess.run(
        [postgres_program("postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[2].split(".")[0]
