"""Which session a page comes after, and who may do what there: strangers find nothing, others may only read."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.panels.models import ResearchSession, SessionNote


def readable_session(user: User, session_id: int) -> ResearchSession:
    """Return a session that ``user`` may open. Raises Http404."""
    rows = ResearchSession.objects.visible_to(user).select_related("team", "product__team", "study", "follow_up_form")
    return get_object_or_404(rows, pk=session_id)


def joined_session(
    user: User, session_id: int, *, permission: Permission = Permission.JOIN_RESEARCH
) -> ResearchSession:
    """Return a session in whose team ``user`` holds ``permission``. Raises Http404, PermissionDenied."""
    session = readable_session(user, session_id)
    if not may(user, permission, team=session.team):
        raise PermissionDenied
    return session


def joined_note(user: User, session_id: int, note_id: int) -> SessionNote:
    """Return a standing note of a session that ``user`` may join. Raises Http404, PermissionDenied."""
    session = joined_session(user, session_id)
    return get_object_or_404(SessionNote.objects.filter(session=session, deleted_at=None), pk=note_id)
