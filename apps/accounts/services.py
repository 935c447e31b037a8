"""Every write to staff, teams, roles and API keys."""

import hashlib
import secrets
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from apps.accounts.errors import LastAdministratorError
from apps.accounts.models import ApiKey, Membership, Role, Team, User
from apps.accounts.scopes import SCOPES
from apps.core.email_address import normalise_email
from apps.core.slugs import unique_slug

KEY_MARK = "fbk_"  # what secret scanners can look for
PREFIX_LENGTH = 12


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str | None = None, is_administrator: bool = False) -> User:
    """Return a new member of staff; without ``password`` they choose one by the reset link.

    ``is_administrator``: of the whole installation. Raises ValidationError (by field) for an address that is
    taken or not plain ASCII. Teams and roles: ``set_membership``.
    """
    address = normalise_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from None
    if not address.isascii():  # validate_email lets look-alikes such as the Kelvin sign pass
        raise ValidationError({"email": "Use an address of plain letters, digits and signs."})
    if User.objects.filter(email=address).exists():
        raise ValidationError({"email": "This address has an account already."})
    return User.objects.create_user(
        address, password, name=name.strip(), is_staff=is_administrator, is_superuser=is_administrator
    )


@transaction.atomic
def create_team(*, name: str) -> Team:
    """Return a new team with a slug of its own. Raises ValidationError for a name that is blank or taken."""
    name = name.strip()
    if not name:
        raise ValidationError({"name": "Give the team a name."})
    if Team.objects.filter(name=name).exists():
        raise ValidationError({"name": "There is a team of this name already."})
    taken = set(Team.objects.values_list("slug", flat=True))
    slug = unique_slug(name, taken=taken, max_length=60, fallback="team")
    return Team.objects.create(name=name, slug=slug)


@transaction.atomic
def set_membership(*, user: User, team: Team, role: Role | None) -> None:
    """Give ``user`` this one role in ``team``; None takes them out. Holds from their next request on."""
    if role is None:
        Membership.objects.filter(user=user, team=team).delete()
    else:
        Membership.objects.update_or_create(user=user, team=team, defaults={"role": role})
    user.__dict__.pop("_roles_by_team", None)  # permissions.roles_of


@transaction.atomic
def set_active(*, user: User, is_active: bool) -> None:
    """Open or close the account; closing ends every session at its next request.

    Raises LastAdministratorError rather than leave the installation without one.
    """
    if not is_active:
        _keep_an_administrator(without=user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])


@transaction.atomic
def set_administrator(*, user: User, is_administrator: bool) -> None:
    """Make ``user`` administrator of the whole installation, or no longer (LastAdministratorError)."""
    if not is_administrator:
        _keep_an_administrator(without=user)
    user.is_superuser = user.is_staff = is_administrator
    user.save(update_fields=["is_superuser", "is_staff"])


def _keep_an_administrator(*, without: User) -> None:
    # All of them are locked, in one order: two who remove each other at once must not both succeed.
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    keys = set(administrators.order_by("pk").values_list("pk", flat=True))
    if keys == {without.pk}:
        raise LastAdministratorError


@transaction.atomic
def create_api_key(*, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """Return the row and the key itself: 256 random bits, never to be seen again.

    Raises ValidationError for no scope, an unknown one, or a blank name.
    """
    if not name.strip():
        raise ValidationError({"name": "Give the key a name."})
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValidationError({"scopes": f"Choose from {', '.join(SCOPES)}."})
    secret = f"{KEY_MARK}{secrets.token_urlsafe(6)}{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name.strip(),
        prefix=secret[:PREFIX_LENGTH],
        key_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
    )
    return row, secret


def revoke_api_key(*, api_key: ApiKey) -> None:
    """Refuse the key from the next call on; revoking again changes nothing."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
