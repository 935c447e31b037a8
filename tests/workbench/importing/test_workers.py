"""Imports in the hands of workers: killed, overtaken, stopped, undone."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core import lanes
from apps.feedback.import_models import ImportProblem, Upload
from apps.feedback.imports import worker
from apps.feedback.models import Feedback
from apps.feedback.services import uploads
from tests.factories import FeedbackFactory
from tests.workbench.importing.uploading import columns, draft, run_all, simple, start

pytestmark = pytest.mark.django_db


def test_a_killed_worker_leaves_the_rest_to_the_next_one_exactly(page, product, small_chunks, monkeypatch):
    row = simple(page, rows=7)
    start(page, row)
    lanes.get("feedback.imports").work()
    real = worker.services.capture_chunk

    def killed(**arguments):
        real(**arguments)
        raise KeyboardInterrupt  # the transaction around is lost with the process

    monkeypatch.setattr(worker.services, "capture_chunk", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        lanes.get("feedback.imports").work()
    monkeypatch.setattr(worker.services, "capture_chunk", real)
    worker.close()  # another process
    assert (Feedback.objects.count(), Upload.objects.get().position) == (2, 2)
    Upload.objects.update(leased_until=timezone.now())

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 7, 0)
    assert sorted(Feedback.objects.values_list("import_line", flat=True)) == [2, 3, 4, 5, 6, 7, 8]


def test_a_chunk_that_another_worker_took_is_left_to_it(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    hand = uploads.claim()
    assert uploads.claim() is None  # leased
    worker._take_chunk(hand)

    with pytest.raises(worker.services.ChunkTakenError):
        worker._take_chunk(hand)  # its lease was over, and it did not know
    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 5, 0)


def test_one_that_reads_behind_goes_on_where_the_other_ended(page, product, small_chunks):
    row = simple(page, rows=8)
    start(page, row)
    lanes.get("feedback.imports").work()
    mine = worker._open_file
    worker._open_file = None  # as another process would find it
    lanes.get("feedback.imports").work()
    worker.close()
    worker._open_file = mine

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 8, 0)


def test_stopping_keeps_what_came_and_going_on_brings_the_rest(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    lanes.get("feedback.imports").work()

    page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "stop"})

    row.refresh_from_db()
    assert (row.status, row.new_count, lanes.get("feedback.imports").has_work()) == ("failed", 2, False)
    assert "Stopped by hand." in page.get(reverse("workbench:import", args=[row.pk])).content.decode()
    start(page, row)
    start(page, row)
    run_all()
    row.refresh_from_db()
    assert (row.status, row.new_count, row.repeated_count) == ("done", 5, 0)


def test_undo_withdraws_all_in_the_background_and_the_file_can_come_again(page, product):
    row = simple(page)
    start(page, row)
    run_all()
    kept = FeedbackFactory(product=product)

    for _ in range(2):
        page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "undo"})
        run_all()

    row.refresh_from_db()
    assert row.status == "undone"
    assert list(Feedback.objects.live().values_list("pk", flat=True)) == [kept.pk]
    again = simple(page)
    start(page, again)
    run_all()
    again.refresh_from_db()
    assert again.new_count == 3


def test_an_import_that_fails_three_times_is_given_up_with_its_reason(page, product, monkeypatch):
    row = simple(page)
    start(page, row)

    def broken(**_arguments):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(worker.services, "capture_chunk", broken)

    assert run_all() == 3

    row.refresh_from_db()
    assert (row.status, row.upload.reason) == ("failed", "ZeroDivisionError: by zero")


def test_reasons_are_told_in_the_language_of_who_imports(page, analyst, product):
    User.objects.filter(pk=analyst.pk).update(language="de")
    row = draft(page, "text,stars\nx,9\n")
    columns(page, row, {"text": "text", "stars": "rating"})
    start(page, row)

    run_all()

    assert ImportProblem.objects.get().reason == "Geben Sie eine ganze Zahl von 1 bis 5 an."


def test_who_lost_the_role_imports_no_more(page, analyst, product):
    row = simple(page)
    start(page, row)
    analyst.memberships.all().delete()

    run_all()

    row.refresh_from_db()
    assert (row.status, row.new_count, row.upload.reason) == (
        "failed", 0, "Who began this import may not import any more.",
    )  # fmt: skip
