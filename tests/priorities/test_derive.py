"""Standings follow a segment's weight, from cells alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import lanes
from apps.customers.models import Segment
from apps.feedback.models import Feedback
from apps.priorities import derive, selectors
from apps.priorities.check import compare_levels
from apps.priorities.models import Standing
from apps.tagging import services as tagging
from tests.factories import CustomerFactory, FeedbackFactory, SegmentFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """Two teams with a tag each, on which one customer of a segment of weight 2 spoke."""
    segment, user = SegmentFactory(weight=2), UserFactory()
    tags = [TagFactory(team=TeamFactory()) for _ in range(2)]
    feedback = FeedbackFactory(customer=CustomerFactory(segment=segment))
    for tag in tags:
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    lanes.settle()
    return segment, tags


def scores(tags) -> list[float]:
    queues = [selectors.queue(tag.effective_team) for tag in tags]
    return [entry.score for queue in queues for entry in [*queue.entries, *queue.too_few]]


def test_a_weight_reaches_the_standings_of_every_team(told):
    segment, tags = told
    before = scores(tags)
    Segment.objects.filter(pk=segment.pk).update(weight=6)

    for _ in range(2):
        derive.refresh_for_segments([segment.pk])

    assert scores(tags) == [pytest.approx(3 * score) for score in before]
    assert compare_levels().is_equal


def test_no_feedback_is_read_for_it(told):
    segment, tags = told
    Segment.objects.filter(pk=segment.pk).update(weight=0)

    with CaptureQueriesContext(connection) as queries:
        derive.refresh_for_segments([segment.pk, 1_000_000])

    assert scores(tags) == [0.0, 0.0]
    assert not [query["sql"] for query in queries if Feedback._meta.db_table in query["sql"]]
    assert Standing.objects.count() == 2
