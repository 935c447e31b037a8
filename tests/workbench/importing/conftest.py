"""A team with a product, an analyst who imports, and a folder of its own."""

import pytest

from apps.accounts.models import Role
from apps.feedback.imports import worker
from tests.factories import ProductFactory, TeamFactory, UserFactory
from tests.workbench.importing.uploading import signed_in


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    """Uploads go into a folder of the test's own, and no file stays open in this process."""
    settings.DATA_DIR = tmp_path
    yield
    worker.close()


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def product(team):
    return ProductFactory(name="Laser", slug="laser", team=team)


@pytest.fixture
def analyst(team):
    return UserFactory(role=Role.ANALYST, team=team)


@pytest.fixture
def page(analyst):
    return signed_in(analyst)


@pytest.fixture
def small_chunks(monkeypatch):
    real = worker.chunks
    monkeypatch.setattr(worker, "chunks", lambda records: real(records, rows=2))
