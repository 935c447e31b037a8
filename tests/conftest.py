"""Services for the suite: an embedded cluster in .test-data/, or the servers the environment names."""

import math
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from apps.catalog import selectors as catalog
from apps.core import health, jobs, lanes, outbox
from apps.core.embedded.client import services_in_use
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.layout import EmbeddedPaths
from apps.core.redis_url import client_url
from apps.feedback import visits

_held = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Hold the services for the session; every xdist worker does, the last to end stops them."""
    needed = () if settings.DATABASE_URL else ("postgres",)
    if settings.EMBEDDED.redis_url == settings.REDIS_URL:
        needed += ("valkey",)
    if needed:
        _hold_services(settings.EMBEDDED, needed, is_first=not hasattr(config, "workerinput"))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast
    _use_own_redis_database(getattr(config, "workerinput", {}).get("workerid", "gw0"))


def pytest_unconfigure() -> None:
    _held.close()


def _hold_services(paths: EmbeddedPaths, needed: tuple[str, ...], *, is_first: bool) -> None:
    try:
        _held.enter_context(services_in_use(paths, needed, is_durable=False))
    except EmbeddedError:
        if not is_first:
            raise
        shutil.rmtree(paths.data_dir, ignore_errors=True)  # without fsync a power cut may have spoilt it
        _held.enter_context(services_in_use(paths, needed, is_durable=False))


def _use_own_redis_database(worker: str) -> None:
    """Give each xdist worker a Redis database of its own, as pytest-django does for PostgreSQL."""
    number = int(worker.removeprefix("gw")) + 1
    url = settings.REDIS_URL
    if url.startswith("redis+socket://"):
        url = f"{url.partition('?')[0]}?virtual_host={number}"
    elif worker != "gw0":
        url = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
    settings.REDIS_URL = settings.CELERY["broker_url"] = url


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let tests with transactions empty the history, which is append-only (core.audit)."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET audit.may_truncate = 'on'")
        connection.close()  # the next one starts with it


@pytest.fixture(scope="session", autouse=True)
def _forgotten_limits() -> None:
    """Forget what an earlier run counted: its people had the same ids."""
    client = redis.Redis.from_url(client_url(settings.REDIS_URL))
    with suppress(redis.RedisError), client:
        for key in client.scan_iter("limit:*", count=1000):
            client.delete(key)


@pytest.fixture(scope="session")
def embedded_paths() -> EmbeddedPaths:
    """Where the suite's own embedded services are; skips where servers from outside are used."""
    if settings.DATABASE_URL:
        pytest.skip("NOT RUN: DATABASE_URL is set, the embedded services are not used")
    return settings.EMBEDDED


@pytest.fixture(autouse=True)
def _own_registries() -> Iterator[None]:
    """Whoever subscribes in a test does so for that test."""
    registries = (outbox._subscriptions, lanes._lanes, jobs._jobs, health._backlogs)
    kept = [dict(registry) for registry in registries]
    yield
    for registry, before in zip(registries, kept, strict=True):
        registry.clear()
        registry.update(before)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A language that a request of the last test was answered in does not stay."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _products_unknown() -> None:
    """What a process remembers of products is of another test's."""
    catalog.forget_products()


@pytest.fixture(autouse=True)
def _views_uncounted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Views of forms are written when a test says so, not when some seconds have passed."""
    monkeypatch.setattr(visits, "WRITE_SECONDS", math.inf)
    yield
    visits.forget()
