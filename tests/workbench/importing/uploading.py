"""An import by its pages: uploaded, planned, started, worked off."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core import lanes
from apps.feedback.models import Import

HEADER = "id,said,when,stars,who,labels,kind,state\n"

ROWS = (
    "1,It drifts after an hour,03/28/2026 2:05 PM,4/5,ada@example.org,Noise; Speed,Gold,open\n"
    "2,The lamp is dead,03/29/2026,1/5,bob@example.org,Nonsense,,declined\n"
    "3,,03/30/2026,5/5,,,,open\n"
)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(page, content, *, name="feedback.csv", start="", like=None):
    """Upload a file; return the answer."""
    data = content if isinstance(content, bytes) else content.encode()
    url = reverse("workbench:new-import") + (f"?like={like}" if like else "")
    return page.post(url, {"file": SimpleUploadedFile(name, data), "start": start})


def draft(page, content=HEADER + ROWS, **more) -> Import:
    answer = upload(page, content, **more)
    assert answer.status_code == 302, answer.content
    return Import.objects.latest("id")


def columns(page, row, becomes, **options):
    """Say what the columns become, by name; return the answer."""
    url = reverse("workbench:import-columns", args=[row.pk])
    form = page.get(url).context["form"]
    sent = {field.html_name: becomes.get(column, "") for column, field in form.columns()}
    sent |= {"scale": "five", "separators": ",;|", "product": "laser"} | options
    return page.post(url, sent)


BECOMES = {
    "id": "external_id",
    "said": "text",
    "when": "captured_at",
    "stars": "rating",
    "who": "customer_email",
    "labels": "tags",
    "kind": "segment",
    "state": "status",
}


def run_all() -> int:
    """Do what workers do until nothing is left; return how many batches that took."""
    lane = lanes.get("feedback.imports")
    batches = 0
    while lane.has_work():
        assert lane.work()
        batches += 1
    return batches


def start(page, row):
    answer = page.post(reverse("workbench:act-on-import", args=[row.pk]), {"action": "start"})
    assert answer.status_code == 302, answer.content
    return answer


def simple(page, rows: int = 3, **more) -> Import:
    """Return a draft of so many good rows, ready to start."""
    content = "text,id\n" + "".join(f"Row {number},{number}\n" for number in range(1, rows + 1))
    row = draft(page, content, **more)
    assert columns(page, row, {"text": "text", "id": "external_id"}).status_code == 302
    return row
