"""Quarantined outbox rows: seen in the admin, tried again from there and from the command line."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.core.models import OutboxRow
from tests.factories import AdministratorFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/core/outboxrow/"


def quarantined(**fields) -> OutboxRow:
    return OutboxRow.objects.create(
        subscriber="nobody", topic="nothing", payload={"ids": [1]}, tries=3, quarantined_at=timezone.now(), **fields
    )


def waiting() -> list[int]:
    return list(OutboxRow.objects.filter(quarantined_at=None, tries=0).values_list("pk", flat=True))


def test_chosen_rows_are_tried_again(client):
    chosen, other = quarantined(last_error="ValueError: canary"), quarantined()
    client.force_login(AdministratorFactory())
    assert b"ValueError: canary" in client.get(LIST).content

    client.post(LIST, {"action": "try_again", "_selected_action": [chosen.pk]})

    assert waiting() == [chosen.pk]
    assert OutboxRow.objects.get(pk=other.pk).quarantined_at is not None


def test_rows_are_only_looked_at(client):
    row = quarantined()
    client.force_login(AdministratorFactory())

    assert client.get(f"{LIST}{row.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{row.pk}/change/", {"tries": 0}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_the_command_tries_all_again_and_says_how_many():
    rows = [quarantined().pk, quarantined().pk]
    printed = []

    for _ in range(2):
        out = StringIO()
        call_command("replay_quarantined", stdout=out)
        printed.append(out.getvalue().strip())

    assert printed == ["2", "0"]
    assert waiting() == rows
