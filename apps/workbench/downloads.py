"""Files that are written while they are sent, at most two at once for one person."""

from collections.abc import Iterator

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from apps.core import slots
from apps.core.http import AuthedRequest, error_page

AT_ONCE = 2  # each reads the database for as long as it runs
RETRY_SECONDS = 30


def stream_file(request: AuthedRequest, lines: Iterator[str], *, content_type: str, file_name: str) -> HttpResponseBase:
    """Answer with ``lines`` as a file to save, private; 429 where the person has ``AT_ONCE`` files under way."""
    slot_id = slots.take_slot("workbench.download", request.user.pk, limit=AT_ONCE)
    if slot_id is None:
        return _too_many(request)
    response = StreamingHttpResponse(slots.Held(slot_id, lines), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _too_many(request: AuthedRequest) -> HttpResponseBase:
    response = error_page(
        request,
        status=429,
        code="throttled",
        title=_("Two files are on their way already"),
        message=_(
            "Let one of your exports finish, or cancel it among your browser's downloads, then export again. One that"
            " was broken off may count for two more minutes."
        ),
    )
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
