"""``load_demo``: into an empty installation only, and once."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.dashboard.demo.loading import NotEmptyError, load_demo
from apps.feedback.models import Feedback
from apps.feedback.services import Capture, capture
from apps.tagging.models import Tag
from tests.factories import ProductFactory, UserFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (User, Team, Product, Tag, Feedback)}


NOTHING = {"User": 0, "Team": 0, "Product": 0, "Tag": 0, "Feedback": 0}


def test_the_command_says_how_to_sign_in_and_then_that_nothing_is_to_do(db):
    first, second = StringIO(), StringIO()

    call_command("load_demo", stdout=first)
    call_command("load_demo", stdout=second)

    said = first.getvalue()
    assert all(line in said for line in import_string(settings.DEMO_SIGN_INS)())
    assert second.getvalue() == "The demo data is here already: nothing to do.\n"


def test_real_staff_keep_the_demo_away(db):
    UserFactory(email="real@example.com")

    with pytest.raises(NotEmptyError):
        load_demo(now=NOON)
    with pytest.raises(CommandError, match="only into an empty installation"):
        call_command("load_demo")
    assert counts() == NOTHING | {"User": 1}


def test_real_feedback_keeps_the_demo_away(db):
    capture(Capture(product_id=ProductFactory().pk, channel="api", text="Real words."))

    with pytest.raises(NotEmptyError):
        load_demo(now=NOON)
    assert counts() == NOTHING | {"Product": 1, "Feedback": 1}


def test_an_installation_that_sends_mail_keeps_the_demo_away(db, settings):
    settings.EMAIL_URL = "smtp://localhost:25"

    with pytest.raises(NotEmptyError):
        load_demo(now=NOON)
    assert counts() == NOTHING
