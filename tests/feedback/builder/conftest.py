"""A form for a team's product, and who may build it."""

import pytest

from apps.accounts.models import Role, Team, User
from apps.feedback.models import Form
from tests.factories import ProductFactory, TeamFactory, UserFactory, make_form


@pytest.fixture
def team(db) -> Team:
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def form(team: Team) -> Form:
    """NPS: page-1 asks "recommend"; page-2 "missed" (under a condition), "text", "name", "email"."""
    product = ProductFactory(name="Aurora", slug="aurora", team=team)
    return make_form(purpose="nps", product=product, slug="aurora", title="How is it?")


@pytest.fixture
def analyst(team: Team) -> User:
    return UserFactory(role=Role.ANALYST, team=team, name="Ana Lyst")


@pytest.fixture
def builder(client, analyst):
    """A client of somebody who may build the form."""
    client.force_login(analyst)
    return client
