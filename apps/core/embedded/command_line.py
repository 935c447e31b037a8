"""What manage.py does around a command: the servers it needs, and tables in a new data folder."""

import os
import sys
from contextlib import ExitStack

from apps.core.embedded.client import SERVICES, services_in_use
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.locks import FileLock

NEED_NO_SERVICES = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages"}
    | {"sendtestemail", "spectacular", "startapp", "startproject", "version"}
)
NEED_BROKER = frozenset({"dispatch", "runserver"})  # with a database of one's own, the others work without
START_THEIR_OWN = frozenset({"up"})
NEED_NO_TABLES = frozenset(
    {"flush", "makemigrations", "migrate", "restore", "services", "showmigrations", "sqlmigrate"}
)


def run(argv: list[str]) -> None:
    """Run ``manage.py``'s command line; start what it needs and let it stop afterwards."""
    from django.core.management import execute_from_command_line

    command = argv[1] if len(argv) > 1 else "help"
    if command == "up":
        from apps.core.supervisor.arguments import apply_arguments

        apply_arguments(argv[2:])
    try:
        with ExitStack() as stack:
            if needed := services_needed(command, argv):
                from django.conf import settings

                stack.enter_context(services_in_use(settings.EMBEDDED, needed))
                if "postgres" in needed and command not in NEED_NO_TABLES:
                    migrate_when_new()
            from apps.core.acting import RUNS_FOR_LONG, acting  # not above: it reads the settings

            if command not in RUNS_FOR_LONG and not is_harmless(command, argv):
                stack.enter_context(acting(via=f"system: {command}"))
            execute_from_command_line(argv)
    except EmbeddedError as error:
        sys.exit(f"{error}")


def services_needed(command: str, argv: list[str]) -> tuple[str, ...]:
    """Return which embedded servers ``command`` needs under the settings in force."""
    if is_harmless(command, argv):
        return ()
    missing = services_missing()
    return missing if "postgres" in missing or command in NEED_BROKER else ()


def is_harmless(command: str, argv: list[str]) -> bool:
    """Tell a command that touches no database, or looks after its own servers."""
    asks_help = bool({"--help", "-h", "--version"} & set(argv[2:]))
    return asks_help or command.startswith("-") or command in NEED_NO_SERVICES | START_THEIR_OWN


def services_missing() -> tuple[str, ...]:
    """Return the servers that no environment variable names: those are embedded."""
    named = {"postgres": os.environ.get("DATABASE_URL"), "valkey": os.environ.get("REDIS_URL")}
    return tuple(name for name in SERVICES if not named[name])


def migrate_when_new() -> None:
    """Make the tables of a data folder that has none. An older one is left to ``migrate`` and ``up``."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    with FileLock(settings.EMBEDDED.run_dir / "migrate.lock") as lock:
        lock.exclusive()  # two commands on a new folder: the second waits
        if "django_migrations" not in connection.introspection.table_names():
            print(f"New data folder {settings.EMBEDDED.data_dir}: making its tables.", file=sys.stderr)  # noqa: T201
            call_command("migrate", verbosity=0)
    connection.close()
