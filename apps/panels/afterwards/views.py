"""A session's summary and its files."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.panels.afterwards import exports, selectors, writing
from apps.panels.afterwards.access import joined_session, readable_session
from apps.panels.afterwards.forms import SummaryForm
from apps.panels.models import ResearchSession


@require_safe
@require(Permission.JOIN_RESEARCH)
def summary(request: AuthedRequest, session_id: int) -> HttpResponse:
    """What a session came to, on one page that prints well."""
    session = readable_session(request.user, session_id)
    context = {"session": session, "summary": selectors.summary_of(session), **rights(request, session)}
    return render(request, "panels/afterwards/summary.html", context)


def rights(request: AuthedRequest, session: ResearchSession) -> dict[str, object]:
    """Return what the person may do with what was said in the session."""
    return {
        "can_join": may(request.user, Permission.JOIN_RESEARCH, team=session.team),
        "can_run": may(request.user, Permission.RUN_RESEARCH, team=session.team),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def edit_summary(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Write the summary and the decisions."""
    session = joined_session(request.user, session_id)
    kept = {"summary": session.summary, "decisions": "\n".join(selectors.decisions_in(session))}
    form = SummaryForm(request.POST or None, initial={**kept, "read": writing.mark_of(session)})
    if request.method == "POST" and form.is_valid() and _written(session, form):
        messages.success(request, _("Saved."))
        return redirect("afterwards:summary", session.pk)
    status = 422 if form.is_bound and form.errors else 200
    context = {"session": session, "form": form, "kept": kept, "is_torn": status == 422}
    return render(request, "panels/afterwards/summary_edit.html", context, status=status)


def _written(session: ResearchSession, form: SummaryForm) -> bool:
    """Write it; where that is refused, that is told at the form, which loses nothing."""
    said = form.cleaned_data
    try:
        writing.write_summary(session=session, summary=said["summary"], decisions=said["decisions"], read=said["read"])
    except writing.ChangedMeanwhileError as error:
        session.refresh_from_db(fields=["summary", "decisions"])
        # They see now what stands: sent again, theirs holds.
        form.data = {**dict(form.data.items()), "read": writing.mark_of(session)}
        form.add_error(None, str(error))
        return False
    except (ValidationError, DomainError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return False
    return True


@require_safe
@require(Permission.JOIN_RESEARCH)
def export_markdown(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The summary as a file to pass on."""
    session = readable_session(request.user, session_id)
    words = "".join(exports.as_markdown(selectors.summary_of(session)))
    return _file(HttpResponse(words, content_type="text/markdown; charset=utf-8"), f"session-{session.pk}.md")


@require_safe
@require(Permission.JOIN_RESEARCH)
def export_csv(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The notes for a spreadsheet; words that may not be shown are not in it."""
    session = readable_session(request.user, session_id)
    lines = "".join(exports.as_csv(selectors.said_in(session)))
    return _file(HttpResponse(lines, content_type="text/csv; charset=utf-8"), f"session-{session.pk}-notes.csv")


def _file(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
