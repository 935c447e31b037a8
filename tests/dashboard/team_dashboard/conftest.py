"""A team and somebody who reads its dashboard."""

import pytest

from apps.accounts.models import Role
from tests.factories import TeamFactory, UserFactory


@pytest.fixture
def team(db):
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def scientist(team):
    return UserFactory(role=Role.SCIENTIST, team=team)
