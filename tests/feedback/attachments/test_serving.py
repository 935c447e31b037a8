"""Files given out again: from a sandbox, to receipts and to staff."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback import tokens
from apps.feedback.attachments import storage
from apps.feedback.models import Attachment, Feedback
from tests.factories import AttachmentFactory, FeedbackFactory, ProductFactory, UserFactory


@pytest.fixture
def shown(db) -> Attachment:
    return AttachmentFactory(feedback=FeedbackFactory(product=ProductFactory()), label='é "a"\r\n.png')


def test_a_receipt_gives_its_files_out_from_a_sandbox(shown):
    path = tokens.receipt_path(shown.feedback_id)

    page = Client().get(path)
    file = Client().get(f"{path}files/{shown.key}/")
    small = Client().get(f"{path}files/{shown.key}/preview/")

    assert f"files/{shown.key}/" in page.text
    assert file.headers["Content-Disposition"].startswith("attachment; filename")
    assert "\r" not in file.headers["Content-Disposition"]
    for answer, kind in ((file, "application/octet-stream"), (small, "image/jpeg")):
        assert answer.content == b"picture"
        headers = ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control")
        assert [answer.headers[name] for name in headers] == [
            kind, "nosniff", "sandbox; default-src 'none'; frame-ancestors 'none'", "private, no-store",
        ]  # fmt: skip
        assert not answer.cookies


@pytest.mark.parametrize("change", [{"state": "withdrawn"}, {"redacted_at": "2026-03-02T00:00Z"}])
def test_c087_what_is_gone_has_no_files(shown, change):
    Feedback.objects.filter(pk=shown.feedback_id).update(**change)

    path = tokens.receipt_path(shown.feedback_id)

    assert [Client().get(f"{path}files/{shown.key}/{end}").status_code for end in ("", "preview/")] == [404, 404]


def test_c087_a_guessed_or_foreign_key_is_404(shown):
    other = AttachmentFactory(feedback=FeedbackFactory())
    waiting = AttachmentFactory()
    path = tokens.receipt_path(shown.feedback_id)

    keys = [other.key, waiting.key, "0" * 32, "..%2f..%2fetc", "x"]

    assert [Client().get(f"{path}files/{key}/").status_code for key in keys] == [404] * 5


def staff_path(attachment: Attachment, name: str = "download-file") -> str:
    return reverse(f"workbench:{name}", args=[attachment.feedback_id, attachment.key])


def test_staff_see_files_as_they_see_the_feedback(shown, client):
    product = shown.feedback.product
    reader, stranger = UserFactory(role=Role.SCIENTIST), UserFactory()
    client.force_login(reader)

    assert [client.get(staff_path(shown, name)).status_code for name in ("download-file", "preview-file")] == [200, 200]
    Feedback.objects.filter(pk=shown.feedback_id).update(visibility=Visibility.RESTRICTED)
    assert [client.get(staff_path(shown, name)).status_code for name in ("download-file", "preview-file")] == [404, 404]
    assert client.post(staff_path(shown)).status_code == 405
    client.force_login(stranger)
    assert client.get(staff_path(shown)).status_code == 403
    assert product.pk


def test_held_feedback_hides_its_files_from_those_who_do_not_review(shown, client):
    Feedback.objects.filter(pk=shown.feedback_id).update(state="held")
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(staff_path(shown)).status_code == 404


def test_c091_a_page_opens_although_its_file_is_missing(shown, client):
    storage.delete(shown.key)
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(reverse("workbench:feedback-detail", args=[shown.feedback_id])).status_code == 200
    assert client.get(staff_path(shown)).status_code == 404


def test_the_page_of_a_feedback_shows_its_files_as_text(client, db):
    row = AttachmentFactory(feedback=FeedbackFactory(), label="<script>alert(1).png")
    client.force_login(UserFactory(role=Role.SCIENTIST))

    page = client.get(reverse("workbench:feedback-detail", args=[row.feedback_id])).text

    assert "&lt;script&gt;alert(1).png" in page
    assert staff_path(row) in page
    assert staff_path(row, "preview-file") in page
