"""The follow-up form of a session: sent, and who answered."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.permissions import Permission, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.panels.afterwards import follow_up
from apps.panels.afterwards.access import joined_session
from apps.panels.afterwards.forms import FollowUpForm
from apps.panels.models import ResearchSession


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.RUN_RESEARCH)
def follow_up_page(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Choose a form, send it to who attended; who was sent it, and who answered."""
    session = joined_session(request.user, session_id, permission=Permission.RUN_RESEARCH)
    form = FollowUpForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid() and _sent(request, session, form):
        return redirect("afterwards:follow-up", session.pk)
    people = list(follow_up.attended(session).order_by("pk"))
    answered = follow_up.answered(session, people)
    context = {
        "session": session,
        "form": form,
        "people": [(one, one.pk in answered) for one in people],
        "waiting_count": sum(one.follow_up_sent_at is None for one in people),
        "answered_count": len(answered),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "panels/afterwards/follow_up.html", context, status=status)


def _sent(request: AuthedRequest, session: ResearchSession, form: FollowUpForm) -> bool:
    try:
        sent = follow_up.send_follow_up(session=session, form=form.cleaned_data["form"], user=request.user)
    except DomainError as error:
        form.add_error("form", str(error))
        return False
    number = len(sent.to)
    words = ngettext("%(count)d mail is on its way.", "%(count)d mails are on their way.", number)
    messages.success(request, words % {"count": number})
    if sent.not_to:
        names = ", ".join(str(one.customer) for one in sent.not_to)
        messages.warning(
            request, _("Not sent to %(names)s: no address, or no wish to be written to.") % {"names": names}
        )
    return True
