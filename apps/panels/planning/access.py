"""Which session a page is about, and who may do what with it: strangers find nothing, others may not."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.shortcuts import get_object_or_404

from apps.accounts.permissions import Permission, may
from apps.core.http import AuthedRequest
from apps.panels.models import ResearchSession


def open_session(request: AuthedRequest, session_id: int) -> ResearchSession:
    """Return a session that the person may open. Raises Http404."""
    rows: QuerySet[ResearchSession] = ResearchSession.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("team", "product", "panel", "study", "cycle"), pk=session_id)


def own_session(request: AuthedRequest, session_id: int) -> ResearchSession:
    """Return a session that the person runs. Raises Http404, PermissionDenied."""
    session = open_session(request, session_id)
    if not may(request.user, Permission.RUN_RESEARCH, team=session.team):
        raise PermissionDenied
    return session


def add_service_errors(form: Form, error: ValidationError) -> None:
    """Show what a service refused at the fields it is about, else above them."""
    found: dict[str, Any] = getattr(error, "error_dict", {})  # Any: Django's own errors
    renamed = {"starts_at": "day", "ends_at": "day", "budget_minor": "budget"}
    if not found:
        form.add_error(None, error)
    for name, errors in found.items():
        name = renamed.get(name, name)
        form.add_error(name if name in form.fields else None, errors)
