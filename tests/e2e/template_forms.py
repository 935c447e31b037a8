"""Run inside the platform's environment: open a form of every template, at /f/template-<purpose>/.

python -m tests.e2e.template_forms
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import django

django.setup()  # before the models are imported

from django.utils import translation  # noqa: E402

from apps.catalog.services import create_product  # noqa: E402
from apps.feedback.questionnaire import purposes  # noqa: E402
from apps.feedback.services.public_forms import create_form  # noqa: E402


def main() -> None:
    product = create_product(name="Every template")
    with translation.override("en"):
        for purpose in purposes.TEMPLATES:
            made = purposes.definition_of(purpose, ["en"])
            create_form(product=product, purpose=purpose, slug=f"template-{purpose}", title=made["title"]["en"])


if __name__ == "__main__":
    main()
