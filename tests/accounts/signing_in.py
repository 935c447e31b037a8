"""What the tests of signing in share: the page, the second factor, who is in."""

from allauth.core.context import request_context
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import RequestFactory

from apps.accounts.models import User
from tests.factories import PASSWORD

LOGIN, FACTOR = "/accounts/login/", "/accounts/2fa/authenticate/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client, email="ada@example.com", password=PASSWORD, **extra):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def reauthenticate(client):
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def give_app(user: User) -> TOTP:
    """An authenticator app with SECRET, and recovery codes."""
    with request_context(RequestFactory().get("/")):
        RecoveryCodes.activate(user)
        return TOTP.activate(user, SECRET)


def recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def code(secret: str = SECRET, step: int = 0) -> str:
    """The app's code of now, or of ``step`` times 30 seconds from now."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2] + step))


def wrong_code() -> str:
    right = {code(step=step) for step in range(-2, 3)}
    return next(text for text in ("000000", "111111", "222222", "333333", "444444", "555555") if text not in right)
