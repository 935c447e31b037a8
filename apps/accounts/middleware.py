"""What every request of a signed-in person brings along: language, time zone, last seen, a second factor."""

from collections.abc import Callable
from contextlib import nullcontext

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts import second_factors, sessions
from apps.accounts.models import User
from apps.accounts.time_zones import zone_of
from apps.core.http import API_PREFIX, PUBLIC_FORM_PREFIX, wants_fragment
from apps.core.problems import problem

GetResponse = Callable[[HttpRequest], HttpResponse]
# Nothing to read of the person there: customers' pages, programs.
_IMPERSONAL = (PUBLIC_FORM_PREFIX, API_PREFIX)
# What somebody without the factor they need may still open.
_OPEN_NAMES = {"account_logout", "account_reauthenticate", "account_login", "account_inactive", "health", "ready"}


def _person(request: HttpRequest) -> User | None:
    """Return who is signed in; without a session's cookie nothing is read, and the answer stays cacheable."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path.startswith(_IMPERSONAL):
        return None
    return request.user if isinstance(request.user, User) or request.user.is_authenticated else None


class PreferencesMiddleware:
    """A person's language and time zone; where they chose none, the browser's and the installation's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = _person(request)
        if person and person.language in dict(settings.STAFF_LANGUAGES):
            translation.activate(person.language)
            request.LANGUAGE_CODE = person.language
        zone = zone_of(person) if person else None
        with timezone.override(zone) if zone else nullcontext():
            return self.get_response(request)


class SessionActivityMiddleware:
    """Writes down every few minutes that a session is in use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "_cached_user", None)  # only if somebody asked for it: no query of our own
        if isinstance(user, User) and request.session.session_key and sessions.is_due(request):
            sessions.begin(request, user)
        return response


class SecondFactorMiddleware:
    """Leads whoever must have a second factor and has none to the page where they set one up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.REQUIRE_SECOND_FACTOR and not _is_open(request.path):
            user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
            if isinstance(user, User) and second_factors.is_missing_for(request, user):
                return _send_to_set_up(request)
        return self.get_response(request)


def _is_open(path: str) -> bool:
    if path.startswith(PUBLIC_FORM_PREFIX):
        return True
    try:
        name = resolve(path).url_name or ""
    except Resolver404:
        return True
    return name in _OPEN_NAMES or name.startswith("mfa_")


def _send_to_set_up(request: HttpRequest) -> HttpResponse:
    page = reverse("mfa_index")
    if request.path.startswith(API_PREFIX):
        return problem("second_factor_required", _("Set up a second factor in the browser first."))
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    messages.warning(request, _("Your account needs a second factor. Set one up to go on."))
    return redirect(page)
