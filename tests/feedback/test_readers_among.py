"""Who of several people may open one piece of feedback: as each alone is asked, in two queries."""

import pytest

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.feedback.models import FeedbackState
from apps.feedback.selectors import readable_by, readers_among
from tests.factories import (
    AdministratorFactory,
    FeedbackFactory,
    MembershipFactory,
    ProductFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def everybody(team) -> list[User]:
    people = [UserFactory(role=role, team=one) for role in Role for one in (team, TeamFactory())]
    people += [UserFactory(everywhere_role=role) for role in (Role.SCIENTIST, Role.ANALYST)]
    both = UserFactory(role=Role.SCIENTIST, team=team)
    MembershipFactory(user=both, team=TeamFactory(), role=Role.ANALYST)
    gone = UserFactory(role=Role.ADMINISTRATOR, team=team, is_active=False)
    return [*people, both, gone, UserFactory(), AdministratorFactory()]


@pytest.mark.parametrize("state", FeedbackState.values)
@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("is_owned", [True, False])
def test_several_are_answered_as_each_alone(state, visibility, is_owned):
    team = TeamFactory()
    product = ProductFactory(team=team if is_owned else None)
    feedback = FeedbackFactory(product=product, state=state, visibility=visibility)
    keys = [user.pk for user in everybody(team)]
    alone = [pk for pk in keys if readable_by(User.objects.get(pk=pk)).filter(pk=feedback.pk).exists()]

    found = readers_among(list(User.objects.order_by("pk")), feedback)

    assert [user.pk for user in found] == sorted(alone)
    assert 0 < len(alone) < len(keys)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_people_costs_two_queries(django_assert_num_queries, count):
    people = [UserFactory(role=Role.SCIENTIST, team=TeamFactory()) for _ in range(count)]
    feedback = FeedbackFactory()

    with django_assert_num_queries(2):
        found = readers_among(people, feedback)

    assert found == people


def test_of_nobody_nobody_may():
    assert readers_among([], FeedbackFactory()) == []
