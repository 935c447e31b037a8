"""Undo a whole import: its feedback is withdrawn and counts no more."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from apps.feedback.models import Import
from apps.feedback.services.imports import undo_import


class Command(BaseCommand):
    help = "Withdraw everything one import brought (list_imports shows their numbers). It can be imported again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int)

    def handle(self, *args: object, **options: object) -> None:
        import_id = int(str(options["id"]))
        try:
            withdrawn = undo_import(import_id=import_id)
        except Import.DoesNotExist:
            raise CommandError(f"There is no import {import_id}; list_imports shows them.") from None
        if withdrawn:
            self.stdout.write(f"Import {import_id} undone: {withdrawn} rows withdrawn.")
        else:
            self.stdout.write(f"Import {import_id} holds nothing (any more): nothing to withdraw.")
