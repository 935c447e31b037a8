"""A team with a product, and people of each role."""

import pytest

from apps.accounts.models import Role, Team, User
from apps.catalog.models import Product
from apps.workbench.browse import plans
from tests.factories import ProductFactory, TeamFactory, UserFactory
from tests.workbench import corpus


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


@pytest.fixture
def company(db) -> corpus.Company:
    return corpus.make_company()


@pytest.fixture(params=["by candidates", "by walking in small steps"])
def plan(request, monkeypatch) -> None:
    """Have a selection found in each of the two ways."""
    if request.param == "by walking in small steps":
        monkeypatch.setattr(plans, "SEEK_IDS", 0)
        monkeypatch.setattr(plans, "WALK_ROWS", 25)
        monkeypatch.setattr(plans, "COLUMN_WALK_ROWS", 31)
