"""Rows that are not taken, mended and imported alone."""

import csv
import io

import pytest
from django.urls import reverse

from apps.feedback.models import Feedback
from tests.workbench.importing.uploading import columns, draft, run_all, start

pytestmark = pytest.mark.django_db

BAD = "text,id,stars\nGood,1,5\n,2,5\n=1+1,3,9\n'quoted,4,x\ntoo,many,cells,here\n\"never closed,6,1\nGood too,7,\n"


def bad_csv(page, row) -> list[dict[str, str]]:
    answer = page.get(reverse("workbench:import-bad-rows", args=[row.pk]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{row.pk}-bad-rows.csv"'
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_bad_rows_come_as_a_file_with_line_column_and_reason(page, product):
    row = draft(page, BAD)
    columns(page, row, {"text": "text", "id": "external_id", "stars": "rating"})
    start(page, row)
    run_all()

    found = [list(one.values()) for one in bad_csv(page, row)]

    assert found == [
        ["", "2", "5", "3", "text", "Write what happened.", ""],
        ["'=1+1", "3", "9", "4", "stars", "Give a whole number from 1 to 5.", ""],
        ["''quoted", "4", "x", "5", "stars", "Give a whole number from 1 to 5.", ""],
        ["", "", "", "6", "", "Has 4 cells where the header names 3 columns.", "too,many,cells,here"],
        ["", "", "", "7", "", "A quote opened here is never closed.", '"never closed,6,1'],
    ]


def test_mended_rows_are_imported_alone_by_the_same_plan(page, product):
    row = draft(page, BAD)
    columns(page, row, {"text": "text", "id": "external_id", "stars": "rating"})
    start(page, row)
    run_all()
    answer = page.get(reverse("workbench:import-bad-rows", args=[row.pk]))
    mended = b"".join(answer.streaming_content).replace(b",9,", b",3,").replace(b",x,", b",2,")

    again = draft(page, mended, name="mended.csv", like=row.pk)
    assert again.upload.plan["columns"] == {"text": "text", "id": "external_id", "stars": "rating"}
    start(page, again)
    run_all()

    again.refresh_from_db()
    assert (again.new_count, again.repeated_count, again.rejected_count) == (2, 0, 3)
    assert list(Feedback.objects.filter(source_import=again).order_by("external_id").values_list("text", "rating")) == [
        ("=1+1", 3),
        ("'quoted", 2),
    ]
