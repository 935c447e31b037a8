"""Celery tasks and daily jobs: hints that may come twice, late or never."""

from datetime import date

import pytest

from apps.core import jobs, lanes, pulse, tasks
from apps.core.models import JobRun

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


class Pile:
    """A lane with so many batches to do."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    def has_work(self) -> bool:
        return self.batches > 0

    def work(self) -> int:
        if not self.batches:
            return 0
        self.batches -= 1
        return 1


@pytest.fixture
def pile(monkeypatch) -> Pile:
    monkeypatch.setattr(lanes, "_lanes", {})
    pile = Pile(3)
    lanes.register(lanes.Lane("tests.pile", "core", pile.has_work, pile.work))
    return pile


@pytest.fixture
def days(monkeypatch) -> list[date]:
    monkeypatch.setattr(jobs, "_jobs", {})
    days: list[date] = []
    jobs.register(jobs.DailyJob("tests.record", days.append))
    return days


def test_a_hint_empties_its_lane_and_a_second_one_finds_nothing(pile):
    tasks.work_task("tests.pile")
    tasks.work_task("tests.pile")

    assert pile.batches == 0


def test_a_hint_for_a_lane_that_is_gone_does_nothing(pile):
    tasks.work_task("tests.gone")

    assert pile.batches == 3


def test_the_sweep_leaves_the_work_to_a_dispatcher_that_lives(pile, monkeypatch):
    monkeypatch.setattr(pulse, "_beaten_at", {})
    pulse.beat("dispatcher")

    tasks.sweep_task()

    assert pile.batches == 3


def test_the_sweep_does_what_waits_while_the_dispatcher_is_away(pile, monkeypatch):
    monkeypatch.setattr(pulse, "_beaten_at", {})

    tasks.sweep_task()

    assert pile.batches == 0
    assert pulse.age_seconds("worker") < 10


def test_a_part_that_never_said_it_lives_has_no_age():
    assert pulse.age_seconds("nobody") is None


def test_a_daily_job_runs_once_a_day_and_again_the_next(days):
    for day in (MONDAY, MONDAY, TUESDAY):
        jobs.run_due_jobs(today=day)

    assert days == [MONDAY, TUESDAY]
    assert JobRun.objects.count() == 2


def test_a_job_that_fails_is_tried_again_and_stops_no_other(days, monkeypatch):
    def fail(day: date) -> None:
        raise ValueError

    jobs.register(jobs.DailyJob("tests.broken", fail))

    assert jobs.run_due_jobs(today=MONDAY) == ["tests.record"]

    jobs.register(jobs.DailyJob("tests.broken", days.append))
    assert jobs.run_due_jobs(today=MONDAY) == ["tests.broken"]
