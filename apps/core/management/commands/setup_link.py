"""``manage.py setup_link``: the way in to a new installation."""

from django.core.management.base import BaseCommand, CommandError

from apps.core.supervisor.demo import first_administrator_link


class Command(BaseCommand):
    help = "Print the one-time link that makes the first administrator."

    def handle(self, *args: object, **options: object) -> None:
        link = first_administrator_link()
        if link is None:
            raise CommandError("There is an administrator already.")
        self.stdout.write(link)
