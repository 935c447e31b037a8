"""Evidence of a tag: pages, and how much more there is that the reader may not open."""

from datetime import date

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.core import lanes
from apps.tagging import services as tagging
from apps.tagging.evidence import EvidenceCursor, evidence, parse_cursor
from tests.factories import (
    AdministratorFactory,
    FeedbackFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def tag(team):
    """A tag with open feedback, the team's own, another team's, of no team, and restricted (which never counts)."""
    tag, user = TagFactory(team=team), UserFactory()
    own, foreign = ProductFactory(team=team), ProductFactory(team=TeamFactory())
    for day, (product, visibility) in enumerate(
        [
            (own, Visibility.EVERYONE),
            (foreign, Visibility.EVERYONE),
            (own, Visibility.TEAM),
            (foreign, Visibility.TEAM),
            (ProductFactory(), Visibility.TEAM),
            (foreign, Visibility.RESTRICTED),
        ],
        start=1,
    ):
        feedback = FeedbackFactory(product=product, visibility=visibility, captured_on=date(2026, 3, day))
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    lanes.settle()
    return tag


def test_what_is_hidden_is_what_counts_and_may_not_be_opened(tag, team, django_assert_num_queries):
    reader = UserFactory(role=Role.SCIENTIST, team=team)

    with django_assert_num_queries(3):  # roles, page, hidden
        found = evidence(tag, reader)

    assert [pair.day.day for pair in found.pairs] == [3, 2, 1]
    assert found.hidden_count == 2


def test_nothing_is_hidden_from_the_administrator_and_nothing_counted(tag, django_assert_num_queries):
    reader = AdministratorFactory()

    with django_assert_num_queries(1):
        found = evidence(tag, reader)

    assert (len(found.pairs), found.hidden_count) == (5, 0)


def test_only_the_first_page_counts_what_is_hidden(tag, team, django_assert_num_queries):
    reader = UserFactory(role=Role.SCIENTIST, team=team)
    first = evidence(tag, reader, limit=2)
    assert (len(first.pairs), first.hidden_count) == (2, 2)

    with django_assert_num_queries(1):
        second = evidence(tag, reader, first.next_cursor, limit=2)

    assert ([pair.day.day for pair in second.pairs], second.hidden_count) == ([1], 0)


def test_a_cursor_survives_its_own_text_and_anything_else_is_none():
    cursor = EvidenceCursor(date(2026, 3, 2), 7)

    assert parse_cursor(str(cursor)) == cursor
    assert [parse_cursor(text) for text in ("", "0-1", "5", "9999999-1", f"1-{2**63}", "1-" + "9" * 50)] == [None] * 6
