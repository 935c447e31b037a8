"""The style guide: every shared piece of a page in its states, light beside dark, and how to include it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.http import AuthedRequest


@require_safe
@login_required
def styleguide(request: AuthedRequest) -> HttpResponse:
    """All sections."""
    return render(request, "dashboard/styleguide.html", {})
