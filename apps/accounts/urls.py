"""Signing in and out. Only these of allauth's pages: staff addresses are the administrators' to change."""

from allauth.account import views as allauth_views
from allauth.core.internal import ratelimit
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from apps.accounts import account_views, appearance, sign_in_views, single_sign_on_views, views

urlpatterns = [
    path("login/", sign_in_views.StaffLoginView.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path(
        "password/set/",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("theme/", appearance.theme, name="account_theme"),
    path("setup/<str:token>/", views.set_up, name="account_setup"),
    path("", account_views.overview, name="account_overview"),
    path("profile/", account_views.profile, name="account_profile"),
    path("profile/picture/", account_views.change_picture, name="account_change_picture"),
    path("profile/picture/remove/", account_views.remove_picture, name="account_remove_picture"),
    path("sessions/", account_views.session_list, name="account_sessions"),
    path("sessions/<int:session_id>/end/", account_views.end_session, name="account_end_session"),
    path("sessions/end-others/", account_views.end_other_sessions, name="account_end_other_sessions"),
    # --- second factors ---
    path("2fa/", never_cache(mfa_views.index), name="mfa_index"),
    path("2fa/authenticate/", never_cache(mfa_views.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", never_cache(mfa_views.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/app/", never_cache(totp_views.activate_totp), name="mfa_activate_totp"),
    path("2fa/app/code.svg", sign_in_views.totp_qr_code, name="mfa_totp_qr_code"),
    path("2fa/app/remove/", never_cache(totp_views.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", sign_in_views.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/new/",
        never_cache(recovery_views.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/recovery-codes.txt",
        sign_in_views.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("2fa/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", never_cache(webauthn_views.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:pk>/", never_cache(webauthn_views.edit_webauthn), name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", never_cache(webauthn_views.remove_webauthn), name="mfa_remove_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        never_cache(sign_in_views.StaffReauthenticateWebAuthnView.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "2fa/passkeys/sign-in/",
        # What it hands out leaves a session behind: counted on GET as well.
        ratelimit.decorator(app="allauth.mfa", action="webauthn_login", limit_get=True)(
            never_cache(webauthn_views.login_webauthn)
        ),
        name="mfa_login_webauthn",
    ),
    # --- OpenID Connect ---
    path("oidc/<str:provider_id>/login/", single_sign_on_views.to_provider, name="openid_connect_login"),
    path(
        "oidc/<str:provider_id>/login/callback/",
        single_sign_on_views.back_from_provider,
        name="openid_connect_callback",
    ),
]
