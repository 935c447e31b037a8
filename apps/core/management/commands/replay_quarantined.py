"""``python manage.py replay_quarantined``: outbox rows that failed three times are tried again."""

from django.core.management.base import BaseCommand

from apps.core import outbox


class Command(BaseCommand):
    help = "Give every quarantined outbox row three new tries, once the reason is mended. Prints how many there were."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(str(outbox.replay_quarantined()))
