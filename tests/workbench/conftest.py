"""A team with a product, and people of each role."""

import pytest

from apps.accounts.models import Role, Team, User
from apps.catalog.models import Product
from tests.factories import ProductFactory, TeamFactory, UserFactory


@pytest.fixture
def team(db) -> Team:
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def product(team: Team) -> Product:
    return ProductFactory(name="Aurora", slug="aurora", team=team)


@pytest.fixture
def scientist(team: Team) -> User:
    return UserFactory(role=Role.SCIENTIST, team=team, name="Sci Entist")


@pytest.fixture
def analyst(team: Team) -> User:
    return UserFactory(role=Role.ANALYST, team=team, name="Ana Lyst")
