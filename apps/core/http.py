"""What every request and answer has in common: who calls, strict input, errors that say what to do."""

import logging
import secrets
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from rest_framework import exceptions

from apps.core.errors import DomainError
from apps.core.json_body import body_limit
from apps.core.problems import RETRY_AFTER_SECONDS, problem
from apps.core.problems import DatabaseDown as DatabaseDown  # re-exported: pages and jobs ask for it here

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.auth.models import _User  # the plugin reads AUTH_USER_MODEL

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
PUBLIC_FORM_PREFIX = "/f/"  # posts whose words are given back when the database is away


class AuthedRequest(HttpRequest):
    """A request behind sign-in: for annotations only."""

    user: "_User"


# --- who calls ----------------------------------------------------------------------------------------------


def wants_fragment(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page; a history restore and a boosted link get the whole."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
        and request.headers.get("HX-Boosted") != "true"
    )


def client_address(request: HttpRequest) -> str:
    """Return the address that limits count by: an IPv4 address, an IPv6 /64, or "unknown".

    X-Forwarded-For counts only as far as settings.TRUSTED_PROXIES wrote it: read from the right, the first
    address that is not a trusted proxy. No other header counts.
    """
    address = _parse_address(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return "unknown"
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while hops and _is_trusted_proxy(address):
        hop = _parse_address(hops.pop().strip())
        if hop is None:
            break
        address = hop
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted_proxy(address: IPv4Address | IPv6Address) -> bool:
    return any(address in ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)


# --- errors -------------------------------------------------------------------------------------------------


def error_page(
    request: HttpRequest, *, status: int, code: str, title: str, message: str, words: object = None
) -> HttpResponse:
    """Return the error as a page, or as a problem under /api/.

    Somebody signed in keeps their navigation; from 500 on, and for strangers, the page needs neither database
    nor session. A failure of ours carries a reference that the log has too.
    """
    if request.path.startswith(API_PREFIX):
        return problem(code, message, status=status)
    context = {"status": status, "title": title, "message": message, "words": words, "path": request.path}
    context["reference"] = _noted(request, status) if status >= 500 else ""
    page = _framed(request, context) if status < 500 else None
    return HttpResponse(page or render_to_string("errors/page.html", context), status=status)


def _noted(request: HttpRequest, status: int) -> str:
    """Return a fresh reference, after writing it to the log."""
    reference = secrets.token_hex(4)
    logger.error("Answered %s to %s %s, reference %s", status, request.method, request.path, reference)
    return reference


def _framed(request: HttpRequest, context: "Mapping[str, object]") -> str | None:
    """Return the error within a signed-in person's frame; None for anybody else, or where the database is away."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    if not has_session or wants_fragment(request) or request.path.startswith(PUBLIC_FORM_PREFIX):
        return None
    try:
        user = getattr(request, "user", None)  # absent where a middleware before it refused
        if user is None or not user.is_authenticated:
            return None
        return render_to_string("errors/framed.html", dict(context), request=request)
    except DatabaseDown:
        return None


def database_down_page(request: HttpRequest) -> HttpResponse:
    """Return 503 with Retry-After; a public form comes back with the words that were sent."""
    response = error_page(
        request,
        status=503,
        code="unavailable",
        title=_("We cannot take this right now"),
        message=_("The service is catching its breath. Nothing was saved; please try again in a few seconds."),
        words=_sent_words(request),
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def keep_private(response: HttpResponse) -> HttpResponse:
    """Mark an answer as one person's: no cache keeps it, no search engine lists it, no link tells of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _sent_words(request: HttpRequest) -> "list[tuple[str, str]] | None":
    """Return name and value of everything a public form sent, or None where nothing is to be given back."""
    if request.method != "POST" or not request.path.startswith(PUBLIC_FORM_PREFIX):
        return None
    try:
        return [(name, value) for name, values in request.POST.lists() for value in values]
    except (OSError, exceptions.APIException):  # the body was cut off
        return None


def _conflict_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    return error_page(request, status=409, code="conflict", title=_("That cannot be done"), message=str(error))


class DatabaseDownMiddleware:
    """Answers 503 where the database does not answer, is full, or took too long; never 500 and never 200.

    Failures outside views (saving a session) reach ``error_pages.server_error`` instead. A DomainError that
    no view caught becomes a page with its sentence: 409.
    """

    def __init__(self, get_response: "Callable[[HttpRequest], HttpResponse]") -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DatabaseDown):
            return database_down_page(request)
        if isinstance(exception, DomainError):
            return _conflict_page(request, exception)
        return None


class BadTextMiddleware:
    """Refuses NUL in the path, the query string and cookies: PostgreSQL would, and with a 500."""

    def __init__(self, get_response: "Callable[[HttpRequest], HttpResponse]") -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._has_nul(request):
            return error_page(
                request,
                status=400,
                code="bad_text",
                title=_("We could not read that address"),
                message=_("The address or a cookie contains a character that cannot be stored."),
            )
        return self.get_response(request)

    def _has_nul(self, request: HttpRequest) -> bool:
        query = request.META.get("QUERY_STRING", "")
        return (
            "\0" in request.path
            or "%00" in query
            or "\0" in query
            or any("\0" in value for value in request.COOKIES.values())
        )


class BodySizeMiddleware:
    """Refuses a body that says it is larger than 1 MB, or than its page takes, before anything of it is read."""

    def __init__(self, get_response: "Callable[[HttpRequest], HttpResponse]") -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        limit_bytes = body_limit(request.path, request.content_type or "")
        if declared.isascii() and declared.isdigit() and int(declared[:12]) > limit_bytes:
            return error_page(
                request,
                status=413,
                code="too_large",
                title=_("That is too much at once"),
                message=_("What was sent is larger than %(megabytes)d MB, and was not read.")
                % {"megabytes": limit_bytes // 1_000_000},
            )
        return self.get_response(request)
