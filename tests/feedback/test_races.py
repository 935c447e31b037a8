"""Many at once, with threads and connections of their own: one wins, all get its answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connections
from django.test import Client

from apps.customers.models import Customer
from apps.feedback import services, tokens
from apps.feedback.models import Channel, Feedback, FeedbackState, Identity, Import
from apps.feedback.services import Capture, Person, capture_batch
from apps.feedback.services.imports import ImportStoppedError, begin_import, capture_chunk, undo_import
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


def at_once(times: int, act: Callable[[int], T]) -> list[T]:
    """Call ``act`` in so many threads as nearly at one moment as can be; return what they returned."""
    barrier = Barrier(times)

    def run(number: int) -> T:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=30)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_fifty_posts_of_one_form_are_one_feedback_with_one_receipt(form, published):
    data = {
        "token": tokens.issue_form_token(form.pk, now=0.0),
        "text": "It drifts",
        "email": "ada@example.org",
    }

    answers = at_once(50, lambda _: Client().post("/f/spectrometer/", data))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(published("feedback.captured")) == Feedback.objects.count() == Customer.objects.count() == 1


def test_calls_at_once_with_one_idempotency_key_capture_once(product, published):
    _, headers = ApiKeyFactory(scopes=["feedback:write"])
    headers["Idempotency-Key"] = "k-1"
    body = {"text": "It drifts", "product": "spectrometer"}

    answers = at_once(
        10,
        lambda _: Client().post("/api/v1/feedback/", body, content_type="application/json", headers=headers),
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(published("feedback.captured")) == Feedback.objects.count() == 1


# With people the locks of customers come first; without, statements must be long enough to overlap.
@pytest.mark.parametrize(("people", "count"), [(0, 3_000), (40, 400)])
def test_batches_that_overlap_in_other_orders_neither_deadlock_nor_double(product, published, people, count):
    rows = [
        Capture(
            product_id=product.pk,
            channel=Channel.IMPORT,
            text=f"Row {number}",
            person=Person(email=f"person{number % people}@example.org") if people else None,
            identity=Identity.VERIFIED,
        )
        for number in range(count)
    ]

    results = at_once(6, lambda number: capture_batch(rows[:: (-1) ** number]))

    assert sum(result.new_count for result in results) == count
    assert sum(result.repeated_count for result in results) == 5 * count
    assert (Feedback.objects.count(), Customer.objects.count()) == (count, people)
    assert len(published("feedback.captured")) == count


def test_moderators_at_once_change_a_row_once(product, published):
    ids = capture_batch(
        [Capture(product_id=product.pk, channel=Channel.IMPORT, text=f"Row {number}") for number in range(50)]
    ).new_ids

    changed = at_once(6, lambda number: services.mark_spam(ids[:: (-1) ** number]))

    assert sorted(feedback_id for rows in changed for feedback_id in rows) == sorted(ids)
    assert published("feedback.changed") == sorted(ids)


def test_an_import_undone_while_it_runs_leaves_nothing(product):
    run = begin_import(file_name="a.csv")

    def act(number: int) -> None:
        if number == 3:
            undo_import(import_id=run.pk)
            return
        row = Capture(
            product_id=product.pk, channel=Channel.IMPORT, text=f"Row {number}", import_id=run.pk, line=number
        )
        try:
            capture_chunk(import_id=run.pk, captures=[row], problems=[], column_of={})
        except ImportStoppedError:
            pass

    at_once(6, act)

    assert Feedback.objects.exclude(state=FeedbackState.WITHDRAWN).count() == 0
    assert Import.objects.get().status == Import.Status.UNDONE
