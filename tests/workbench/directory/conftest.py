"""A team and its analyst, signed in."""

import pytest

from apps.accounts.models import Role
from tests.factories import TeamFactory, UserFactory


@pytest.fixture
def team():
    return TeamFactory(name="Optics")


@pytest.fixture
def analyst(client, team):
    person = UserFactory(role=Role.ANALYST, team=team)
    client.force_login(person)
    return person
