"""The files of imports: refused, kept, thrown away, forgotten."""

import os
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.customers.models import Customer
from apps.feedback.import_models import ImportProblem, Upload
from apps.feedback.models import Feedback, Import
from apps.feedback.services import uploads
from apps.workbench.room.erasure import erase_person
from tests.workbench.importing.uploading import HEADER, ROWS, columns, draft, run_all, start, upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.csv", "The submitted file is empty"),
        (b"%PDF-1.7", "a.csv", "a.csv is a PDF"),
        (b"PK\x03\x04rest", "a.xlsx", "is a spreadsheet or a zip archive"),
        (b"\n\n", "a.csv", "The file has no header"),
    ],
)
def test_a_file_of_no_use_is_refused_and_not_kept(page, settings, content, name, told):
    answer = upload(page, content, name=name)

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert Import.objects.count() == 0
    assert list(uploads.folder().iterdir()) == []


def test_a_file_too_large_is_refused_with_its_limit(page, settings):
    settings.IMPORT_UPLOAD_BYTES = 1_000_000

    answer = upload(page, b"text\n" + b"x" * 1_000_000)

    assert answer.status_code == 422
    assert "The file is larger than 1 MB." in answer.content.decode()
    assert list(uploads.folder().iterdir()) == []


def test_a_file_is_kept_under_a_name_of_ours_and_readable_by_us_alone(page, product):
    row = draft(page, "text\nx\n", name="../../Ada Lovelace.csv")

    [path] = uploads.folder().iterdir()
    assert re.fullmatch(r"[0-9a-f]{32}\.csv", path.name)
    assert (path.stat().st_mode & 0o777, row.file_name) == (0o600, "Ada Lovelace.csv")


def test_a_discarded_file_is_gone(page, product):
    row = draft(page)

    answer = page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "discard"})

    assert answer.status_code == 302
    assert (Import.objects.count(), list(uploads.folder().iterdir())) == (0, [])


def test_files_and_bad_rows_go_after_two_weeks_while_feedback_stays(page, product):
    row = draft(page, "text\nx\n\n \nz\n" + "text\n")
    columns(page, row, {"text": "text"})
    start(page, row)
    run_all()
    forgotten = draft(page, "text\ny\n")
    long_ago = timezone.now() - timedelta(days=15)
    assert (uploads.purge(), Import.objects.count(), ImportProblem.objects.count()) == (0, 2, 2)
    Import.objects.filter(pk=row.pk).update(finished_at=long_ago)
    Import.objects.filter(pk=forgotten.pk).update(started_at=long_ago)
    for path in uploads.folder().iterdir():
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))

    assert uploads.purge() == 2
    assert uploads.purge() == 0

    assert (Import.objects.count(), ImportProblem.objects.count(), Feedback.objects.count()) == (1, 0, 2)
    assert "Download them" not in page.get(reverse("workbench:import", args=[row.pk])).content.decode()


def test_erasing_a_person_takes_the_kept_files_that_name_them(page, product):
    for who in ("ada", "bob"):
        row = draft(page, f"text,email\nIt hums,{who}@example.org\n")
        columns(page, row, {"text": "text", "email": "customer_email"})
        start(page, row)
    run_all()

    erase_person(customer_id=Customer.objects.get(email="ada@example.org").pk, withdraws_feedback=False)

    assert [bool(upload.stored_name) for upload in Upload.objects.order_by("pk")] == [False, True]
    assert len(list(uploads.folder().iterdir())) == 1


def test_no_file_is_kept_beyond_the_room_for_all_of_them(page, product, settings):
    settings.IMPORT_KEPT_BYTES = 1
    row = draft(page)
    files = set(uploads.folder().iterdir())

    answer = upload(page, HEADER + ROWS)

    assert answer.status_code == 422
    assert "No more files can be kept." in answer.content.decode()
    assert (list(Import.objects.all()), set(uploads.folder().iterdir())) == ([row], files)
    page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "discard"})
    assert upload(page, HEADER + ROWS).status_code == 302
