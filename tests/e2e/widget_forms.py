"""Run inside the platform's environment: make forms for the widget's tests, and print their names as one JSON object.

python -m tests.e2e.widget_forms ORIGIN    (the site that may show them)
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import django

django.setup()  # before the models are imported

from apps.accounts.services import create_user  # noqa: E402
from apps.catalog.services import create_product  # noqa: E402
from apps.feedback.models import Form  # noqa: E402
from apps.feedback.services.public_forms import create_form  # noqa: E402
from apps.feedback.services.widget_secrets import make_secret  # noqa: E402


def main() -> None:
    product = create_product(name="Widget scope", team=None)
    for slug, purpose in (("w-nps", "nps"), ("w-ces", "ces"), ("w-long", "product")):
        form = create_form(product=product, slug=slug, title=f"About {slug}", purpose=purpose)
        Form.objects.filter(pk=form.pk).update(frame_origins=[sys.argv[1]])
    user = create_user(email="widget@example.org", password="a-long-password-of-tests", name="Widget")
    print(json.dumps({"secret": make_secret(product=product, user=user)}))  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
