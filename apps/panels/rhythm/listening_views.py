"""Where one could meet a customer, and whom nobody has listened to."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import ResearchSession
from apps.panels.planning import observers
from apps.panels.rhythm import exposure, listening, meeting
from apps.panels.rhythm.days import installation_day

DEFAULT_WEEKS = 8


@require_safe
@require(Permission.JOIN_RESEARCH)
def meet(request: AuthedRequest) -> HttpResponse:
    """The sessions ahead at which a seat for an observer is free."""
    context = {
        "meetings": meeting.meetings(request.user, as_of=timezone.now()),
        "progress": exposure.own_progress(request.user, today=installation_day()),
    }
    return render(request, "panels/rhythm/meet.html", context)


@require_POST
@require(Permission.JOIN_RESEARCH)
def join(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Take a seat; whoever has one keeps it."""
    session = get_object_or_404(ResearchSession.objects.visible_to(request.user), pk=session_id)
    observers.join_as_observer(session=session, user=request.user)
    told = _("You have a seat at “%(session)s”. Listen, and leave the questions to whoever leads it.")
    say_done(request, told % {"session": session}, undo=reverse("rhythm:leave", args=[session.pk]))
    return redirect("rhythm:meet")


@require_POST
@require(Permission.JOIN_RESEARCH)
def leave(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Give one's seat back."""
    session = get_object_or_404(ResearchSession.objects.visible_to(request.user), pk=session_id)
    if observers.leave_session(session=session, user=request.user):
        undo = reverse("rhythm:join", args=[session.pk])
        say_done(request, _("Your seat at “%(session)s” is free again.") % {"session": session}, undo=undo)
    return redirect("rhythm:meet")


@require_safe
@require(Permission.JOIN_RESEARCH)
def listening_coverage(request: AuthedRequest) -> HttpResponse:
    """Segments, sites and products by how long nobody has listened to them."""
    named = request.GET.get("weeks", "")
    weeks = next((choice for choice in listening.WEEKS if str(choice) == named), DEFAULT_WEEKS)
    context = {
        "weeks": weeks,
        "choices": [
            {
                "text": ngettext("%(count)d week", "%(count)d weeks", choice) % {"count": choice},
                "url": f"?weeks={choice}",
                "is_current": choice == weeks,
            }
            for choice in listening.WEEKS
        ],
        "silences": listening.silences(weeks=weeks, today=installation_day()),
    }
    return render(request, "panels/rhythm/listening.html", context)
