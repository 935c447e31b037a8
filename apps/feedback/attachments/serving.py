"""Files given out again: as downloads from a sandbox, or a picture's small copy. Who may ask is the view's affair."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from apps.feedback.attachment_models import Attachment
from apps.feedback.attachments import kinds, storage

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def file_response(attachment: Attachment, *, is_preview: bool = False) -> HttpResponse:
    """Answer with the file to save, or with its small picture. Raises Http404 where it is not there.

    Never in a type that a browser would run or draw, but for the small picture, which is a JPEG of our own making.
    Whole: a file has at most settings.ATTACHMENT_BYTES.
    """
    if is_preview and not attachment.has_preview:
        raise Http404
    try:
        content = storage.path_of(attachment.key, is_preview=is_preview).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    response = HttpResponse(content, content_type="image/jpeg" if is_preview else "application/octet-stream")
    if not is_preview:
        name = kinds.download_name(attachment.label, attachment.extension)
        response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Encoding"] = "identity"  # nothing is gained by compressing pictures
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
