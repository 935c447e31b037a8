"""Home: what moved, what waits, and the latest voices."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import teams_of
from apps.catalog.models import Product
from apps.core.http import AuthedRequest
from apps.dashboard import selectors

TEAMS_SHOWN = 6


@require_safe
@login_required
def home(request: AuthedRequest) -> HttpResponse:
    """The page after signing in; somebody without a team is told whom to ask."""
    user, today = request.user, timezone.localdate()
    if not may(user, Permission.READ_FEEDBACK):
        return render(request, "dashboard/no_team.html")
    teams = teams_of(user)
    products = list(Product.objects.filter(team__in=teams)) or list(Product.objects.all())
    can_moderate = may(user, Permission.MODERATE_FEEDBACK)
    voices = selectors.latest_voices(user, products)
    is_setting_up = not voices and may(user, Permission.MANAGE_CATALOG) and may(user, Permission.MANAGE_FORMS)
    context = {
        "steps": selectors.first_steps() if is_setting_up else None,
        "summaries": [selectors.team_summary(team, today=today) for team in teams[:TEAMS_SHOWN]],
        "other_teams": teams[TEAMS_SHOWN:],
        "untagged_count": selectors.untagged_count(products, today=today),
        "untagged_days": selectors.UNTAGGED_DAYS,
        "can_moderate": can_moderate,
        "held_count": selectors.held_count(user) if can_moderate else 0,
        "voices": voices,
        "today": today,
    }
    return render(request, "dashboard/home.html", context)
