"""Attachments of tests lie in a folder of their own."""

import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.feedback import tokens
from apps.feedback.models import Form
from apps.feedback.questionnaire import definition
from apps.feedback.services.form_versions import add_version
from tests.factories import ProductFactory
from tests.feedback.attachments.uploading import DEFINITION, Send


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FORM_LIMIT = "100000/m"


@pytest.fixture
def file_form(db) -> Form:
    form = Form.objects.create(product=ProductFactory(name="Spectrometer", slug="optics"), title="Show us", slug="show")
    add_version(form, definition.read(DEFINITION), None)
    form.refresh_from_db()
    return form


@pytest.fixture
def send(file_form: Form) -> Send:
    """Return a function that posts the form as a browser does, with its files."""
    token = tokens.issue_form_token(file_form.pk, now=time.time() - 60, version_id=file_form.current_id)

    def post(*files: tuple[str, bytes], **data: Any) -> Any:
        uploads = [SimpleUploadedFile(name, content) for name, content in files]
        return Client(enforce_csrf_checks=True).post(
            "/f/show/", {"token": token, "page": "0", "words": "It drifts", "shot": uploads, **data}
        )

    return post
