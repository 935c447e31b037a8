"""Light or dark: a person's choice, and the door it comes in by."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.accounts.models import Theme, User
from apps.core.http import AuthedRequest, wants_fragment


def choose_theme(*, user: User, theme: Theme) -> None:
    """Keep ``theme`` for every device of ``user``."""
    User.objects.filter(pk=user.pk).exclude(theme=theme).update(theme=theme)


@require_POST
@login_required
def theme(request: AuthedRequest) -> HttpResponse:
    """Keep the theme, then back to the page (``next``); a script that has switched already gets 204."""
    wanted = request.POST.get("theme", "")
    if wanted not in Theme.values:
        return HttpResponseBadRequest("theme")
    choose_theme(user=request.user, theme=Theme(wanted))
    if wants_fragment(request):
        return HttpResponse(status=204)
    back = request.POST.get("next", "")
    is_here = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_here else "dashboard:home")
