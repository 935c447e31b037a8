"""Many at once, with threads and connections of their own: one wins, all get its answer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import TypeVar

import pytest
from django.db import connections, transaction
from django.test import Client

from apps.customers.models import Customer
from apps.customers.services import (
    CustomerRow,
    find_or_create_customers,
    set_organisation,
    set_segment,
    verify_customer,
)
from apps.feedback import services, tokens
from apps.feedback.models import Channel, Feedback, FeedbackState, Form, IdempotencyKey, Identity, Import
from apps.feedback.services import Capture, Person, capture_batch
from apps.feedback.services.imports import ImportStoppedError, begin_import, capture_chunk, undo_import
from tests.factories import ApiKeyFactory, CustomerFactory, FeedbackFactory, OrganisationFactory, SegmentFactory
from tests.feedback.browser import FormClient

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

    answers = at_once(50, lambda _: FormClient().post("/f/spectrometer/", data))

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


@contextmanager
def held(act: Callable[[], object]) -> Iterator[None]:
    """Have ``act`` done in a transaction of another connection that stays open within the block."""
    is_done, may_end = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                with connections["default"].cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else keys are locked at the commit only
                is_done.set()
                may_end.wait(timeout=30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert is_done.wait(timeout=30)
        try:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                yield
        finally:
            may_end.set()
            holding.result(timeout=30)


@pytest.mark.parametrize(
    "change",
    [
        lambda customer: find_or_create_customers([CustomerRow(email="ada@example.org", name="Ada", is_vouched=True)]),
        lambda customer: verify_customer(customer_id=customer.pk),
        lambda customer: set_segment(customer_ids=[customer.pk], segment=SegmentFactory()),
        lambda customer: set_organisation(customer_ids=[customer.pk], organisation=OrganisationFactory()),
    ],
    ids=["import", "verify", "segment", "organisation"],
)
def test_customers_change_while_feedback_of_theirs_comes_in(product, change):
    """Two imports that name the same customers would else wait for each other."""
    customer = CustomerFactory(email="ada@example.org", name="")

    with held(lambda: FeedbackFactory(product=product, customer=customer, identity=Identity.CLAIMED)):
        change(customer)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: services.withdraw([row.pk]),
        lambda row: services.redact([row.pk]),
        lambda row: services.set_identity(feedback_id=row.pk, identity=Identity.VERIFIED),
    ],
    ids=["withdraw", "redact", "identity"],
)
def test_feedback_changes_while_rows_about_it_are_written(product, change):
    row = FeedbackFactory(product=product, customer=CustomerFactory(), identity=Identity.CLAIMED)
    key, _ = ApiKeyFactory(scopes=["feedback:write"])

    with held(lambda: IdempotencyKey.objects.create(api_key=key, key="k", body_sha256="", feedback=row)):
        change(row)


def test_imports_at_once_of_the_same_customers_do_not_deadlock(product):
    """Each file verifies some customers and takes in feedback of others, in other orders."""
    for number in range(30):
        CustomerFactory(email=f"person{number}@example.org", name="")

    def act(number: int) -> int:
        new = 0
        for turn in range(4):
            rows = [
                Capture(
                    product_id=product.pk,
                    channel=Channel.IMPORT,
                    text=f"Row {number}.{turn}.{person}",
                    person=Person(email=f"person{person}@example.org", name="Ada" if person % 6 == number else ""),
                    identity=Identity.VERIFIED,
                )
                for person in range(30)
            ]
            new += capture_batch(rows[:: (-1) ** number]).new_count
        return new

    assert at_once(6, act) == [120] * 6


def test_a_limited_form_takes_no_more_than_it_asked_for_and_tells_the_others(form):
    Form.objects.filter(pk=form.pk).update(response_limit=3)
    sheets = [
        {"token": tokens.issue_form_token(form.pk, now=0.0), "text": f"The {number}th drift"} for number in range(12)
    ]

    answers = at_once(12, lambda number: FormClient().post("/f/spectrometer/", sheets[number]))

    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [410] * 9
    assert Feedback.objects.count() == 3
    taken = next(number for number, answer in enumerate(answers) if answer.status_code == 303)
    again = FormClient().post("/f/spectrometer/", sheets[taken])
    assert again.headers["Location"] == answers[taken].headers["Location"]


def test_calls_at_once_that_name_a_customer_capture_once_too(product, published):
    _, headers = ApiKeyFactory(scopes=["feedback:write"])
    headers["Idempotency-Key"] = "k-2"
    body = {"text": "It drifts", "product": "spectrometer", "customer": {"email": "ada@example.org"}}

    answers = at_once(
        6, lambda _: Client().post("/api/v1/feedback/", body, content_type="application/json", headers=headers)
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (Feedback.objects.count(), Customer.objects.count(), IdempotencyKey.objects.count()) == (1, 1, 1)
    assert len(published("feedback.captured")) == 1
