"""PostgreSQL's own programs, pointed at the database of the settings."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection
from psycopg2.extensions import parse_dsn

from apps.core.embedded.binaries import postgres_program
from apps.core.errors import DomainError


class ProgramError(DomainError):
    """pg_dump or psql failed; says what it said."""


def _environment() -> Mapping[str, str]:
    """Return libpq's variables: a password on a command line could be read by anybody on the machine."""
    found = parse_dsn(settings.DATABASE_DIRECT_URL)
    found["dbname"] = connection.settings_dict["NAME"]  # the suite's database has another name
    names = {
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "host": "PGHOST",
        "port": "PGPORT",
    }
    names |= {
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
    }
    return {**os.environ, **{names[key]: value for key, value in found.items() if key in names}}


def dump(path: Path, *, snapshot: str) -> None:
    """Write the database as the exported ``snapshot`` sees it to ``path``, in pg_dump's custom format."""
    _run(
        [
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={path}",
        ]
    )


def restore(path: Path, *, replace: bool) -> None:
    """Fill the database from ``path`` in one transaction: after an error everything is as before.

    With ``replace`` all tables that are there are dropped in the same transaction.
    """
    first = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;" if replace else "SELECT 1;"
    script = subprocess.Popen(
        [postgres_program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    switches = [
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    try:
        _run(["psql", *switches, f"--command={first}", "--file=-"], stdin=script.stdout)
    finally:
        _, said = script.communicate()
    if script.returncode:
        raise ProgramError(f"pg_restore failed: {said.decode(errors='replace').strip()[-800:]}")


def _run(command: list[str], *, stdin: IO[bytes] | None = None) -> None:
    done = subprocess.run(
        [postgres_program(command[0]), *command[1:]],
        env=_environment(),
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"{command[0]} failed: {done.stdout.decode(errors='replace').strip()[-800:]}")
