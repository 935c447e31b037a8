"""The doctor finds what is wrong, and says so by its exit code."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core import doctor
from apps.core.doctor import Level
from apps.core.models import JobRun

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def levels(*, now: datetime = NOW) -> dict[str, Level]:
    return {finding.check: finding.level for finding in doctor.examine(now=now)}


@pytest.mark.django_db
def test_every_key_of_a_growing_table_has_64_bits():
    assert list(doctor.keys()) == [doctor.Finding("64-bit keys", Level.OK, "every table that grows")]


@pytest.mark.django_db
def test_a_32_bit_key_is_a_problem():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE grows (id serial PRIMARY KEY)")

    assert list(doctor.keys()) == [doctor.Finding("64-bit keys", Level.PROBLEM, "grows")]


@pytest.mark.django_db
def test_a_sequence_past_its_half_is_a_warning():
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE short MAXVALUE 10; SELECT setval('short', 6)")

    (found,) = doctor.sequences()

    assert found == doctor.Finding("sequences", Level.WARNING, "short is 60.0% used")


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "level"), [(1, Level.OK), (26, Level.OK), (27, Level.WARNING)])
def test_an_old_backup_is_a_warning(hours, level):
    JobRun.objects.create(job="backup", period=(NOW - timedelta(hours=hours)).isoformat(timespec="seconds"))

    assert doctor.backup(NOW).level == level


@pytest.mark.django_db
def test_no_backup_is_a_warning():
    assert doctor.backup(NOW).level == Level.WARNING


@pytest.mark.django_db
def test_quarantined_work_is_a_problem():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outboxrow (subscriber, topic, payload, tries, last_error, quarantined_at)"
            " VALUES ('test', 't', '{}', 3, 'boom', now())"
        )

    assert levels()["quarantine"] == Level.PROBLEM


@pytest.mark.django_db
def test_a_broken_check_is_a_problem_and_the_others_go_on(monkeypatch):
    def clock() -> None:
        raise ZeroDivisionError("no time")

    monkeypatch.setattr(doctor, "clock", clock)

    found = levels()

    assert found["clock"] == Level.PROBLEM
    assert found["postgresql"] == Level.OK


@pytest.mark.django_db
def test_the_exit_code_tells(monkeypatch):
    good = doctor.Finding("a", Level.WARNING, "so so")
    monkeypatch.setattr(doctor, "examine", lambda *, now: [good])
    out = StringIO()

    call_command("doctor", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {"healthy": True, "findings": [good._asdict()]}
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", "--strict", stdout=out)
