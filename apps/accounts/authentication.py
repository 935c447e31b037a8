"""The API's callers: keys with scopes, and staff by their session (reading only)."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import ApiKey
from apps.accounts.permissions import may
from apps.accounts.scopes import SESSION_PERMISSIONS, Scope
from apps.accounts.services import PREFIX_LENGTH
from apps.core import limits

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module by its settings

LAST_USED_GRAIN = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer KEY``: ``request.auth`` is the ApiKey, ``request.user`` stays anonymous.

    One query; one more at most once a minute and key. 401 for a key that is unknown or revoked, 429 for one
    past settings.API_LIMIT. Another scheme or no header leaves the request to the session.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        api_key = _find_key(secret.strip())
        if api_key is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.")
        verdict = limits.take(purpose="api", client=api_key.prefix, limit=settings.API_LIMIT)
        if not verdict.is_allowed:
            raise Throttled(wait=verdict.retry_after_seconds)
        _note_use(api_key)
        return AnonymousUser(), api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _find_key(secret: str) -> ApiKey | None:
    if not secret.isascii():
        return None
    row = ApiKey.objects.filter(prefix=secret[:PREFIX_LENGTH], revoked_at__isnull=True).first()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return row if row is not None and compare_digest(row.key_sha256, digest) else None


def _note_use(api_key: ApiKey) -> None:
    now = timezone.now()
    if api_key.last_used_at is None or api_key.last_used_at < now - LAST_USED_GRAIN:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_GRAIN)
        ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)


class HasScope(BasePermission):
    """Lets in a key with the view's ``required_scope``, or a person whose role reads the same by session.

    ``required_scope`` is a Scope, or one per method ({"GET": …, "POST": …}). A view that names none lets
    nobody in: forgetting it is loud and harmless.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope = required_scope(view, request.method or "")
        if scope is None:
            return False
        if isinstance(request.auth, ApiKey):
            return scope in request.auth.scopes
        permission = SESSION_PERMISSIONS.get(scope)
        return permission is not None and may(request.user, permission)


def required_scope(view: object, method: str) -> Scope | None:
    """Return the scope that ``view`` asks for ``method``; HEAD and OPTIONS ask what GET does."""
    declared: Scope | Mapping[str, Scope] | None = getattr(view, "required_scope", None)
    if isinstance(declared, Mapping):
        return declared.get("GET" if method in ("HEAD", "OPTIONS") else method)
    return declared
