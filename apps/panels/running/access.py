"""Who comes to which session, and in which form they are answered."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.panels.models import ResearchSession


def joined_or_404(user: User, session_id: int, *, permission: Permission = Permission.JOIN_RESEARCH) -> ResearchSession:
    """Return a session that ``user`` may open and sit in: 404 for strangers, 403 for who may only read it."""
    visible = ResearchSession.objects.visible_to(user).select_related("team", "study")
    session = get_object_or_404(visible, pk=session_id)
    if not may(user, permission, team=session.team):
        raise PermissionDenied
    return session


def wants_json(request: HttpRequest) -> bool:
    """Return whether the live page's script asks, not the browser itself."""
    return request.headers.get("Accept", "") == "application/json"
