"""Open a public form for a product."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from apps.catalog.models import Product
from apps.core.errors import DomainError
from apps.feedback.imports.runner import find_product
from apps.feedback.services.public_forms import create_form


class Command(BaseCommand):
    help = "Make a public form, through which anybody can tell you about a product, and print its address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("product_slug")
        parser.add_argument("--title", required=True, help="the form's heading, like 'Tell us about the Laser'")
        parser.add_argument("--intro", default="", help="a sentence or two below it")
        parser.add_argument("--closed", action="store_true", help="do not take feedback yet")

    def handle(self, *args: object, **options: object) -> None:
        try:
            product = Product.objects.get(pk=find_product(str(options["product_slug"])))
            form = create_form(
                product=product,
                title=str(options["title"]),
                intro=str(options["intro"]),
                is_open=not options["closed"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{settings.PUBLIC_URL}{reverse('feedback:form', args=[form.slug])}")
