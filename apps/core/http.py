"""What every request and answer has in common: who calls, strict input, errors that say what to do."""

import logging
import secrets
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from apps.core import strict_json
from apps.core.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.auth.models import _User  # the plugin reads AUTH_USER_MODEL

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
PUBLIC_FORM_PREFIX = "/f/"  # posts whose words are given back when the database is away
RETRY_AFTER_SECONDS = 5
BODY_BYTES = 1_000_000
DatabaseDown = (OperationalError, InterfaceError)


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


def problem(code: str, message: str, *, status: int, fields: "Mapping[str, object] | None" = None) -> JsonResponse:
    """Return the one shape of every error of the API."""
    return JsonResponse({"error": _error(code, message, fields)}, status=status)


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
        limit_bytes = settings.UPLOAD_BODY_BYTES.get(request.path, BODY_BYTES)
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


# --- the API's input and errors -----------------------------------------------------------------------------


class TooLargeError(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 1 MB."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """JSON as ``strict_json.parse`` has it, at most 1 MB, uncompressed."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: "Mapping[str, Any] | None" = None,
    ) -> Any:  # Any: the signature of the base class
        request = (parser_context or {}).get("request")
        if request is not None:
            _refuse_encoding(request.META)
        data = stream.read(BODY_BYTES + 1)
        if len(data) > BODY_BYTES:
            raise TooLargeError
        try:
            return strict_json.parse(data)
        except strict_json.StrictJSONError as error:
            raise exceptions.ParseError(str(error)) from None


def _refuse_encoding(meta: "Mapping[str, str]") -> None:
    content_type = meta.get("CONTENT_TYPE", "").lower()
    charset = content_type.partition("charset=")[2].partition(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8") or meta.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise exceptions.UnsupportedMediaType(content_type, "Send UTF-8, uncompressed.")


def api_exception_handler(error: Exception, context: "Mapping[str, Any]") -> Response | None:
    """Return a foreseen error as ``{"error": {"code", "message", "fields"?}}``; None lets a bug propagate."""
    if isinstance(error, DatabaseDown):
        message = "The service cannot answer right now; try again."
        return _response("unavailable", message, 503, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if isinstance(error, DomainError):
        return _response("conflict", str(error), 409)
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    return _api_exception(error) if isinstance(error, exceptions.APIException) else None


def _api_exception(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]  # set by APIView.handle_exception
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]  # Throttled only
    if isinstance(error, exceptions.ValidationError):
        return _validation_response(error, headers)
    code = error.get_codes() if isinstance(error.detail, str) else error.default_code
    return _response(str(code), str(error.detail), error.status_code, headers)


def _validation_response(error: exceptions.ValidationError, headers: dict[str, str]) -> Response:
    if isinstance(error.detail, dict):
        return _response("invalid", "Some fields need correcting.", 400, headers, error.detail)
    return _response("invalid", " ".join(str(item) for item in error.detail), 400, headers)


def _response(
    code: str,
    message: str,
    status: int,
    headers: "Mapping[str, str] | None" = None,
    fields: "Mapping[str, object] | None" = None,
) -> Response:
    return Response({"error": _error(code, message, fields)}, status=status, headers=headers)


def _error(code: str, message: str, fields: "Mapping[str, object] | None") -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": message}
    return error | {"fields": fields} if fields else error
