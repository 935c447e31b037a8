"""Home and the overview across teams."""

from hashlib import sha256

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, may, require
from apps.accounts.selectors import teams_of
from apps.core.http import AuthedRequest, wants_fragment
from apps.dashboard import home as homes
from apps.dashboard.figures import total_figures
from apps.dashboard.forms import PeriodForm
from apps.dashboard.fresh import answer_fresh, page_etag
from apps.dashboard.overview import heat_spans, overview
from apps.dashboard.team import HIDDEN_CAP, hidden_count
from apps.dashboard.team_views import period_context
from apps.priorities import freshness


@require_safe
@login_required
def home(request: AuthedRequest) -> HttpResponse:
    """The page after signing in; somebody without a team is told whom to ask."""
    user, today = request.user, timezone.localdate()
    if not may(user, Permission.READ_FEEDBACK):
        return render(request, "dashboard/no_team.html")
    teams = teams_of(user)
    context = {
        "page": homes.home(user, teams, today=today),
        "teams": teams,
        "other_teams": teams[homes.TEAMS_SHOWN :],
        "navigation_teams": teams,  # read once
        "movement_days": homes.MOVEMENT_DAYS,
        "today": today,
    }
    body = render_to_string("dashboard/_home_body.html", context, request)
    etag = f'"{sha256(body.encode()).hexdigest()[:32]}"'  # what it shows is what it depends on: no cheaper question
    name = "_home.html" if wants_fragment(request) else "home.html"
    whole = {**context, "body": body, "etag": etag}
    return answer_fresh(request, etag, lambda: render(request, f"dashboard/{name}", whole))


@require_safe
@require(Permission.READ_FEEDBACK)
def organisation_overview(request: AuthedRequest) -> HttpResponse:
    """Every team in a row, every product in another: where it burns."""
    teams = list(Team.objects.all())
    form = PeriodForm(request.GET, today=timezone.localdate())
    etag = page_etag(request, freshness.dashboard_state([team.pk for team in teams]))

    def make() -> HttpResponse:
        period = form.chosen()
        page = overview(teams, request.user, period=period, today=timezone.localdate())
        context = {
            "page": page,
            "hidden_count": hidden_count(request.user, [row.product.pk for row in page.products], period),
            "hidden_cap": HIDDEN_CAP,
            "figures": total_figures(page.now.total, page.before.total if page.before else None, period.span),
            "etag": etag,
            "heat_spans": heat_spans(period.span),
            **period_context(form, period, reverse("dashboard:overview")),
        }
        name = "_overview_body.html" if wants_fragment(request) else "overview.html"
        return render(request, f"dashboard/{name}", context)

    return answer_fresh(request, etag, make)
