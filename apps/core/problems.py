"""Every error of the API in one shape: problem details (RFC 9457), application/problem+json.

``type`` leads to what a code means and what to do about it: the page of ``PROBLEMS``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.errors import DomainError

CONTENT_TYPE = "application/problem+json"
PAGE = "/api/problems/"
RETRY_AFTER_SECONDS = 5  # where the database is away
DatabaseDown = (OperationalError, InterfaceError)


class Kind(NamedTuple):
    """What a code stands for. ``advice`` says what to do, to whoever writes the program."""

    status: int
    title: str
    advice: str


PROBLEMS: Mapping[str, Kind] = {
    "invalid": Kind(400, "Some values need correcting", "errors says which and why. Nothing was written."),
    "parse_error": Kind(
        400,
        "The request could not be read",
        "Send UTF-8 JSON: no byte order mark, no NUL or half surrogate, no key twice, no NaN, no number past a double"
        " or 64 bits, at most 20 levels deep.",
    ),
    "bad_request": Kind(400, "The request could not be understood", "Look at the address, the headers and the host."),
    "bad_text": Kind(400, "A character cannot be stored", "Take the NUL out of the address, the query or the cookie."),
    "not_authenticated": Kind(401, "A key is needed", "Send Authorization: Bearer and the key."),
    "authentication_failed": Kind(401, "The key is not good", "It is unknown, revoked or expired. Ask for a new one."),
    "permission_denied": Kind(403, "The key may not do this", "Ask an administrator for a key with the scope named."),
    "csrf_failed": Kind(403, "That form has expired", "Programs use a key, never a browser's session."),
    "second_factor_required": Kind(403, "A second factor is missing", "Set it up in the browser, or use a key."),
    "not_found": Kind(404, "There is nothing here", "It is gone, was never there, or is not open to this key."),
    "method_not_allowed": Kind(405, "This method does nothing here", "Allow says which ones do."),
    "not_acceptable": Kind(406, "Only JSON is answered", "Accept application/json."),
    "conflict": Kind(409, "Things are otherwise by now", "detail says what stands in the way."),
    "too_large": Kind(413, "The body is too large", "Send less at once."),
    "unsupported_media_type": Kind(415, "Only JSON is taken", "Send application/json in UTF-8, uncompressed."),
    "idempotency_key_reused": Kind(
        422,
        "The Idempotency-Key was used with another body",
        "Make a fresh key for each call; send the same key only with the same body.",
    ),
    "throttled": Kind(429, "Too many calls", "Wait for the seconds of Retry-After. Nothing was written."),
    "server_error": Kind(500, "Our mistake", "Try again later; a write with an Idempotency-Key is not done twice."),
    "unavailable": Kind(503, "Not right now", "Try again after the seconds of Retry-After. Nothing was written."),
}


class InvalidQueryError(exceptions.ValidationError):
    """A ValidationError whose names are those of query parameters."""


class InvalidHeaderError(exceptions.ValidationError):
    """A ValidationError whose names are those of headers."""


class TooLargeError(exceptions.APIException):
    status_code = 413
    default_detail = "The body is larger than 1 MB."
    default_code = "too_large"


def problem(
    code: str, detail: str, *, status: int | None = None, errors: Sequence[Mapping[str, str]] = ()
) -> HttpResponse:
    """Return a problem as an answer of Django's, for what no view of the API answers."""
    body = problem_body(code, detail, status=status, errors=errors)
    return HttpResponse(json.dumps(body), status=int(str(body["status"])), content_type=CONTENT_TYPE)


def problem_body(
    code: str, detail: str, *, status: int | None = None, errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, object]:
    """Return the members of a problem; ``errors`` name what is wrong by pointer, parameter or header."""
    kind = PROBLEMS[code] if code in PROBLEMS else PROBLEMS["bad_request"]
    body: dict[str, object] = {
        "type": f"{settings.PUBLIC_URL}{PAGE}#{code}",
        "title": kind.title,
        "status": status or kind.status,
        "code": code,
        "detail": detail,
    }
    return body | {"errors": list(errors)} if errors else body


def pointer(*path: str | int) -> str:
    """Return a JSON pointer (RFC 6901) into the body, as a fragment: "#/customer/email"."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def api_exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return a foreseen error as a problem; None lets a bug propagate to the page of errors."""
    if isinstance(error, DatabaseDown):
        message = "The service cannot answer right now; try again."
        return _response("unavailable", message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    if isinstance(error, DomainError):
        return _response("conflict", str(error))
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
    return _response(str(code), str(error.detail), status=error.status_code, headers=headers)


def _validation_response(error: exceptions.ValidationError, headers: dict[str, str]) -> Response:
    errors = [_told(error, path, reason) for path, reason in reasons_in(error.detail)]
    message = "Some values need correcting." if isinstance(error.detail, Mapping) else errors[0]["detail"]
    return _response("invalid", message, headers=headers, errors=errors)


def _told(error: exceptions.ValidationError, path: tuple[str | int, ...], reason: str) -> dict[str, str]:
    if isinstance(error, InvalidQueryError):
        return {"parameter": str(path[0]) if path else "", "detail": reason}
    if isinstance(error, InvalidHeaderError):
        return {"header": str(path[0]) if path else "", "detail": reason}
    return {"pointer": pointer(*path), "detail": reason}


def reasons_in(detail: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each sentence of nested errors with where it belongs; a blank name is the object itself."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from reasons_in(inner, path if name in ("", "non_field_errors") else (*path, name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from reasons_in(inner, path)
    else:
        yield path, str(detail)


def _response(
    code: str,
    detail: str,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    body = problem_body(code, detail, status=status, errors=errors)
    return Response(body, status=int(str(body["status"])), headers=headers, content_type=CONTENT_TYPE)
