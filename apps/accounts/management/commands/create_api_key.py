"""Make an API key: ``create_api_key "CRM bridge" --scopes feedback:write,feedback:read``."""

from argparse import ArgumentParser
from datetime import date

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.scopes import SCOPES
from apps.accounts.services import create_api_key


class Command(BaseCommand):
    help = "Make an API key and print it, alone, on standard output. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--scopes", required=True, help=f"with commas between: {', '.join(SCOPES)}")

        parser.add_argument("--last-day", type=date.fromisoformat, help="it works to the end of it: 2027-03-31")

    def handle(self, *, name: str, scopes: str, last_day: date | None, **options: object) -> None:
        try:
            row, secret = create_api_key(
                name=name, scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()], last_day=last_day
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stderr.write(f"Key {row.prefix}… for {row.name}: {', '.join(row.scopes)}. It is shown only once.")
        self.stdout.write(secret)
