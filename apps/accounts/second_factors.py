"""Second factors: who needs one, how secrets are kept, what an administrator may undo. allauth.mfa does the rest."""

import base64
import hashlib
import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts import sessions
from apps.accounts.models import User

logger = logging.getLogger(__name__)

REAL_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for these
CODE_LIFE_SECONDS = 120  # longer than any code is accepted: MFA_TOTP_PERIOD times the steps tolerated
NAME_LENGTH = 60


# --- who needs one -----------------------------------------------------------------------------------------


def is_required_of(user: User) -> bool:
    """Return whether REQUIRE_SECOND_FACTOR asks ``user`` for one."""
    whom = settings.REQUIRE_SECOND_FACTOR
    return whom == "everyone" or (whom == "administrators" and user.is_superuser)


def is_missing_for(request: HttpRequest, user: User) -> bool:
    """Return whether this session must set one up before anything else. One query where one is required.

    Whoever came in through the provider (OpenID Connect) is the provider's to check.
    """
    if not is_required_of(user):
        return False
    records = get_authentication_records(request, user)
    if any(record.get("method") == "socialaccount" for record in records):
        return False
    return not has_factor(user)


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=REAL_FACTORS).exists())


@transaction.atomic
def reset_second_factors(*, user: User) -> int:
    """Remove every factor of ``user`` (a lost phone), end all their sessions and tell them; return how many went.

    For administrators, after they made sure who is asking. Again: removes nothing, tells nobody.
    """
    count: int = Authenticator.objects.filter(user=user).delete()[0]
    if count:
        sessions.end_all(user=user)
        get_account_adapter().send_mail("account/email/second_factors_reset", user.email, {"user": user})
    return count


# --- how allauth.mfa behaves here --------------------------------------------------------------------------


def _cipher() -> MultiFernet:
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    hashed = [hashlib.sha256(f"accounts.second_factors {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in hashed])


class StaffMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That code is not right. Wait for the next one, or use a recovery code."),
        "rate_limited": _("Too many failed attempts. Try again in ten minutes."),
        "cannot_delete_authenticator": _("A second factor is required here. Set up another one before this one goes."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; where the signing key has changed, one that matches nothing."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.warning("A second factor was kept under another SECRET_KEY: its owner needs a reset")
            return str(generate_totp_secret())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        others = Authenticator.objects.filter(user=user, type__in=REAL_FACTORS).exclude(pk=authenticator.pk)
        return not is_required_of(user) or others.exists()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Keys belong to the host of PUBLIC_URL; the Host header has no say."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 allauth's
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("Passkey %(number)d") % {"number": number})


# --- forms -------------------------------------------------------------------------------------------------


def _code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits from your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class _OnceForm(forms.Form):
    """A code of the app counts once, for as long as it would be accepted."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of the other base
        used = f"accounts.totp:{self.user.pk}:{normalize_user_code(code)}"  # "123-456" is accepted as 123456
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not cache.add(used, True, timeout=CODE_LIFE_SECONDS):
            raise StaffMFAAdapter().validation_error("incorrect_code")
        return code


class StaffAuthenticateForm(_OnceForm, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    code = _code_field()


class StaffReauthenticateForm(_OnceForm, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    code = _code_field()


class StaffActivateTOTPForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits, as your authenticator app shows them."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class StaffAddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: passed through
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Name"),
            max_length=NAME_LENGTH,
            required=False,
            initial=self.initial.get("name"),
            help_text=_("To know it by, for example: work laptop"),
        )
        self.fields["passwordless"] = forms.BooleanField(
            label=_("Sign in with this key alone, by fingerprint, face or PIN"),
            required=False,
            initial=True,
        )


class StaffRenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
