"""``manage.py rebuild_queues``: make the whole roll-up anew."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.priorities import first_look, rebuild


class Command(BaseCommand):
    help = "Book every feedback again and make cells, voices, volume and standings anew. Safe beside live traffic."

    def handle(self, *args: object, **options: object) -> None:
        corrected = rebuild.rebook_everything(on_progress=self._progress)
        rebuild.rebuild_queues()
        first_look.rebuild_first_looks(timezone.localdate())
        self.stdout.write(f"{corrected} bookings corrected; cells, voices, volume and standings rebuilt")

    def _progress(self, done: int) -> None:
        if done % 10_000 == 0:
            self.stderr.write(f"{done} feedback booked")
