"""The set-up page. Everything else of signing in is allauth's."""

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import setup
from apps.accounts.errors import SetupDoneError
from apps.accounts.forms import SetupForm


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and sign them in; 404 for a link that is not ours, too old, or used."""
    if setup.has_administrator() or not setup.is_setup_token(token):
        raise Http404
    form = SetupForm(request.POST or None)
    if form.is_valid() and _create(request, form):
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "account/setup.html", {"form": form}, status=200 if request.method != "POST" else 422)


def _create(request: HttpRequest, form: SetupForm) -> bool:
    data = form.cleaned_data
    try:
        user = setup.create_first_administrator(
            email=data["email"], name=data["name"], password=data["password"], team_name=data["team"]
        )
    except SetupDoneError:
        raise Http404 from None
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            form.add_error("team" if name == "name" else name, messages)
        return False
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return True
