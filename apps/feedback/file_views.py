"""The files of one feedback, given out to whoever holds the link of its receipt. No cookie is asked for, none set."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.feedback import selectors, tokens
from apps.feedback.attachments.serving import file_response
from apps.feedback.models import FeedbackState


@csrf_exempt
@require_safe
def receipt_file(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """A file of the feedback that the receipt opens, to save."""
    return _file(token, key)


@csrf_exempt
@require_safe
def receipt_preview(request: HttpRequest, token: str, key: str) -> HttpResponse:
    """The small copy of a picture, to look at."""
    return _file(token, key, is_preview=True)


def _file(token: str, key: str, *, is_preview: bool = False) -> HttpResponse:
    feedback_id = tokens.read_receipt_token(token)
    feedback = selectors.feedback_of_receipt(feedback_id) if feedback_id else None
    if feedback is None or feedback.state == FeedbackState.WITHDRAWN or feedback.redacted_at is not None:
        raise Http404
    attachment = feedback.attachments.filter(key=key).first()
    if attachment is None:
        raise Http404
    return file_response(attachment, is_preview=is_preview)
