"""The two addresses of OpenID Connect: out to the provider, and back."""

import logging
from collections.abc import Callable

from allauth.core.internal import ratelimit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView, OAuth2View
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from apps.accounts import single_sign_on
from apps.accounts.single_sign_on_provider import StaffOAuth2Adapter, unreachable

logger = logging.getLogger(__name__)


def _speak(view: type[OAuth2View]) -> Callable[[HttpRequest, str], HttpResponse]:
    def speak(request: HttpRequest, provider_id: str) -> HttpResponse:
        if not single_sign_on.is_on() or provider_id != single_sign_on.PROVIDER_ID:
            raise Http404
        try:
            answer: HttpResponse = view.adapter_view(StaffOAuth2Adapter(request, provider_id))(request)
        except (RequestException, OAuth2Error) as error:
            logger.warning("The sign-in provider cannot be reached: %s", error)
            return unreachable(request)
        return answer

    # Counted: each leaves a session behind.
    counted = ratelimit.decorator(app="allauth.account", action="login", limit_get=True)(speak)
    guarded: Callable[[HttpRequest, str], HttpResponse] = never_cache(require_GET(counted))
    return guarded


# A GET: browsers that follow form-action 'self' would not follow a form to the provider. It only starts; what
# comes back must carry the state and the nonce of this very browser's session.
to_provider = _speak(OAuth2LoginView)
back_from_provider = _speak(OAuth2CallbackView)
