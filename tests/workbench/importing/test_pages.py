"""The pages of imports: mappings, progress, whose they are, what they show."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.core import lanes
from apps.core.models import Change
from apps.feedback.import_models import ImportMapping, Upload
from apps.feedback.models import Import
from tests.factories import TeamFactory, UserFactory
from tests.workbench.importing.uploading import BECOMES, columns, draft, run_all, signed_in, simple, start

pytestmark = pytest.mark.django_db


def test_a_mapping_is_kept_under_a_name_used_again_and_forgotten(page, product):
    row = draft(page)
    columns(page, row, BECOMES, scale="stars", date_format="mdy")

    for _ in range(2):
        page.post(reverse("workbench:save-import-mapping", args=[row.pk]), {"name": " Field  notes "})

    saved = ImportMapping.objects.get()
    assert (saved.name, saved.plan["scale"], saved.plan["columns"]["said"]) == ("Field notes", "stars", "text")
    assert Change.objects.filter(kind="feedback.ImportMapping", object_id=saved.pk).exists()
    again = draft(page, start=f"saved:{saved.pk}")
    assert again.upload.plan["columns"] == BECOMES
    url = reverse("workbench:delete-import-mapping", args=[saved.pk])
    page.post(url)
    assert ImportMapping.objects.exists()
    page.post(url, {"is_sure": "1"})
    assert not ImportMapping.objects.exists()


def test_a_ready_mapping_fits_its_export(page, product):
    content = "number,title,description,created_at,created_by,votes_count,comments_count,status,tags\n"
    content += '7,Dark mode,My eyes hurt,2026-03-23T19:33:22Z,Ada,4,2,Open,"display, comfort"\n'

    row = draft(page, content, start="ready:fider")

    assert row.upload.plan["columns"] == {
        "number": "external_id",
        "title": "text",
        "description": "text",
        "created_at": "captured_at",
        "created_by": "customer_name",
        "status": "status",
        "tags": "tags",
        "votes_count": "context.votes",
    }


def test_the_state_refreshes_itself_by_etag(page, product, small_chunks):
    row = simple(page, rows=5)
    start(page, row)
    url = reverse("workbench:import", args=[row.pk])

    whole, part = page.get(url), page.get(url, headers={"HX-Request": "true"})

    assert "<html" in whole.content.decode()
    assert part.content.decode().strip().startswith("{#") is False
    assert "<html" not in part.content.decode()
    same = page.get(url, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    lanes.get("feedback.imports").work()
    after = page.get(url, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert after.status_code == 200
    assert "data-live-url" in after.content.decode()
    run_all()
    assert "data-live-url" not in page.get(url).content.decode()


def test_progress_names_rate_and_time_left(page, product):
    row = simple(page)
    now = timezone.now()
    Import.objects.filter(pk=row.pk).update(status="running", new_count=5_000_000)
    Upload.objects.update(position=5_000_000, share=0.25, begun_at=now - timedelta(seconds=1_000))

    text = page.get(reverse("workbench:import", args=[row.pk])).content.decode()

    assert re.search(r"4,9\d\d rows a second|5,000 rows a second", text)
    assert "about 50 minutes left" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_it_holds(page, product, count, django_assert_num_queries):
    for _ in range(count):
        simple(page)
    page.get(reverse("workbench:import-list"))  # what is read once

    with django_assert_num_queries(6):
        answer = page.get(reverse("workbench:import-list"))

    assert len(answer.context["page"].rows) == count


def test_an_import_is_its_persons_own(page, team, product):
    row = simple(page)
    colleague, boss = signed_in(UserFactory(role=Role.ANALYST, team=team)), signed_in(UserFactory(is_superuser=True))
    paths = [reverse(f"workbench:{name}", args=[row.pk]) for name in ("import", "import-columns", "import-values")]

    assert [colleague.get(path).status_code for path in paths] == [404, 404, 404]
    assert colleague.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "start"}).status_code == 404
    assert list(colleague.get(reverse("workbench:import-list")).context["page"].rows) == []
    assert [one.pk for one in boss.get(reverse("workbench:import-list")).context["page"].rows] == [row.pk]


def test_a_started_import_is_planned_no_more(page, product):
    row = simple(page)
    start(page, row)

    assert page.get(reverse("workbench:import-columns", args=[row.pk])).status_code == 409
    assert page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "discard"}).status_code == 409
    assert page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "burn"}).status_code == 400


def test_nobodys_upload_is_read_before_they_are_known(product):
    client = Client(enforce_csrf_checks=True)

    stranger = client.post(reverse("workbench:new-import"), {"file": SimpleUploadedFile("a.csv", b"text\nx\n")})
    client.force_login(UserFactory(role=Role.ANALYST, team=TeamFactory()))
    forged = client.post(reverse("workbench:new-import"), {"file": SimpleUploadedFile("a.csv", b"text\nx\n")})

    assert (stranger.status_code, forged.status_code, Import.objects.count()) == (302, 403, 0)


def test_words_of_a_file_are_shown_as_they_are(page, product):
    row = draft(page, "<script>alert(1)</script>,text\n<b>x</b>,<img src=x onerror=alert(1)>\n", name="<i>.csv")

    seen = page.get(reverse("workbench:import-columns", args=[row.pk])).content.decode()
    columns(page, row, {"text": "text"})
    seen += page.get(reverse("workbench:import", args=[row.pk])).content.decode()

    assert not re.search(r"<script>alert|<b>x|<img src=x|<i>\.csv", seen)


def test_columns_are_guessed_by_name_and_by_what_is_in_them(page, product):
    content = "Nr,Kunde,Was,Wann,Stars\n1,ada@example.org,The lamp is dead,28.03.2026,5\n2,,Works,29.03.2026 10:00,\n"

    assert draft(page, content).upload.plan["columns"] == {
        "Stars": "rating",
        "Kunde": "customer_email",
        "Wann": "captured_at",
        "Was": "text",
    }


def test_json_lines_show_the_columns_that_occur(page, product):
    lines = [{"text": "It hums", "customer": {"email": "ada@example.org"}}, {"text": "Silent", "tags": ["a", "b"]}]
    row = draft(page, "\n".join(map(json.dumps, lines)), name="a.jsonl")

    seen = page.get(reverse("workbench:import-columns", args=[row.pk])).context["glance"]

    assert (seen.columns, seen.examples["tags"]) == (["text", "customer.email", "tags"], '["a", "b"]')
    assert Path(row.upload.stored_name).suffix == ".jsonl"
