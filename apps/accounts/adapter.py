"""How allauth behaves here: no open sign-up, links from PUBLIC_URL only, limits by address and account."""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.email_address import normalise_email
from apps.core.http import client_address


def public_url(path: str) -> str:
    """Return ``path`` on this installation as the outside knows it; the Host header has no say."""
    return f"{settings.PUBLIC_URL}{path}"


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many failed attempts. Try again in ten minutes, or choose a new password: “Forgotten your password?”."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what a column for addresses takes: of an IPv6 network its first address."""
        address = client_address(request)
        return "0.0.0.0" if address == "unknown" else address.partition("/")[0]  # noqa: S104 nothing is bound

    def set_password(self, user: User, password: str) -> None:
        """Whoever has just chosen a new password is not locked out by tries at the old one."""
        super().set_password(user, password)
        self._delete_login_attempts_cached_email(allauth_context.request, email=user.email)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return public_url(path.replace("UID-KEY", quote(key)))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send to the stored address, never to the one that was typed."""
        super().send_password_reset_mail(user, user.email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As allauth's, without its ``current_site``: that one is the Host header."""
        message = self.render_mail(template_prefix, email, {"public_url": settings.PUBLIC_URL, **context})
        message.send()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account alone anybody could lock anybody out; by address alone an office locks itself out.
        return f"{client_address(request)}:{normalise_email(credentials.get('email', ''))}"
