"""The API's callers: keys with scopes, and staff by their session (reading only)."""

import hashlib
import json
from collections.abc import Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import ApiKey
from apps.accounts.permissions import may
from apps.accounts.scopes import SESSION_PERMISSIONS, Scope
from apps.accounts.services import PREFIX_LENGTH
from apps.core import limits

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module by its settings

# By hand: every call pays for it, and through the ORM it costs more than the rest of reading who calls.
KEY_BY_PREFIX = """
SELECT id, name, prefix, key_sha256, scopes,
    coalesce(last_used_at < statement_timestamp() - interval '1 minute', true)
FROM accounts_apikey
WHERE prefix = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > statement_timestamp())
"""
# Of calls at once one writes it down; the others do not wait for its lock.
NOTE_USE = """
UPDATE accounts_apikey SET last_used_at = statement_timestamp() WHERE id = (
    SELECT id FROM accounts_apikey
    WHERE id = %s AND coalesce(last_used_at < statement_timestamp() - interval '1 minute', true)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer KEY``: ``request.auth`` is the ApiKey, ``request.user`` stays anonymous.

    One query; one more at most once a minute and key. 401 for a key that is unknown, revoked or expired, 429 for one
    past settings.API_LIMIT. Another scheme or no header leaves the request to the session.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        api_key, is_use_due = _find_key(secret.strip())
        verdict = limits.take(purpose="api", client=api_key.prefix, limit=settings.API_LIMIT)
        request._request.api_limit = verdict  # type: ignore[attr-defined]  # noqa: SLF001 ApiView tells it
        if not verdict.is_allowed:
            raise Throttled(wait=verdict.retry_after_seconds)
        if is_use_due:
            with connection.cursor() as cursor:
                cursor.execute(NOTE_USE, [api_key.pk])
        return AnonymousUser(), api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _find_key(secret: str) -> tuple[ApiKey, bool]:
    """Return the key and whether its use is to be noted. Raises AuthenticationFailed, always the same one."""
    row = None
    if secret.isascii() and "\0" not in secret:
        with connection.cursor() as cursor:
            cursor.execute(KEY_BY_PREFIX, [secret[:PREFIX_LENGTH]])
            row = cursor.fetchone()
    digest = hashlib.sha256(secret.encode(errors="replace")).hexdigest()
    if row is None or not compare_digest(row[3], digest):
        raise AuthenticationFailed("This API key is unknown, revoked or expired.")
    key_id, name, prefix, key_sha256, scopes, is_use_due = row
    found = ApiKey(pk=key_id, name=name, prefix=prefix, key_sha256=key_sha256, scopes=json.loads(scopes))
    return found, is_use_due


class HasScope(BasePermission):
    """Lets in a key with the view's ``required_scope``, or a person whose role reads the same by session.

    ``required_scope`` is a Scope, a tuple of which one is enough, or such by method ({"GET": …, "POST": …}). A view
    that names none lets nobody in: forgetting it is loud and harmless.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        method = request.method or ""
        if request.auth is not None and not hasattr(view, method.lower()):
            raise MethodNotAllowed(method)  # no scope would help
        scopes = required_scopes(view, method)
        if isinstance(request.auth, ApiKey):
            self.message = f"This needs a key with the scope {' or '.join(scopes)}."
            return any(scope in request.auth.scopes for scope in scopes)
        permissions = [SESSION_PERMISSIONS[scope] for scope in scopes if scope in SESSION_PERMISSIONS]
        return any(may(request.user, permission) for permission in permissions)


def required_scopes(view: object, method: str) -> tuple[Scope, ...]:
    """Return the scopes of which ``view`` asks one for ``method``; HEAD and OPTIONS ask what GET does."""
    declared: object = getattr(view, "required_scope", None)
    if isinstance(declared, Mapping):
        declared = declared.get("GET" if method in ("HEAD", "OPTIONS") else method)
    if isinstance(declared, Scope):
        return (declared,)
    return declared if isinstance(declared, tuple) else ()
