"""Signing in with password, second factor and passkey: allauth's views, where ours differ."""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.views import LoginView
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts import single_sign_on
from apps.core.http import AuthedRequest

SHOWN_KEY = "recovery_codes_shown"  # in the session: which set of codes, and when it was first shown
SHOWN_SECONDS = 600  # to write them down, print or download them; never again after that


class StaffLoginView(LoginView):  # type: ignore[misc]  # allauth ships no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Any: a template's context
        provider = {"id": single_sign_on.PROVIDER_ID, "name": settings.OIDC_NAME} if single_sign_on.is_on() else None
        return {**super().get_context_data(**kwargs), "provider": provider}


class StaffReauthenticateWebAuthnView(ReauthenticateWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    def form_invalid(self, form: Any) -> HttpResponse:  # Any: allauth's form
        for message in form.errors.get("credential", []):
            get_adapter().add_message(self.request, messages.ERROR, message=message)
        return redirect(self.request.get_full_path())


@never_cache
@require_GET
@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth ships no types
def totp_qr_code(request: AuthedRequest) -> HttpResponse:
    """The secret that is being set up, to be scanned; 404 where none is."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_mfa_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(svg, content_type="image/svg+xml")


@never_cache
@require_GET
@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth ships no types
def recovery_codes(request: AuthedRequest) -> HttpResponse:
    """The codes, for ten minutes in the session that saw them first; afterwards only how many are left."""
    codes = _codes(request)
    unused = codes.wrap().get_unused_codes()
    is_shown = _is_shown(request, codes)
    context = {"codes": unused if is_shown else [], "left": len(unused), "total": settings.MFA_RECOVERY_CODE_COUNT}
    return render(request, "mfa/recovery_codes/index.html", context)


@never_cache
@require_GET
@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth ships no types
def download_recovery_codes(request: AuthedRequest) -> HttpResponse:
    """The codes as a text file, as long as the page shows them; 404 afterwards."""
    codes = _codes(request)
    if not _is_shown(request, codes):
        raise Http404
    text = "".join(f"{code}\n" for code in codes.wrap().get_unused_codes())
    headers = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def _codes(request: AuthedRequest) -> Authenticator:
    codes = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    if codes is None:
        raise Http404
    return codes


def _is_shown(request: HttpRequest, codes: Authenticator) -> bool:
    recovery = codes.wrap()
    if not recovery.did_view:
        recovery.mark_as_viewed()
        request.session[SHOWN_KEY] = [codes.pk, int(time.time())]
    shown_id, shown_at = request.session.get(SHOWN_KEY, (0, 0))
    return bool(shown_id == codes.pk and time.time() - shown_at < SHOWN_SECONDS)
