"""A team's dashboard and the tables of its charts."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import Team
from apps.accounts.permissions import Permission, require
from apps.core.http import AuthedRequest, wants_fragment
from apps.dashboard import part_charts, releases, time_charts
from apps.dashboard.charts import Chart, as_csv
from apps.dashboard.figures import figures
from apps.dashboard.forms import PeriodForm
from apps.dashboard.fresh import answer_fresh, page_etag
from apps.dashboard.period import PERIOD_DAYS, Comparison, Period
from apps.dashboard.team import HIDDEN_CAP, TeamDashboard, team_dashboard
from apps.panels.rhythm import summaries
from apps.priorities import freshness


def period_context(form: PeriodForm, period: Period, address: str) -> dict[str, object]:
    """Return what ``_period.html`` shows: the choices as links that keep the rest of the period."""

    def link(query: str) -> str:
        return f"{address}?{query}" if query else address

    return {
        "form": form,
        "period": period,
        "address": address,
        "period_choices": [
            {
                "text": _("%(days)s days") % {"days": days},
                "url": link(period.query_with(days=days)),
                "is_current": days == period.days,
            }
            for days in PERIOD_DAYS
        ],
        "comparison_choices": [
            {"text": label, "url": link(period.query_with(comparison=one)), "is_current": one == period.comparison}
            for one, label in (
                (Comparison.PREVIOUS, _("Days before")),
                (Comparison.YEAR, _("Last year")),
                (Comparison.NONE, _("Nothing")),
            )
        ],
        "live_url": link(period.query),
    }


@require_safe
@require(Permission.READ_FEEDBACK)
def team(request: AuthedRequest, slug: str) -> HttpResponse:
    """What customers tell this team: all staff who read feedback may open it, as they may its queue."""
    team = get_object_or_404(Team, slug=slug)
    form = PeriodForm(request.GET, today=timezone.localdate())
    etag = page_etag(request, freshness.dashboard_state([team.pk]))

    def make() -> HttpResponse:
        context = {**_context(request, team, form), "etag": etag}
        if wants_fragment(request):
            return render(request, "dashboard/_team_body.html", context)
        context["research"] = _research_line(request, team, context["page"])
        return render(request, "dashboard/team.html", context)

    return answer_fresh(request, etag, make)


def _context(request: AuthedRequest, team: Team, form: PeriodForm) -> dict[str, Any]:  # Any: for a template
    today = timezone.localdate()
    period = form.chosen()
    page = team_dashboard(team, request.user, period=period, today=today)
    address = reverse("dashboard:team", args=[team.slug])
    return {
        "team": team,
        "page": page,
        "today": today,
        "figures": figures(page),
        "charts": _with_csv(all_charts(page), team, period),
        "hidden_cap": HIDDEN_CAP,
        **period_context(form, period, address),
    }


def _research_line(request: AuthedRequest, team: Team, page: TeamDashboard) -> summaries.TeamLine | None:
    """Return how the team listens: beside the region that refreshes itself, whose ETag knows nothing of it."""
    top = [one.ranked.tag_id for one in page.top]
    return summaries.team_line(team, request.user, tag_ids=top, today=timezone.localdate())


def all_charts(page: TeamDashboard) -> dict[str, Chart]:
    """Return every chart of a team's dashboard by key."""
    charts = [
        *time_charts.time_charts(page),
        releases.version_chart(page),
        part_charts.segment_chart(page),
        part_charts.backlog_chart(page, today=timezone.localdate()),
        part_charts.wait_chart(page),
    ]
    return {chart.key: chart for chart in charts}


def _with_csv(charts: dict[str, Chart], team: Team, period: Period) -> dict[str, tuple[Chart, str]]:
    query = f"?{period.query}" if period.query else ""
    return {key: (chart, reverse("dashboard:team-csv", args=[team.slug, key]) + query) for key, chart in charts.items()}


@require_safe
@require(Permission.READ_FEEDBACK)
def team_csv(request: AuthedRequest, slug: str, key: str) -> HttpResponse:
    """The table of one chart as a file."""
    team = get_object_or_404(Team, slug=slug)
    today = timezone.localdate()
    period = PeriodForm(request.GET, today=today).chosen()
    chart = all_charts(team_dashboard(team, request.user, period=period, today=today)).get(key)
    if chart is None:
        raise Http404
    return csv_answer(chart, f"{team.slug}-{key}-{period.span.since}-{period.span.until}.csv")


def csv_answer(chart: Chart, file_name: str) -> HttpResponse:
    """Return the chart's table to be saved; private, for it is what this reader's page shows."""
    response = HttpResponse(as_csv(chart), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    patch_cache_control(response, private=True, no_store=True)
    return response
