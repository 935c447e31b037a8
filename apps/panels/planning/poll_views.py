"""The date poll as staff see it: dates offered, everybody's answers, the choice."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Permission, may, require
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.panels.models import ResearchSession, SessionState, Willing
from apps.panels.planning import dates, mails, selectors
from apps.panels.planning.access import open_session, own_session
from apps.panels.planning.forms import WhenForm
from apps.panels.planning.templates_of_kinds import template_of

OFFERING = (SessionState.DRAFT, SessionState.POLLING)


@require_safe
@require(Permission.JOIN_RESEARCH)
def poll(request: AuthedRequest, session_id: int) -> HttpResponse:
    """The table of answers."""
    session = open_session(request, session_id)
    return _page(request, session, _when_form(request, session))


@require_POST
@require(Permission.RUN_RESEARCH)
def offer_date(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Offer one more date; the page comes back with what to correct."""
    session = own_session(request, session_id)
    form = _when_form(request, session)
    if form.is_valid() and _has_offered(request, form, session):
        return redirect("sessions:dates", session.pk)
    return _page(request, session, form)


def _page(request: AuthedRequest, session: ResearchSession, form: WhenForm) -> HttpResponse:
    options = list(session.date_options.all())
    context = {
        "session": session,
        "poll": selectors.poll_of(session, as_of=timezone.now()),
        "own": selectors.answers_of(options, user=request.user),
        "options": options,
        "willing": Willing.choices,
        "form": form,
        "may_run": may(request.user, Permission.RUN_RESEARCH, team=session.team),
        "is_open": session.state in OFFERING,
        "zone": mails.zone_of_session(session),
    }
    return render(request, "panels/planning/dates.html", context, status=422 if form.errors else 200)


def _when_form(request: AuthedRequest, session: ResearchSession) -> WhenForm:
    initial = {"minutes": template_of(session.kind).minutes}
    data = request.POST if request.method == "POST" else None
    return WhenForm(data, zone=mails.zone_of_session(session), initial=initial)


def _has_offered(request: AuthedRequest, form: WhenForm, session: ResearchSession) -> bool:
    if form.span is None:
        return False
    try:
        dates.offer_date(session_id=session.pk, starts_at=form.span[0], ends_at=form.span[1])
    except ValidationError as error:
        form.add_error("day", error)
        return False
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    if form.warning:
        messages.warning(request, form.warning)
    return True


@require_POST
@require(Permission.JOIN_RESEARCH)
def answer_dates(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Keep when a member of staff could come."""
    session = open_session(request, session_id)
    try:
        dates.answer_dates(session_id=session.pk, user=request.user, answers=read_answers(request))
        messages.success(request, _("Saved."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:dates", session.pk)


def read_answers(request: HttpRequest) -> dict[int, str]:
    """Return what a poll's form says, by option: fields ``d<option>``."""
    return {
        int(name[1:]): str(value)
        for name, value in list(request.POST.items())[:100]
        if name[:1] == "d" and name[1:].isascii() and name[1:].isdigit() and len(name) < 17
    }


@require_POST
@require(Permission.RUN_RESEARCH)
def remove_date(request: AuthedRequest, session_id: int, option_id: int) -> HttpResponse:
    """Offer a date no more."""
    session = own_session(request, session_id)
    _check_there(session, option_id)
    try:
        dates.remove_date(session_id=session.pk, option_id=option_id)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:dates", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def choose_date(request: AuthedRequest, session_id: int, option_id: int) -> HttpResponse:
    """Plan the session on one of the dates."""
    session = own_session(request, session_id)
    _check_there(session, option_id)
    try:
        dates.choose_date(session_id=session.pk, option_id=option_id)
        messages.success(request, _("The date is set. Everybody who was asked is told."))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("sessions:dates", session.pk)
    return redirect("sessions:session", session.pk)


def _check_there(session: ResearchSession, option_id: int) -> None:
    if not session.date_options.filter(pk=option_id).exists():
        raise Http404
