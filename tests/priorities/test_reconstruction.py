"""Queues of days past, as today's knowledge has them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.core import lanes
from apps.priorities.models import Snapshot
from apps.priorities.reconstruction import PastState, reconstruct_snapshots
from apps.priorities.services import change_policy, set_alignment
from apps.priorities.snapshots import take_snapshots
from apps.tagging.batches import Statement, confirm_tags
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    SegmentFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def tags(team):
    return [TagFactory(team=team) for _ in range(3)]


@pytest.fixture
def history(team, tags) -> date:
    """Feedback of 40 days on three tags, by known and unknown customers; returns today."""
    today, user = timezone.localdate(), UserFactory()
    organisations = [OrganisationFactory(segment=SegmentFactory(weight=weight)) for weight in (0.5, 3.0)]
    customers = [CustomerFactory(organisation=organisations[at % 2]) for at in range(5)]
    statements = []
    for number in range(36):
        customer = customers[number % 5] if number % 4 else None
        feedback = FeedbackFactory(
            customer=customer,
            identity="verified" if customer else "anonymous",
            captured_on=today - timedelta(days=40 - number),
            rating=1 + number % 5,
        )
        statements.append(Statement(feedback.pk, tags[number % 3].pk, user.pk, number % 4, number % 7 == 0))
    confirm_tags(statements)
    lanes.settle()
    return today


def rows(day: date) -> list[tuple[object, ...]]:
    found = Snapshot.objects.filter(day=day).order_by("tag_id")
    return [
        (s.tag_id, s.team_id, s.rank, round(s.score, 9), s.customer_count, s.anonymous_count, s.feedback_count, s.state)
        for s in found
    ]


@pytest.mark.parametrize("counted", ["customers", "organisations"])
def test_today_reconstructed_is_today_as_it_is(team, tags, history, counted):
    change_policy(team, user=None, changes={"counted": counted, "repeat_weight": 0.1, "min_voices": 2})
    set_alignment(tags[1], alignment=1.7, user=UserFactory())
    take_snapshots(history)
    taken = rows(history)
    Snapshot.objects.all().delete()

    assert reconstruct_snapshots([history]) == 3
    assert rows(history) == taken


def test_a_past_day_knows_nothing_of_what_came_after(tags, history):
    reconstruct_snapshots([history - timedelta(days=38), history - timedelta(days=20)])

    assert [row[6] for row in rows(history - timedelta(days=38))] == [1, 1, 1]
    assert sum(row[6] for row in rows(history - timedelta(days=20))) == 21


def test_a_snapshot_that_was_taken_stays(tags, history):
    day = history - timedelta(days=3)
    reconstruct_snapshots([day])
    Snapshot.objects.update(score=-1)

    assert reconstruct_snapshots([day]) == 0
    assert set(Snapshot.objects.values_list("score", flat=True)) == {-1}


def test_states_hold_until_the_next_one(tags, history):
    days = [history - timedelta(days=ago) for ago in (9, 5, 1)]
    states = [PastState(tags[0].pk, days[1], "planned"), PastState(tags[0].pk, days[2], "done")]

    reconstruct_snapshots(days, states=states)

    told = Snapshot.objects.filter(tag=tags[0]).order_by("day").values_list("state", flat=True)
    assert list(told) == ["new", "planned", "done"]
    assert set(Snapshot.objects.exclude(tag=tags[0]).values_list("state", flat=True)) == {"new"}
