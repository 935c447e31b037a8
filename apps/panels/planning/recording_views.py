"""Links to recordings, on the page of a session."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.panels.planning import keeping_recordings
from apps.panels.planning.access import own_session
from apps.panels.planning.forms import RecordingForm


@require_POST
@require(Permission.RUN_RESEARCH)
def add_recording(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Keep where a recording lies."""
    session, form = own_session(request, session_id), RecordingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a title and a link that begins with https:// or http://."))
        return redirect("sessions:session", session.pk)
    try:
        keeping_recordings.add_recording(session_id=session.pk, added_by=request.user, **form.cleaned_data)
        messages.success(request, _("Added."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def remove_recording(request: AuthedRequest, session_id: int, recording_id: int) -> HttpResponse:
    """Take the link away."""
    session = own_session(request, session_id)
    if not session.recordings.filter(pk=recording_id).exists():
        raise Http404
    keeping_recordings.remove_recording(session_id=session.pk, recording_id=recording_id)
    messages.success(request, _("Removed."))
    return redirect("sessions:session", session.pk)
