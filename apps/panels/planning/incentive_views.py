"""Incentives as staff see them: proposed at a session, decided, handed over, the overview and its file."""

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require, teams_where
from apps.core.errors import DomainError
from apps.core.http import AuthedRequest
from apps.core.spreadsheet import csv_line
from apps.panels.models import Incentive, ResearchSession
from apps.panels.planning import incentives, selectors
from apps.panels.planning.access import own_session
from apps.panels.planning.forms import IncentiveForm
from apps.panels.planning.money import from_minor, money_words, to_minor

DECISIONS = {"approve": True, "refuse": False}


@require_POST
@require(Permission.RUN_RESEARCH)
def propose(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Propose what a participant is to get."""
    session = own_session(request, session_id)
    form = IncentiveForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError(_("Say how much it is."))
        participant = session.participants.filter(pk=form.cleaned_data["participant"]).first()
        if participant is None:
            raise Http404
        incentives.propose(
            participant_id=participant.pk,
            amount_minor=to_minor(form.cleaned_data["amount"], session.currency),
            kind=form.cleaned_data["kind"],
            proposed_by=request.user,
        )
        messages.success(request, _("Proposed. Somebody else approves it."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.APPROVE_INCENTIVE)
def decide(request: AuthedRequest, session_id: int, incentive_id: int) -> HttpResponse:
    """Approve or refuse."""
    session = get_object_or_404(ResearchSession.objects.visible_to(request.user).select_related("team"), pk=session_id)
    if not may(request.user, Permission.APPROVE_INCENTIVE, team=session.team):
        raise PermissionDenied
    incentive = _incentive(session, incentive_id)
    is_approved = DECISIONS.get(request.POST.get("decision", ""))
    if is_approved is None:
        messages.error(request, _("Approve it or refuse it."))
        return redirect("sessions:session", session.pk)
    try:
        incentives.decide(incentive_id=incentive.pk, is_approved=is_approved, decided_by=request.user)
        messages.success(request, _("Approved.") if is_approved else _("Refused."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


@require_POST
@require(Permission.RUN_RESEARCH)
def hand_over(request: AuthedRequest, session_id: int, incentive_id: int) -> HttpResponse:
    """Keep that it was handed over."""
    session = own_session(request, session_id)
    try:
        incentives.hand_over(incentive_id=_incentive(session, incentive_id).pk)
        messages.success(request, _("Handed over."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("sessions:session", session.pk)


def _incentive(session: ResearchSession, incentive_id: int) -> Incentive:
    return get_object_or_404(Incentive, pk=incentive_id, participant__session=session)


@require_safe
@require(Permission.RUN_RESEARCH)
def overview(request: AuthedRequest) -> HttpResponse:
    """All incentives of one's teams with their sums by currency."""
    teams = list(teams_where(request.user, Permission.RUN_RESEARCH))
    team = _team_of(request, teams)
    rows = selectors.incentives_of(request.user, team.pk if team else 0)
    page = Paginator(rows, selectors.PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(one, money_words(one.amount_minor, one.participant.session.currency)) for one in page.object_list],
        "sums": [_sum_words(one) for one in selectors.sums_of(rows)],
        "teams": teams,
        "team": team,
    }
    return render(request, "panels/planning/incentives.html", context)


def _sum_words(one: selectors.Sum) -> tuple[str, str, str, str]:
    amounts = (one.proposed, one.approved, one.paid)
    proposed, approved, paid = (money_words(amount, one.currency) for amount in amounts)
    return one.currency, proposed, approved, paid


def _team_of(request: AuthedRequest, teams: list[Team]) -> Team | None:
    return next((team for team in teams if team.slug == request.GET.get("team")), None)


@require_safe
@require(Permission.RUN_RESEARCH)
def export(request: AuthedRequest) -> StreamingHttpResponse:
    """The overview as CSV."""
    team = _team_of(request, list(teams_where(request.user, Permission.RUN_RESEARCH)))
    rows = selectors.incentives_of(request.user, team.pk if team else 0)
    response = StreamingHttpResponse(_lines(rows.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="incentives.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _lines(rows: Iterator[Incentive]) -> Iterator[str]:
    heads = ("team", "session", "starts_at", "customer", "kind", "amount", "currency", "state", "proposed_by")
    yield csv_line((*heads, "decided_by", "decided_at", "paid_at"))
    for one in rows:
        session = one.participant.session
        people = [str(person) if person else "" for person in (one.proposed_by, one.decided_by)]
        times = [at.isoformat() if at else "" for at in (session.starts_at, one.decided_at, one.paid_at)]
        amount = from_minor(one.amount_minor, session.currency)
        told = (session.team.name, session.title, times[0], str(one.participant.customer), one.kind, amount)
        yield csv_line((*told, session.currency, one.state, *people, times[1], times[2]))
