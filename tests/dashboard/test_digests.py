"""What the dashboards say in a person's digest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core import lanes
from apps.dashboard.digests import queues_section, waiting_section
from apps.feedback.models import FeedbackState
from apps.tagging.services import confirm_tag
from tests.factories import FeedbackFactory, ProductFactory, TagFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WEEK_AGO = NOW - timedelta(days=7)


def test_a_growing_priority_is_told_to_its_team_alone():
    team, other = TeamFactory(), TeamFactory()
    ours, theirs = TagFactory(name="Stage drift", team=team), TagFactory(name="Fan noise", team=other)
    manager = UserFactory(role=Role.MANAGER, team=team)
    for _ in range(6):
        feedback = FeedbackFactory(captured_on=timezone.localdate())
        for tag in (ours, theirs):
            confirm_tag(feedback_id=feedback.pk, tag=tag, user=manager)
    lanes.settle()

    part = queues_section(manager, WEEK_AGO, NOW)

    assert [(line.text, line.path) for line in part.lines] == [
        ("Stage drift: 6 pieces of feedback, 0 in the time before", "/priorities/stage-drift/")
    ]


def test_where_nothing_moved_nothing_is_said():
    part = queues_section(UserFactory(role=Role.MANAGER), WEEK_AGO, NOW)

    assert part.lines == []
    assert queues_section(UserFactory(), WEEK_AGO, NOW) is None


def test_what_is_held_waits_for_those_who_review_it():
    team = TeamFactory()
    FeedbackFactory(product=ProductFactory(team=team), state=FeedbackState.HELD)
    FeedbackFactory(product=ProductFactory(team=TeamFactory()), state=FeedbackState.HELD)

    mine = waiting_section(UserFactory(role=Role.ANALYST, team=team), WEEK_AGO, NOW)

    assert [line.text for line in mine.lines] == ["1 piece of feedback is held for review"]
    assert waiting_section(UserFactory(role=Role.SCIENTIST, team=team), WEEK_AGO, NOW) is None
