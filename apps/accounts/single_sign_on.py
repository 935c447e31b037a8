"""OpenID Connect: whom the provider may bring in. Decisions only; single_sign_on_provider.py speaks with it.

A person is known by the provider's ``sub``, bound to its issuer. The first time they are found by an e-mail
address that the provider confirms, and linked; an account is linked once, so that an address which the provider
gives to somebody else later opens nothing.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts import services
from apps.accounts.models import Role, Team, User
from apps.core.acting import acting
from apps.core.email_address import normalise_email
from apps.core.errors import DomainError
from apps.core.turns import take_turn

PROVIDER_ID = "sso"
EVERYWHERE = "*"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SignInRefusedError(DomainError):
    """The provider knows them, we do not let them in."""


def _no_account() -> SignInRefusedError:
    # The same words for unknown, closed, linked to somebody else, and outside the domains.
    return SignInRefusedError(_("There is no account for you here. Ask an administrator of this installation."))


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody, as far as we believe it."""

    subject: str
    email: str  # "" where the provider does not confirm it
    name: str
    groups: frozenset[str]

    @property
    def key(self) -> str:
        """The identity as it is kept: another issuer's same ``sub`` is somebody else."""
        return hashlib.sha256(f"{settings.OIDC_ISSUER} {self.subject}".encode()).hexdigest()


def read_claims(data: dict[str, Any]) -> Claims:  # Any: JSON
    """Return what counts of the ID token and the userinfo, put together."""
    names = [data.get("name"), f"{data.get('given_name') or ''} {data.get('family_name') or ''}"]
    name = next((text.strip() for text in names if isinstance(text, str) and text.strip()), "")
    groups = data.get(settings.OIDC_GROUPS_CLAIM) or []
    return Claims(
        subject=str(data["sub"]),
        email=_confirmed_email(data),
        name=name[:150],
        groups=frozenset(str(group) for group in groups) if isinstance(groups, list) else frozenset({str(groups)}),
    )


def _confirmed_email(data: dict[str, Any]) -> str:
    is_confirmed = data.get("email_verified")
    if is_confirmed is not True and not (is_confirmed is None and settings.OIDC_TRUST_EMAIL):
        return ""
    address = normalise_email(str(data.get("email") or ""))
    return address if address.isascii() else ""


@transaction.atomic
def admit(claims: Claims) -> tuple[User, SocialAccount]:
    """Return whom ``claims`` sign in, linked or created where that is allowed.

    Raises SignInRefusedError. Two first sign-ins at once link or create once.
    """
    account = _linked(claims)
    if account is None:
        with acting(via="system: sign-in provider"):  # it is a GET, which nobody signs for
            take_turn("accounts.single_sign_on")
            account = _linked(claims) or _link(claims)
    if not account.user.is_active or not _is_of_our_domains(account.user.email):
        raise _no_account()
    return account.user, account


def _linked(claims: Claims) -> SocialAccount | None:
    return SocialAccount.objects.select_related("user").filter(provider=PROVIDER_ID, uid=claims.key).first()


def _link(claims: Claims) -> SocialAccount:
    if not claims.email:
        raise SignInRefusedError(
            _("Your sign-in provider does not confirm your e-mail address. Confirm it there, then try again.")
        )
    if not _is_of_our_domains(claims.email):
        raise _no_account()
    user = User.objects.filter(email=claims.email).first() or _create(claims)
    if not user.is_active or SocialAccount.objects.filter(user=user, provider=PROVIDER_ID).exists():
        raise _no_account()
    return SocialAccount.objects.create(user=user, provider=PROVIDER_ID, uid=claims.key)


def _create(claims: Claims) -> User:
    if not settings.OIDC_CREATE_PEOPLE:
        raise _no_account()
    try:
        user = services.create_user(email=claims.email, name=claims.name)
    except ValidationError:
        raise _no_account() from None
    everywhere = settings.OIDC_DEFAULT_ROLE
    for group, (role, team) in parse_group_roles(settings.OIDC_GROUP_ROLES).items():
        if group not in claims.groups:
            continue
        if team == EVERYWHERE:
            everywhere = role
        elif found := Team.objects.filter(slug=team).first():
            services.set_membership(user=user, team=found, role=Role(role))
    services.set_everywhere_role(user=user, role=Role(everywhere) if everywhere else None)
    return user


def _is_of_our_domains(address: str) -> bool:
    return not settings.OIDC_ALLOWED_DOMAINS or address.rpartition("@")[2] in settings.OIDC_ALLOWED_DOMAINS


def unlink(*, user: User) -> None:
    """Forget who ``user`` is at the provider; the next confirmed sign-in under their address links anew."""
    SocialAccount.objects.filter(user=user, provider=PROVIDER_ID).delete()


# --- the settings ------------------------------------------------------------------------------------------


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def parse_group_roles(entries: list[str]) -> dict[str, tuple[str, str]]:
    """Return (role, team slug or "*") by group, from "group=role@team" each. Raises ImproperlyConfigured."""
    found = {}
    for entry in entries:
        group, _equals, place = entry.rpartition("=")
        role, _at, team = place.partition("@")
        allowed = set(Role) - ({Role.ADMINISTRATOR} if team == EVERYWHERE else set())
        if not group or role not in allowed or not team:
            raise ImproperlyConfigured(f"OIDC_GROUP_ROLES: not group=role@team or group=role@*: {entry!r}")
        found[group.strip()] = (role, team)
    return found


def check_settings() -> None:
    """Raise ImproperlyConfigured for settings that could not work, or would let strangers in."""
    parse_group_roles(settings.OIDC_GROUP_ROLES)
    if settings.OIDC_DEFAULT_ROLE not in {"", *Role} - {Role.ADMINISTRATOR}:
        raise ImproperlyConfigured("OIDC_DEFAULT_ROLE: scientist, analyst, manager, or nothing")
    if not is_on():
        return
    issuer = urlsplit(settings.OIDC_ISSUER)
    if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
        raise ImproperlyConfigured("OIDC_ISSUER: an https address")
    if not settings.OIDC_CLIENT_ID:
        raise ImproperlyConfigured("OIDC_ISSUER is set: set OIDC_CLIENT_ID as well")
    if settings.OIDC_TRUST_EMAIL and not settings.OIDC_ALLOWED_DOMAINS:
        raise ImproperlyConfigured("OIDC_TRUST_EMAIL: only together with OIDC_ALLOWED_DOMAINS")
