"""``manage.py services``: hold the embedded servers for other tools, say psql."""

import signal

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Keep PostgreSQL and Valkey of the data folder running until Ctrl-C, and print how to reach them."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"DATABASE_URL={settings.DATABASE_URL or settings.EMBEDDED.database_url}")
        self.stdout.write(f"REDIS_URL={settings.REDIS_URL}")
        self.stdout.write("Ctrl-C lets go of them.")
        self.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
