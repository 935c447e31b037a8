"""One's own account: overview, profile, picture, sessions."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import profile as profiles
from apps.accounts import sessions
from apps.accounts.models import Picture
from apps.accounts.profile_forms import PictureForm, ProfileForm
from apps.core.http import AuthedRequest

PICTURE_AGE_SECONDS = 31_536_000  # its address changes with it


@require_GET
@login_required
def overview(request: AuthedRequest) -> HttpResponse:
    """Everything of one's own account, with a way to each part."""
    factors = Authenticator.objects.filter(user=request.user).order_by("created_at")
    context = {
        "has_app": any(one.type == Authenticator.Type.TOTP for one in factors),
        "passkeys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "sessions": sessions.sessions_of(request.user, current_key=request.session.session_key),
    }
    return render(request, "account/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: AuthedRequest) -> HttpResponse:
    """Name, language, time zone and appearance; the picture has a form of its own."""
    person = request.user
    form = ProfileForm(request.POST or None, user=person)
    if form.is_valid():
        profiles.save_profile(user=person, **form.cleaned_data)
        return _saved(request, person.language)
    context = {"form": form, "picture_form": PictureForm()}
    return render(request, "account/profile.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, language: str) -> HttpResponse:
    """Say so in the language that was chosen, and let this browser's sign-in page speak it as well."""
    answer = redirect("account_profile")
    if language:
        translation.activate(language)
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    messages.success(request, _("Your profile is saved."))
    return answer


@require_POST
@login_required
def change_picture(request: AuthedRequest) -> HttpResponse:
    """Take the uploaded picture, or say what is wrong with it."""
    person = request.user
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        profiles.set_picture(user=person, image=form.cleaned_data["picture"])
        messages.success(request, _("Your picture is saved."))
        return redirect("account_profile")
    context = {"form": ProfileForm(user=person), "picture_form": form}
    return render(request, "account/profile.html", context, status=422)


@require_POST
@login_required
def remove_picture(request: AuthedRequest) -> HttpResponse:
    profiles.remove_picture(user=request.user)
    messages.success(request, _("Your picture is removed: your initials are shown."))
    return redirect("account_profile")


@require_GET
@login_required
def picture(request: AuthedRequest, pk: int, key: str) -> HttpResponse:
    """Somebody's picture, for signed-in staff; 404 for a key that is not today's."""
    image = get_object_or_404(Picture.objects.only("image"), user=pk, user__picture_key=key).image
    return HttpResponse(
        bytes(image),
        content_type="image/webp",
        headers={"Cache-Control": f"private, max-age={PICTURE_AGE_SECONDS}, immutable"},
    )


@never_cache
@require_GET
@login_required
def session_list(request: AuthedRequest) -> HttpResponse:
    """Where one is signed in."""
    found = sessions.sessions_of(request.user, current_key=request.session.session_key)
    return render(request, "account/sessions.html", {"sessions": found})


@require_POST
@login_required
def end_session(request: AuthedRequest, session_id: int) -> HttpResponse:
    """Sign out that place; 404 for what is not one's own."""
    if not sessions.end_session(user=request.user, session_id=session_id):
        raise Http404
    messages.success(request, _("That place is signed out."))
    return redirect("account_sessions")


@require_POST
@login_required
def end_other_sessions(request: AuthedRequest) -> HttpResponse:
    """Sign out every place but this one."""
    sessions.end_others(user=request.user, current_key=request.session.session_key or "")
    messages.success(request, _("Every other place is signed out."))
    return redirect("account_sessions")
