"""Opening and closing one piece of feedback to readers."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest, wants_fragment
from apps.feedback.services import moderation
from apps.workbench.directory.directory_forms import VisibilityForm
from apps.workbench.room.detail import readable_or_404
from apps.workbench.room.readers import may_set_visibility, visibility_context
from apps.workbench.selectors import readable_feedback


@require_POST
@require(Permission.SET_VISIBILITY)
def set_visibility(request: AuthedRequest, feedback_id: int) -> HttpResponse:
    """Open or close one piece of feedback; the same again changes nothing."""
    feedback = readable_or_404(request.user, feedback_id)
    if not may_set_visibility(request.user, feedback):
        raise PermissionDenied
    form = VisibilityForm(request.POST)
    if not form.is_valid():
        raise BadRequest("A visibility is everyone, team or restricted.")
    moderation.set_visibility([feedback.pk], form.cleaned_data["visibility"])
    if not readable_feedback(request.user).filter(pk=feedback.pk).exists():
        messages.success(request, _("Closed: you cannot open this feedback any more."))
        return _leave(request)
    if wants_fragment(request):
        feedback.visibility = form.cleaned_data["visibility"]
        return render(request, "workbench/_visibility.html", visibility_context(request.user, feedback))
    messages.success(request, _("Changed who reads this."))
    return redirect("workbench:feedback-detail", feedback.pk)


def _leave(request: AuthedRequest) -> HttpResponse:
    """Send the reader to the list: what they were looking at is closed to them now."""
    answer = redirect("workbench:feedback-list")
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
    return answer
