"""A team with a panel that is open, and who runs and who joins its research."""

import pytest

from apps.accounts.models import Role, Team, User
from apps.panels.models import Panel, PanelState
from tests.factories import TeamFactory, UserFactory
from tests.panels.making import PanelFactory


@pytest.fixture
def team(db) -> Team:
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def analyst(team: Team) -> User:
    return UserFactory(role=Role.ANALYST, team=team, name="Ana Lyst")


@pytest.fixture
def scientist(team: Team) -> User:
    return UserFactory(role=Role.SCIENTIST, team=team, name="Sci Entist")


@pytest.fixture
def panel(team: Team) -> Panel:
    return PanelFactory(
        name="Microscopy panel", slug="microscopy", team=team, state=PanelState.ACTIVE, charter="We meet each quarter."
    )
