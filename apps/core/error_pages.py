"""The handlers of feedback_platform.urls: pages for errors that no view answers. Each says what to do next."""

import sys

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.core.http import DatabaseDown, database_down_page, error_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=400,
        code="bad_request",
        title=_("We could not read that"),
        message=_(
            "What was sent is not something this page understands. Nothing was changed. Go back, load the page again,"
            " and try once more."
        ),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=403,
        code="permission_denied",
        title=_("Not yours to open"),
        message=_("Your role does not allow this. If you need it for your work, ask an administrator for the role."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose check failed: expired, or sent from another site."""
    return error_page(
        request,
        status=403,
        code="csrf_failed",
        title=_("That form has expired"),
        message=_("Nothing was changed. Go back, load the page again, and send it once more."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        status=404,
        code="not_found",
        title=_("There is nothing here"),
        message=_("The address may be wrong, or what was here is gone or not shared with you."),
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """allauth's name for it is ``handler429`` of the URLconf."""
    return error_page(
        request,
        status=429,
        code="throttled",
        title=_("Too many tries"),
        message=_("Please wait a minute and try again. Nothing is lost or locked for good."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for a bug, 503 where the database failed outside a view (saving a session, say)."""
    if isinstance(sys.exc_info()[1], DatabaseDown):
        return database_down_page(request)
    return error_page(
        request,
        status=500,
        code="server_error",
        title=_("That was our mistake"),
        message=_("Something went wrong on our side, and it has been written down. Please try again."),
    )
