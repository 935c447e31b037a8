"""The outbox: nothing lost, nothing done twice, one bad item stops nobody."""

import threading
import time
from datetime import timedelta
from itertools import cycle

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now

from apps.core import lanes, outbox
from apps.core.models import OutboxRow


class Recorder:
    """A subscriber that keeps what it was given and fails on ``poison``."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.poison: set[int] = set()
        self.error: Exception = ValueError("poison")

    def __call__(self, ids: list[int]) -> None:
        if self.poison & set(ids):
            raise self.error
        self.calls.append(ids)


@pytest.fixture
def recorder(monkeypatch):
    monkeypatch.setattr(outbox, "_subscriptions", {})
    monkeypatch.setattr(lanes, "_lanes", {})
    recorder = Recorder()
    outbox.subscribe("stars.changed", "tests.record", recorder)
    return recorder


def publish(*ids: int) -> None:
    with transaction.atomic():
        outbox.publish("stars.changed", ids)


def make_available() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxrow SET available_at = now() - interval '1 minute'")


@pytest.mark.django_db
def test_publish_writes_one_row_per_subscriber_and_thousand_ids(recorder):
    outbox.subscribe("stars.changed", "tests.other", Recorder())

    publish(*range(1, 1502))

    rows = OutboxRow.objects.order_by("subscriber", "id").values_list("subscriber", "payload")
    assert [(name, len(payload["ids"])) for name, payload in rows] == [
        ("tests.other", 1000),
        ("tests.other", 501),
        ("tests.record", 1000),
        ("tests.record", 501),
    ]


@pytest.mark.django_db(transaction=True)
def test_publish_outside_a_transaction_is_refused(recorder):
    with pytest.raises(RuntimeError, match="transaction of the change"):
        outbox.publish("stars.changed", [1])


@pytest.mark.django_db
def test_drain_hands_over_several_rows_at_once_and_deletes_them(recorder):
    publish(3, 1)
    publish(2)

    assert outbox.drain("tests.record") == 2
    assert outbox.drain("tests.record") == 0

    assert recorder.calls == [[1, 2, 3]]
    assert OutboxRow.objects.count() == 0


@pytest.mark.django_db
def test_one_look_finds_every_lane_that_waits(recorder, django_assert_num_queries):
    for name in ("tests.other", "tests.third"):
        outbox.subscribe(f"{name}.changed", name, Recorder())
    publish(1)
    with transaction.atomic():
        outbox.publish("tests.third.changed", [1])

    with django_assert_num_queries(1):
        waiting = [lane.name for lane in lanes.waiting()]

    assert waiting == ["tests.record", "tests.third"]


@pytest.mark.django_db
def test_poison_is_quarantined_after_three_tries_and_the_rest_goes_on(recorder):
    publish(1, 2, 3, 13, 4)
    recorder.poison = {13}

    for _ in range(30):
        outbox.drain("tests.record")
        make_available()

    quarantined = OutboxRow.objects.get()
    assert sorted(id_ for call in recorder.calls for id_ in call) == [1, 2, 3, 4]
    assert quarantined.payload == {"ids": [13]}
    assert quarantined.tries == 3
    assert quarantined.last_error == "ValueError: poison"
    assert not outbox.has_work("tests.record")


@pytest.mark.django_db
def test_replay_gives_quarantined_rows_new_tries(recorder):
    publish(13)
    recorder.poison = {13}
    for _ in range(4):
        outbox.drain("tests.record")
        make_available()
    recorder.poison = set()

    assert outbox.replay_quarantined() == 1
    outbox.drain("tests.record")

    assert recorder.calls == [[13]]
    assert OutboxRow.objects.count() == 0


@pytest.mark.django_db
def test_a_lost_connection_is_nobodys_fault_and_costs_no_try(recorder):
    publish(1)
    recorder.poison, recorder.error = {1}, OperationalError("gone")

    with pytest.raises(OperationalError):
        outbox.drain("tests.record")

    assert OutboxRow.objects.get().tries == 0


@pytest.mark.django_db
def test_a_row_whose_worker_died_each_time_is_quarantined(recorder):
    publish(7)
    OutboxRow.objects.update(tries=outbox.DEATHS)

    assert outbox.drain("tests.record") == 0

    row = OutboxRow.objects.get()
    assert row.quarantined_at is not None
    assert row.last_error == "The worker died each time."
    assert recorder.calls == []


@pytest.mark.django_db
def test_a_worker_asked_to_stop_costs_no_try(recorder):
    publish(1)
    recorder.poison, recorder.error = {1}, SoftTimeLimitExceeded()

    with pytest.raises(SoftTimeLimitExceeded):
        outbox.drain("tests.record")

    assert OutboxRow.objects.get().tries == 0


@pytest.mark.django_db
def test_a_try_that_could_not_be_given_back_is_given_back_later(recorder, monkeypatch):
    publish(1)
    OutboxRow.objects.update(tries=2)
    monkeypatch.setattr(outbox, "_owed", [OutboxRow.objects.get().pk])
    recorder.poison = {1}

    outbox.drain("tests.record")

    row = OutboxRow.objects.get()
    assert (row.tries, row.failures, outbox._owed) == (2, 1, [])


@pytest.mark.django_db
def test_rows_that_take_too_long_are_split_and_quarantined(recorder):
    def dawdle(ids: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
            cursor.execute("SELECT pg_sleep(1)")

    outbox.subscribe("stars.changed", "tests.record", dawdle)
    publish(1, 2, 3)

    for _ in range(15):
        outbox.drain("tests.record")
        make_available()

    assert OutboxRow.objects.filter(quarantined_at=None).count() == 0
    assert OutboxRow.objects.count() == 3


@pytest.mark.django_db
def test_single_submissions_and_bulk_take_turns(recorder, monkeypatch):
    monkeypatch.setattr(outbox, "_turn", cycle((False, True)))
    publish(*range(1, 2001))
    publish(5001)
    publish(5002)

    for _ in range(3):
        outbox.drain("tests.record")

    assert [(call[0], len(call)) for call in recorder.calls] == [(5001, 2), (1, 1000), (1001, 1000)]


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_do_each_row_once(recorder):
    for id_ in range(1, 201):
        publish(id_)
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            while outbox.drain("tests.record"):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    make_available()
    while outbox.drain("tests.record"):
        pass

    assert sorted(id_ for call in recorder.calls for id_ in call) == list(range(1, 201))
    assert OutboxRow.objects.count() == 0


@pytest.mark.django_db
def test_who_gives_way_rests_from_bulk_while_more_comes_in_and_from_nothing_else(monkeypatch):
    monkeypatch.setattr(outbox, "_subscriptions", {})
    monkeypatch.setattr(lanes, "_lanes", {})
    monkeypatch.setattr(outbox, "_rests_until", {})
    clock, recorder = [100.0], Recorder()
    monkeypatch.setattr(outbox.time, "monotonic", lambda: clock[0])

    def work(ids):
        clock[0] += 5.0
        recorder(ids)

    outbox.subscribe("stars.changed", "tests.record", work, gives_way=True)
    for first in (1, 1001, 2001):
        publish(*range(first, first + 1000))
    publish(9001)

    taken = []
    for _ in range(4):  # bulk or single, then the other, then it rests
        taken.append(outbox.drain("tests.record"))
        make_available()
    clock[0] += 5.0 * outbox.REST + 1
    taken.append(outbox.drain("tests.record"))
    OutboxRow.objects.update(created_at=Now() - timedelta(seconds=60))  # nothing comes in any more
    make_available()
    clock[0] += 5.0 * outbox.REST + 1
    taken += [outbox.drain("tests.record") for _ in range(2)]

    assert sorted(map(len, recorder.calls)) == [1, 1000, 1000, 1000]
    assert sum(taken[:4]) == 2  # one of each
    assert taken[4:] == [1, 1, 0]


@pytest.mark.django_db
def test_nobody_rests_while_somebody_waits_for_all_of_it(monkeypatch):
    monkeypatch.setattr(outbox, "_subscriptions", {})
    monkeypatch.setattr(lanes, "_lanes", {})
    monkeypatch.setattr(outbox, "_rests_until", {})
    recorder = Recorder()
    outbox.subscribe("stars.changed", "tests.record", recorder, gives_way=True)
    for first in (1, 1001, 2001):
        publish(*range(first, first + 1000))
    outbox._rests_until["tests.record"] = time.monotonic() + 3600

    lanes.settle()

    assert len(recorder.calls) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("ages", "is_fed"), [([1, 0], True), ([60, 30], False), ([3600, 0], False), ([], False)])
def test_bulk_is_fed_while_some_is_new_and_none_waits_long(recorder, ages, is_fed):
    for number, seconds in enumerate(ages):
        publish(*range(1000 * number + 1, 1000 * number + 1001))
        OutboxRow.objects.filter(pk=OutboxRow.objects.latest("pk").pk).update(
            created_at=Now() - timedelta(seconds=seconds)
        )

    assert outbox._is_fed("tests.record") is is_fed
