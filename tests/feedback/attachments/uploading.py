"""Files to attach: pictures, archives, what is kept and stored."""

import io
from collections.abc import Callable
from typing import Any

from PIL import Image

from apps.feedback.attachments import storage
from apps.feedback.models import Attachment
from apps.feedback.services import attachments
from apps.feedback.services.attachments import Incoming

DEFINITION: dict[str, Any] = {
    "languages": ["en"],
    "title": {"en": "Show us"},
    "intro": {},
    "pages": [
        {
            "key": "first",
            "questions": [
                {
                    "key": "words",
                    "kind": "long_text",
                    "label": {"en": "What happened?"},
                    "role": "words",
                    "is_required": True,
                },
                {"key": "shot", "kind": "file", "label": {"en": "A picture"}},
            ],
        }
    ],
}


def a_picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **extra: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **extra)
    return out.getvalue()


def keep(name: str, content: bytes, **more: Any) -> Attachment:
    return attachments.keep(Incoming(content=io.BytesIO(content), name=name, size_bytes=len(content), **more))


def stored() -> list[str]:
    """The names of all files under the folder of attachments, half-made ones too."""
    return sorted(path.name for path in storage.folder().rglob("*") if path.is_file())


HTML = b"<!doctype html><script>alert(1)</script>"

Send = Callable[..., Any]
