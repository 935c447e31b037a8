"""Time with customers: one's own, a team's, and its goal."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require
from apps.core.http import AuthedRequest
from apps.core.toasts import say_done
from apps.panels.models import ResearchSession, SessionState, StaffSeat
from apps.panels.planning.observers import correct_minutes as save_minutes
from apps.panels.rhythm import exposure, services
from apps.panels.rhythm.days import installation_day
from apps.panels.rhythm.forms import GoalForm, MinutesForm, add_service_errors
from apps.panels.rhythm.minutes import length_minutes
from apps.priorities.figures import volume_chart


@require_safe
@require(Permission.JOIN_RESEARCH)
def own(request: AuthedRequest) -> HttpResponse:
    """One's own time with customers, nobody else's; and the way to the teams'."""
    page = exposure.own_exposure(request.user, today=installation_day())
    context = {"page": page, "teams": list(Team.objects.order_by("name")), "own_days": exposure.OWN_DAYS}
    return render(request, "panels/rhythm/exposure.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Permission.JOIN_RESEARCH)
def correct_minutes(request: AuthedRequest, seat_id: int) -> HttpResponse:
    """Say how long one was with customers at one session; of others' seats nobody learns that they are there."""
    seats = StaffSeat.objects.filter(user=request.user, session__state=SessionState.DONE).select_related("session")
    seat = get_object_or_404(seats, pk=seat_id)
    minutes = exposure.seat_minutes(seat)
    form = MinutesForm(request.POST or None, initial={"minutes": minutes, "reason": seat.minutes_reason})
    if request.method == "POST" and form.is_valid():
        try:
            save_minutes(seat=seat, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            say_done(request, _("Saved."))
            return redirect("rhythm:exposure")
    visible = ResearchSession.objects.visible_to(request.user)
    title = visible.filter(pk=seat.session_id).values_list("title", flat=True).first()
    context = {"form": form, "seat": seat, "title": title, "length": length_minutes(seat.session)}
    return render(request, "panels/rhythm/minutes.html", context, status=422 if form.errors else 200)


@require_safe
@require(Permission.JOIN_RESEARCH)
def team(request: AuthedRequest, slug: str) -> HttpResponse:
    """A team's time with customers: the sum for all who join research, each person's for those who lead it."""
    return _team_page(request, get_object_or_404(Team, slug=slug))


def _team_page(request: AuthedRequest, shown: Team, form: GoalForm | None = None) -> HttpResponse:
    page = exposure.team_exposure(shown, request.user, today=installation_day())
    context = {
        "team": shown,
        "page": page,
        "chart": volume_chart([(week.minutes or 0, 0) for week in page.weeks]) if page.weeks else None,
        "form": form or GoalForm(initial=page.goal._asdict()),
        "can_set": may(request.user, Permission.SET_POLICY, team=shown),
        "least_people": exposure.LEAST_PEOPLE,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "panels/rhythm/team_exposure.html", context, status=status)


@require_POST
@require(Permission.SET_POLICY)
def set_goal(request: AuthedRequest, slug: str) -> HttpResponse:
    """Set the goal of a team whose policy the person sets."""
    shown = get_object_or_404(Team, slug=slug)
    if not may(request.user, Permission.SET_POLICY, team=shown):
        raise PermissionDenied
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _team_page(request, shown, form)
    services.set_goal(team=shown, **form.cleaned_data)
    say_done(request, _("Saved. Everybody of the team is measured by it from now on."))
    return redirect("rhythm:team-exposure", shown.slug)
