"""How we speak with an OpenID Connect provider: code flow with PKCE, state and nonce, every ID token's signature."""

import logging
import secrets
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.deferred import jwt
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts import single_sign_on
from apps.accounts.adapter import public_url

logger = logging.getLogger(__name__)

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def refusal(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    """Return the one page of every sign-in through the provider that did not end well."""
    return render(request, "socialaccount/refused.html", {"message": message}, status=status)


class StaffOAuth2Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    @property
    def openid_config(self) -> dict[str, Any]:  # Any: JSON
        """The provider's own description; OAuth2Error where it is not the configured issuer's."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider says it is another issuer than OIDC_ISSUER")
        if missing := [name for name in ENDPOINTS if not config.get(name)]:
            raise OAuth2Error(f"The provider does not name its {', '.join(missing)}")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return public_url(reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id}))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return who signs in: the ID token, its signature checked, and the userinfo of the same person."""
        told = self._read_id_token(app, str(kwargs["response"].get("id_token") or ""))
        userinfo = self._fetch_user_info(token.token)
        if not told.get("sub") or userinfo.get("sub") != told["sub"]:
            raise OAuth2Error("The userinfo is of somebody else than the ID token")
        login = self.get_provider().sociallogin_from_response(request, {"sub": told["sub"]})
        login.nonce = told.get("nonce")
        login.claims = single_sign_on.read_claims({**told, **userinfo})
        return login

    def _read_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            if jwt.get_unverified_header(id_token)["alg"].startswith(("HS", "none")):
                raise OAuth2Error("The ID token is not signed with a key pair")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise OAuth2Error("The ID token cannot be read") from error
        return claims


class StaffProvider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth ships no types
    oauth2_adapter_class = StaffOAuth2Adapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Return where to go afterwards; scope and parameters are ours, whatever the address says."""
        kwargs: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        return {"process": "login", **{key: kwargs[key] for key in ("next_url",) if key in kwargs}}

    def redirect(self, request: HttpRequest, process: str, **kwargs: Any) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        answer: HttpResponse = super().redirect(
            request, process, auth_params={"nonce": nonce}, **{**kwargs, "data": {"nonce": nonce}}
        )
        return answer

    def extract_uid(self, data: dict[str, Any]) -> str:
        return single_sign_on.read_claims(data).key

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}  # what the provider tells is used and not kept


class StaffSocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        """Return the one provider of the settings; none is ever read from the database."""
        if not single_sign_on.is_on() or provider not in (None, single_sign_on.PROVIDER_ID, StaffProvider.id):
            return []
        return [
            SocialApp(
                provider=StaffProvider.id,
                provider_id=single_sign_on.PROVIDER_ID,
                name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={
                    "server_url": settings.OIDC_ISSUER,
                    "oauth_pkce_enabled": True,
                    "token_auth_method": settings.OIDC_TOKEN_AUTH_METHOD,
                    "scope": settings.OIDC_SCOPES.split(),
                },
            )
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> StaffProvider:
        return StaffProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False  # new people are made by single_sign_on.admit, or not at all

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        return None  # single_sign_on.admit decides

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom ``single_sign_on.admit`` lets in; the rest sees why not."""
        expected = (sociallogin.state.get("data") or {}).get("nonce")
        if not expected or sociallogin.nonce != expected:
            logger.warning("Single sign-on: the ID token answers another request")
            raise ImmediateHttpResponse(_failed(request))
        try:
            sociallogin.user, sociallogin.account = single_sign_on.admit(sociallogin.claims)
        except single_sign_on.SignInRefusedError as error:
            raise ImmediateHttpResponse(refusal(request, str(error), status=403)) from None

    def on_authentication_error(self, request: HttpRequest, provider: StaffProvider, **kwargs: Any) -> None:
        logger.warning("Single sign-on failed: %s %s", kwargs.get("error"), kwargs.get("exception") or "")
        raise ImmediateHttpResponse(_failed(request))


def _failed(request: HttpRequest) -> HttpResponse:
    return refusal(request, _("Signing in through %(name)s did not work. Try again.") % _name(), status=401)


def unreachable(request: HttpRequest) -> HttpResponse:
    return refusal(
        request, _("%(name)s does not answer. Try again later, or sign in with your password.") % _name(), status=503
    )


def _name() -> dict[str, str]:
    return {"name": settings.OIDC_NAME}
