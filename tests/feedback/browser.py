"""A client that sends forms as browsers do; Django's own sends them as if they held files."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client

FORM_TYPE = "application/x-www-form-urlencoded"


class FormClient(Client):
    def post(self, path: str, data: Any = None, content_type: str = FORM_TYPE, **extra: Any) -> Any:  # as in Django
        body = urlencode(data or {}, doseq=True) if content_type == FORM_TYPE else data
        return super().post(path, body, content_type, **extra)
