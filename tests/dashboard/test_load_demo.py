"""``load_demo``: into an empty installation only, once, and more of it for trials."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string

from apps.accounts.models import Team, User
from apps.catalog.models import Product
from apps.core import lanes
from apps.core.errors import DomainError
from apps.dashboard.demo import pieces, trials
from apps.dashboard.demo.loading import NotEmptyError, load_demo
from apps.dashboard.demo.stage import set_the_stage
from apps.feedback.models import Feedback
from apps.feedback.services import Capture, capture
from apps.priorities import check
from apps.tagging.models import Tag
from tests.factories import ProductFactory, UserFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (User, Team, Product, Tag, Feedback)}


NOTHING = {"User": 0, "Team": 0, "Product": 0, "Tag": 0, "Feedback": 0}


@pytest.fixture
def small_demo(db, monkeypatch):
    """A demo of its people, products and tags, and of no feedback yet; trials come in batches of 40."""
    monkeypatch.setattr(trials, "TOTAL", 0)
    monkeypatch.setattr(trials, "BATCH", 40)
    set_the_stage(NOON.date())
    lanes.settle()


def test_the_command_says_how_to_sign_in_and_then_that_nothing_is_to_do(db, monkeypatch):
    monkeypatch.setattr("apps.dashboard.demo.loading.pieces", lambda today: pieces.pieces(today)[:20])
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


def test_half_a_load_leaves_nothing_and_the_next_one_starts_over(db, monkeypatch):
    monkeypatch.setattr("apps.dashboard.demo.loading.pieces", lambda today: pieces.pieces(today)[:20])
    with monkeypatch.context() as broken:
        broken.setattr("apps.dashboard.demo.triage.decide", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load_demo(now=NOON)
        assert counts() == NOTHING

    assert load_demo(now=NOON) == 20


# --- trials -------------------------------------------------------------------------------------------------------


def texts() -> list[tuple[str, str]]:
    return list(Feedback.objects.order_by("external_id").values_list("external_id", "text"))


def test_trials_fill_up_to_the_number_asked_for(small_demo):
    told: list[tuple[int, int]] = []

    new = trials.load_trials(100, now=NOON, report=lambda done, wanted: told.append((done, wanted)))

    assert (new, Feedback.objects.count()) == (100, 100)
    assert told == [(40, 100), (80, 100), (100, 100)]
    assert check.compare_levels().is_equal
    assert trials.load_trials(100, now=NOON) == 0


def test_the_words_of_a_trial_depend_on_its_number_alone(small_demo):
    trials.load_trials(100, now=NOON)
    whole = texts()

    made = [piece.text for first in (0, 40) for piece in trials._pieces(range(first, first + 40))]

    assert {text for _, text in whole} >= set(made)


def test_trials_go_on_after_a_batch_that_failed(small_demo, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("apps.dashboard.demo.triage.tag", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trials.load_trials(80, now=NOON)
        assert Feedback.objects.count() == 0
    trials.load_trials(40, now=NOON)

    assert trials.load_trials(80, now=NOON) == 40
    assert Feedback.objects.count() == 80


@pytest.mark.parametrize("total", [-1, 1_000_001])
def test_trials_refuse_a_number_out_of_range(small_demo, total):
    with pytest.raises(DomainError):
        trials.load_trials(total, now=NOON)


def test_trials_need_a_demo(db):
    with pytest.raises(DomainError, match="no demo"):
        trials.load_trials(6_000, now=NOON)
