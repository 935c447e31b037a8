"""Run inside the platform's environment: make what a harness needs, and print it as one JSON object.

python -m tests.faults.tenant NAME < rules.json    (rules: tag name to list of phrases)
"""

import json
import os
import secrets
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "feedback_platform.settings")

import django

django.setup()  # before the models are imported

from apps.accounts.scopes import SCOPES  # noqa: E402
from apps.accounts.services import create_api_key, create_team, create_user, set_membership  # noqa: E402
from apps.catalog.services import create_product  # noqa: E402
from apps.feedback.services.public_forms import create_form  # noqa: E402
from apps.tagging.services import create_rule, create_tag  # noqa: E402


def main() -> None:
    name, rules = sys.argv[1], json.load(sys.stdin)
    team = create_team(name=f"{name} team")
    product = create_product(name=name, team=team)
    form = create_form(product=product, slug=product.slug, title=f"About {name}")
    tags = {}
    for tag_name, phrases in rules.items():
        tag = create_tag(name=tag_name, team=team)
        create_rule(tag=tag, phrases=phrases)
        tags[tag_name] = tag.slug
    email, password = f"{product.slug}@example.org", secrets.token_urlsafe(16)
    user = create_user(email=email, password=password, name="Analyst")
    set_membership(user=user, team=team, role="analyst")
    _, secret = create_api_key(name=name, scopes=list(SCOPES))
    made = {"api_key": secret, "product": product.slug, "form": form.slug, "team": team.slug, "tags": tags}
    print(json.dumps(made | {"email": email, "password": password}))  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
