"""Keyword rules at work: on new feedback once, over history as asked, never against a person's word."""

import pytest

from apps.core import lanes, outbox
from apps.insight import services as insight
from apps.tagging import rules, services
from apps.tagging.models import LedgerRow, Pair, RuleRun, Tagging
from tests.factories import FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db

DRIFT, OTHER = "The stage drifts after an hour.", "The manual is clear."


@pytest.fixture
def tag():
    return TagFactory(name="Drift", team=TeamFactory())


@pytest.fixture
def rule(tag):
    return services.create_rule(tag=tag, phrases=["drifts"])


def run(rule, kind=RuleRun.Kind.APPLY) -> RuleRun:
    """Take ``rule`` over history to the end."""
    started = rules.start_run(rule, kind=kind)
    while rules.advance_run():
        pass
    started.refresh_from_db()
    assert started.finished_at is not None
    return started


def counted(tag) -> list[int]:
    return list(
        Pair.objects.filter(tag=tag, is_counted=True).order_by("feedback_id").values_list("feedback", flat=True)
    )


# --- over history -------------------------------------------------------------------------------------------------


def test_a_run_tags_what_fits_and_counts_it(tag, rule, monkeypatch):
    monkeypatch.setattr(rules, "RUN_BATCH", 2)
    texts = [DRIFT, OTHER, DRIFT, DRIFT, OTHER]
    rows = [FeedbackFactory(text=text) for text in texts]

    done = run(rule)

    fitting = [row.pk for row, text in zip(rows, texts, strict=True) if text == DRIFT]
    assert (done.changed_count, counted(tag)) == (3, fitting)
    assert set(Tagging.objects.values_list("source", "state", "rule", "user")) == {("rule", "confirmed", rule.pk, None)}
    assert not rules.has_open_runs()


def test_a_run_leaves_what_comes_after_its_start_to_the_reader(tag, rule):
    rules.start_run(rule)
    FeedbackFactory(text=DRIFT)

    assert (rules.advance_run(), rules.advance_run()) == (1, 0)
    assert counted(tag) == []


def test_a_second_run_changes_nothing(tag, rule):
    FeedbackFactory(text=DRIFT)
    run(rule)
    booked = LedgerRow.objects.count()

    assert run(rule).changed_count == 0
    assert (len(counted(tag)), LedgerRow.objects.count()) == (1, booked)


def test_taking_back_leaves_what_people_said(tag, rule, monkeypatch):
    monkeypatch.setattr(rules, "RUN_BATCH", 1)
    alone, also_by_hand, third = (FeedbackFactory(text=DRIFT) for _ in range(3))
    run(rule)
    services.confirm_tag(feedback_id=also_by_hand.pk, tag=tag, user=UserFactory())

    taken_back = [run(rule, RuleRun.Kind.WITHDRAW).changed_count for _ in range(2)]

    assert taken_back == [3, 0]
    assert counted(tag) == [also_by_hand.pk]
    assert run(rule).changed_count == 3
    assert counted(tag) == [alone.pk, also_by_hand.pk, third.pk]


def test_a_persons_rejection_outlives_every_run(tag, rule):
    rejected, kept = FeedbackFactory(text=DRIFT), FeedbackFactory(text=DRIFT)
    run(rule)
    services.reject_tag(feedback_id=rejected.pk, tag=tag, user=UserFactory())

    changed = [run(rule).changed_count, run(rule, RuleRun.Kind.WITHDRAW).changed_count, run(rule).changed_count]

    assert changed == [0, 1, 1]
    assert counted(tag) == [kept.pk]


def test_a_rule_of_one_product_stays_with_it(tag):
    laser, pump = ProductFactory(), ProductFactory()
    of_laser, _ = FeedbackFactory(product=laser, text=DRIFT), FeedbackFactory(product=pump, text=DRIFT)

    assert run(services.create_rule(tag=tag, phrases=["drifts"], product=laser)).changed_count == 1
    assert counted(tag) == [of_laser.pk]


def test_runs_are_done_one_after_the_other(tag, rule):
    FeedbackFactory(text=DRIFT)
    rules.start_run(rule)
    rules.start_run(rule, kind=RuleRun.Kind.WITHDRAW)

    while rules.advance_run():
        pass

    assert list(RuleRun.objects.order_by("id").values_list("kind", "changed_count")) == [("apply", 1), ("withdraw", 1)]
    assert (counted(tag), Tagging.objects.count()) == ([], 0)


def test_nothing_to_run_is_no_work():
    assert (rules.advance_run(), rules.has_open_runs()) == (0, False)


# --- on new feedback ----------------------------------------------------------------------------------------------


def test_the_rules_see_new_feedback_once(tag, rule):
    row = FeedbackFactory(text=DRIFT)
    insight.read_feedback([row.pk])
    lanes.settle()
    assert counted(tag) == [row.pk]
    run(rule, RuleRun.Kind.WITHDRAW)

    insight.read_feedback([row.pk], is_forced=True)
    lanes.settle()

    assert counted(tag) == []


def test_a_rule_made_later_waits_for_new_feedback_or_a_run(tag):
    old = FeedbackFactory(text=DRIFT)
    insight.read_feedback([old.pk])
    lanes.settle()
    services.create_rule(tag=tag, phrases=["drifts"])
    new = FeedbackFactory(text=DRIFT)

    insight.read_feedback([old.pk, new.pk], is_forced=True)
    lanes.settle()

    assert counted(tag) == [new.pk]


@pytest.mark.parametrize("fields", [{"text": ""}, {"text": OTHER}, {"state": "held"}])
def test_what_fits_not_or_waits_for_review_does_not_count(tag, rule, fields):
    row = FeedbackFactory(**{"text": DRIFT, **fields})

    rules.tag_new_feedback([row.pk, row.pk + 1_000_000])

    assert counted(tag) == []


def test_a_rule_switched_off_says_nothing(tag, rule):
    services.set_rule_active(rule, is_active=False)
    row = FeedbackFactory(text=DRIFT)

    rules.tag_new_feedback([row.pk])

    assert counted(tag) == []


def test_new_feedback_that_a_person_rejected_first_stays_rejected(tag, rule):
    row = FeedbackFactory(text=DRIFT)
    services.reject_tag(feedback_id=row.pk, tag=tag, user=UserFactory())

    rules.tag_new_feedback([row.pk])

    assert counted(tag) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_new_feedback_costs_the_same_by_the_batch(tag, rule, rows, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(outbox, "wake_dispatcher", lambda: None)  # it notifies now and then
    ids = [FeedbackFactory(text=DRIFT).pk for _ in range(rows)]

    with django_assert_num_queries(9):
        rules.tag_new_feedback(ids)
