"""The API's bodies: strict JSON, uncompressed, no larger than their address takes. Nothing else is read."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from apps.core import strict_json
from apps.core.problems import TooLargeError

BODY_BYTES = 1_000_000


def body_limit(path: str, content_type: str = "") -> int:
    """Return how many bytes a body sent to ``path`` may have; a public form's files more than its words."""
    if content_type == "multipart/form-data" and path.startswith("/f/"):
        return int(settings.ATTACHMENT_BODY_BYTES)
    under = (limit for start, limit in settings.UPLOAD_BODY_BYTES_UNDER.items() if path.startswith(start))
    limit_bytes: int = settings.UPLOAD_BODY_BYTES.get(path) or next(under, BODY_BYTES)
    return limit_bytes


class StrictJSONParser(BaseParser):
    """JSON as ``strict_json.parse`` has it, whatever length was declared."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # Any: the signature of the base class
        request = (parser_context or {}).get("request")
        limit_bytes = BODY_BYTES
        if request is not None:
            _refuse_encoding(request.META)
            limit_bytes = body_limit(request.path)
        data = stream.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise TooLargeError(f"The body is larger than {limit_bytes // 1_000_000} MB.")
        try:
            return strict_json.parse(data)
        except strict_json.StrictJSONError as error:
            raise exceptions.ParseError(str(error)) from None


def _refuse_encoding(meta: Mapping[str, str]) -> None:
    content_type = meta.get("CONTENT_TYPE", "").lower()
    charset = content_type.partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8") or meta.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise exceptions.UnsupportedMediaType(content_type, "Send UTF-8, uncompressed.")
