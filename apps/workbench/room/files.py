"""The files of one feedback, for whoever may open it."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.feedback.attachment_models import Attachment
from apps.feedback.attachments.serving import file_response
from apps.workbench.selectors import readable_feedback


@require_safe
@require(Permission.READ_FEEDBACK)
def download_file(request: AuthedRequest, feedback_id: int, key: str) -> HttpResponse:
    """A file, to save. A file of feedback that the reader may not open is not there."""
    return file_response(_readable_or_404(request, feedback_id, key))


@require_safe
@require(Permission.READ_FEEDBACK)
def preview_file(request: AuthedRequest, feedback_id: int, key: str) -> HttpResponse:
    """The small copy of a picture, to look at."""
    return file_response(_readable_or_404(request, feedback_id, key), is_preview=True)


def _readable_or_404(request: AuthedRequest, feedback_id: int, key: str) -> Attachment:
    mine = readable_feedback(request.user).filter(pk=feedback_id, redacted_at=None)
    attachment = Attachment.objects.filter(key=key, feedback__in=mine).first()
    if attachment is None:
        raise Http404
    return attachment
