"""/healthz and /readyz: cheap, for any host, honest about every part."""

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from apps.core import health, pulse
from apps.core.models import OutboxRow

UNKNOWN_HOST = "10.0.0.7:8000"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    health._migrations_done.clear()
    pulse._beaten_at.clear()


def test_healthz_needs_no_database_and_no_known_host(client):
    answer = client.get("/healthz", headers={"host": UNKNOWN_HOST})

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_readyz_describes_every_part(client):
    pulse.beat("worker")

    answer = client.get("/readyz", headers={"host": UNKNOWN_HOST})

    found = answer.json()
    assert answer.status_code == 200
    assert found.pop("worker_age_seconds") < 5
    assert found.pop("backlogs") is not None
    assert found == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "redis": "ok",
        "worker": "ok",
        "outbox_rows": 0,
        "outbox_lag_seconds": 0.0,
        "outbox_quarantined": 0,
    }


@pytest.mark.django_db
def test_readyz_is_cheap(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(3 + len(health._backlogs)):  # SELECT 1, the worker's pulse, the outbox
        client.get("/readyz")


@pytest.mark.django_db
def test_work_left_over_is_counted():
    OutboxRow.objects.create(subscriber="test", topic="t", payload={})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxrow SET available_at = now() - interval '90 seconds'")
        cursor.execute(
            "INSERT INTO core_outboxrow (subscriber, topic, payload, tries, last_error, quarantined_at)"
            " VALUES ('test', 't', '{}', 3, 'boom', now())"
        )

    found = health.readiness()

    assert (found["outbox_rows"], found["outbox_quarantined"]) == (1, 1)
    assert 90 <= found["outbox_lag_seconds"] < 120


@pytest.mark.django_db
def test_without_redis_it_serves_and_says_so(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["status"], answer.json()["redis"]) == (200, "degraded", "down")


@pytest.mark.django_db
def test_pending_migrations_are_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core' AND name = '0001_initial'")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"], answer.json()["database"]) == (
        503,
        "pending",
        "ok",
    )


def test_without_a_database_it_is_down(client, monkeypatch):
    def refuse() -> bool:
        raise OperationalError

    monkeypatch.setattr(health, "are_migrations_applied", refuse)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (503, "down", "down")


def test_other_addresses_pass_through():
    middleware = health.HealthMiddleware(lambda request: request.path)

    assert middleware(RequestFactory().get("/healthz/")) == "/healthz/"
