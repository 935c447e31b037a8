"""Policy, factors and segment weights: applied when derived, no feedback row read."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from apps.core import lanes
from apps.core.errors import DomainError
from apps.core.jobs import run_due_jobs
from apps.customers.models import Segment
from apps.customers.services import set_segment_weight
from apps.priorities import derive, fold, rebuild, selectors, services, snapshots
from apps.priorities.check import compare_levels
from apps.priorities.models import Policy, Priority, Snapshot, Standing
from apps.tagging import services as tagging
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """A tag on which one customer of a segment of weight 2 spoke 30 days ago, and one without segment today."""
    team, user, today = TeamFactory(), UserFactory(), timezone.localdate()
    tag = TagFactory(team=team)
    for segment, days_ago in ((SegmentFactory(weight=2), 30), (None, 0)):
        feedback = FeedbackFactory(
            customer=CustomerFactory(segment=segment), captured_on=today - timedelta(days=days_ago)
        )
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    lanes.settle()
    return tag


def score(tag) -> float:
    queue = selectors.queue(tag.effective_team)
    return round([*queue.entries, *queue.too_few][0].score, 9)


def test_the_first_policy_is_made_by_itself(told):
    assert score(told) == 2.0
    assert list(Policy.objects.values_list("version", "half_life_days")) == [(1, 30)]


def test_a_new_policy_is_a_new_version_and_derives_at_once(told):
    policy = services.change_policy(told.effective_team, user=None, changes={"half_life_days": 15})

    assert (policy.version, score(told)) == (2, 1.5)
    assert Policy.objects.count() == 2
    assert compare_levels().is_equal


def test_weights_of_the_policy_beat_those_of_the_segment(told):
    segment = Segment.objects.get()

    services.change_policy(told.effective_team, user=None, changes={"segment_weights": {str(segment.pk): 6}})

    assert score(told) == 4.0
    assert compare_levels().is_equal


def test_a_segments_weight_reaches_every_standing(told):
    set_segment_weight(segment=Segment.objects.get(), weight=4)
    lanes.settle()

    assert score(told) == 3.0
    assert compare_levels().is_equal


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"half_life_days": 2}, ValidationError),
        ({"half_life_days": 1827}, ValidationError),
        ({"team": 1}, DomainError),
    ],
)
def test_a_policy_out_of_range_is_refused(told, changes, error):
    with pytest.raises(error):
        services.change_policy(told.effective_team, user=None, changes=changes)

    assert Policy.objects.count() == 1


def test_alignment_and_effort_are_factors_of_the_score(told):
    user = UserFactory()
    services.set_alignment(told, alignment=1.5, user=user)
    services.set_effort(told, effort="large", user=user)

    page = selectors.priority_page(told)
    assert page is not None
    assert score(told) == pytest.approx(2.0 * 1.5 * 0.8)
    assert page.explanation.score == pytest.approx(score(told))
    assert compare_levels().is_equal


def test_state_and_owner_travel_with_the_tag(told):
    member = UserFactory(role="scientist", team=told.effective_team)
    services.set_state(told, state="planned", user=member)
    services.set_owner(told, owner=member, user=member)

    tagging.set_tag_team(told, team=TeamFactory())
    lanes.settle()

    assert list(Priority.objects.values_list("state", "owner")) == [("planned", member.pk)]


@pytest.mark.parametrize(
    "act",
    [
        lambda tag, user: services.set_state(tag, state="nonsense", user=user),
        lambda tag, user: services.set_owner(tag, owner=user, user=user),
        lambda tag, user: services.set_alignment(tag, alignment=9, user=user),
        lambda tag, user: services.set_effort(tag, effort="epic", user=user),
        lambda tag, user: services.set_state(TagFactory(), state="new", user=user),
    ],
)
def test_what_makes_no_sense_is_refused(told, act):
    with pytest.raises(DomainError):
        act(told, UserFactory())

    assert not Priority.objects.exists()


def test_a_snapshot_is_taken_once_a_day_and_never_changes(told):
    day = date(2026, 3, 2)
    assert snapshots.take_snapshots(day) == 1
    taken = Snapshot.objects.get()
    services.set_alignment(told, alignment=3, user=UserFactory())

    snapshots.take_snapshots(day)

    assert Snapshot.objects.get().score == taken.score
    assert (taken.rank, taken.feedback_count, taken.customer_count, taken.state) == (None, 2, 2, "new")


def test_daily_jobs_run_once_a_day(told):
    tomorrow = timezone.localdate() + timedelta(days=1)

    done = run_due_jobs(today=tomorrow)
    assert [name for name in done if name.startswith("priorities.")][:2] == [
        "priorities.snapshots",
        "priorities.refresh",
    ]
    assert run_due_jobs(today=tomorrow) == []

    assert Snapshot.objects.get().day == timezone.localdate()
    assert Standing.objects.get().trend_on == tomorrow


def test_a_landmark_moves_before_doubles_end_and_the_scores_stay(told):
    policy = Policy.objects.get()
    Policy.objects.update(half_life_days=3, landmark_on=timezone.localdate() - timedelta(days=3 * 400))
    derived = Policy.objects.get()
    derive.refresh_team(told.effective_team)
    before = score(told)

    derive.refresh_all(timezone.localdate())

    assert Policy.objects.get().landmark_on > derived.landmark_on
    assert policy.version == 1
    assert score(told) == pytest.approx(before)


def test_rebuilding_mends_what_a_bug_broke(told):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tagging_pair SET is_unhappy = true")
        cursor.execute("UPDATE priorities_cell SET feedback_count = 99")
        cursor.execute("DELETE FROM priorities_voice")
    assert not compare_levels().is_equal

    assert rebuild.rebook_everything() == 2
    rebuild.rebuild_cells()
    while fold.fold_ledger():
        pass

    assert compare_levels().is_equal
    assert score(told) == 2.0


@pytest.mark.parametrize("weights", [{"x": 1}, {"1": "abc"}, {"1": 1e308}, {"1": -1}, {"1": True}, [1]])
def test_weights_that_are_no_weights_are_refused(told, weights):
    with pytest.raises(ValidationError):
        services.change_policy(told.effective_team, user=None, changes={"segment_weights": weights})


def test_looking_at_a_queue_writes_nothing():
    selectors.queue(TeamFactory())

    assert not Policy.objects.exists()
