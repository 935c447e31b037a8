"""Slots: never more than so many at once, given back by whoever ends, expired where somebody died."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models.functions import Now

from apps.core import slots
from apps.core.models import Slot

pytestmark = pytest.mark.django_db
THING = "test.thing"


def expire_all() -> None:
    Slot.objects.update(expires_at=Now() - timedelta(seconds=1))


def test_a_holder_gets_as_many_as_there_are_and_one_more_when_one_is_back():
    first, second = (slots.take_slot(THING, 1, limit=2) for _ in range(2))
    assert first is not None
    assert second is not None
    assert slots.take_slot(THING, 1, limit=2) is None

    for _ in range(2):
        slots.free_slot(first)

    assert slots.take_slot(THING, 1, limit=2) is not None
    assert slots.take_slot(THING, 1, limit=2) is None
    assert slots.take_slot(THING, 2, limit=2) is not None
    assert slots.take_slot("test.other", 1, limit=2) is not None


def test_a_slot_expires_unless_it_is_kept():
    kept, lost = slots.take_slot(THING, 1, limit=2), slots.take_slot(THING, 1, limit=2)
    expire_all()
    slots.keep_slot(kept)

    assert slots.take_slot(THING, 1, limit=2) is not None
    assert slots.take_slot(THING, 1, limit=2) is None
    slots.keep_slot(lost)  # it stays gone
    assert sorted(Slot.objects.values_list("pk", flat=True))[0] == kept
    assert Slot.objects.count() == 2


@pytest.mark.parametrize("how", ["read to the end", "broken off", "never begun", "failed"])
def test_a_stream_gives_its_slot_back_however_it_ends(how):
    def lines():
        yield "one"
        if how == "failed":
            raise RuntimeError("the database went away")
        yield "two"

    stream = slots.Held(slots.take_slot(THING, 1, limit=1), lines())
    if how == "read to the end":
        assert list(stream) == ["one", "two"]
    elif how == "failed":
        assert next(stream) == "one"
        with pytest.raises(RuntimeError):
            next(stream)
    else:
        if how == "broken off":
            assert next(stream) == "one"
        assert Slot.objects.count() == 1
        stream.close()

    assert not Slot.objects.exists()


def test_a_long_stream_keeps_its_slot(monkeypatch):
    monkeypatch.setattr(slots, "KEEP_SECONDS", 0.0)
    stream = slots.Held(slots.take_slot(THING, 1, limit=1), iter(["one", "two"]))
    expire_all()

    next(stream)

    assert slots.take_slot(THING, 1, limit=1) is None


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_two_get_a_slot():
    barrier = Barrier(8)

    def take(_n: int) -> int | None:
        try:
            barrier.wait(timeout=10)
            return slots.take_slot(THING, 1, limit=2)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))

    assert len([one for one in taken if one is not None]) == 2
    assert Slot.objects.count() == 2
