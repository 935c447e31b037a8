"""Who is behind a write: said once per request or command, kept by the triggers of ``core.audit`` with what changed.

It travels by django-pghistory's context: settings of the transaction, sent along with each statement that may write.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pghistory
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.http import API_PREFIX

PREFIX_CHARACTERS = 12  # of an API key: what may be shown of it
VIA_CHARACTERS = 200
# Capture writes facts, which have no history: nothing is sent along there, and it says who where it makes a customer.
SAYS_ITSELF = "/api/v1/feedback/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
RUNS_FOR_LONG = frozenset({"up", "dispatch", "services", "runserver", "shell"})  # they act for others


def acting(*, person_id: int | None = None, via: str = "") -> AbstractContextManager[object]:
    """Say who is behind the writes within: a person, and from where ("/products/3/", "system: import_feedback").

    Within another one its values replace what that one said, to the outer one's end.
    """
    told: dict[str, object] = {"via": via[:VIA_CHARACTERS]}
    if person_id is not None:
        told["person"] = person_id
    context: AbstractContextManager[object] = pghistory.context(**told)
    return context


def acting_for_key(key: str) -> AbstractContextManager[object]:
    """Say that an API key is behind the writes within; of ``key`` only the beginning is kept, which may be shown."""
    return acting(via=f"API key {key[:PREFIX_CHARACTERS]}…")


class AuditMiddleware:
    """Says who is behind the writes of a request that comes with a session or an API key.

    Requests without either (public forms) and requests that only read pay nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        # Elsewhere a key opens nothing, and such a header would hide whose session it is.
        if scheme.lower() == "bearer" and request.path.startswith(API_PREFIX):
            if request.path.startswith(SAYS_ITSELF):
                return self.get_response(request)
            with acting_for_key(secret.strip()):
                return self.get_response(request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        with acting(person_id=request.user.pk, via=request.path):
            return self.get_response(request)
