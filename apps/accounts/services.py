"""Every write to staff, teams, roles and API keys."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import holdings, sessions
from apps.accounts.errors import LastAdministratorError, TeamInUseError
from apps.accounts.models import EVERYWHERE_ROLES, ApiKey, Membership, Role, Team, User
from apps.accounts.scopes import SCOPES
from apps.core import outbox
from apps.core.email_address import normalise_email
from apps.core.slugs import unique_slug
from apps.core.turns import take_turn

ACCESS_CHANGED = "accounts.access_changed"  # outbox topic: people whose teams, roles or administration changed
KEY_MARK = "fbk_"  # what secret scanners can look for
PREFIX_LENGTH = 12


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str | None = None, is_administrator: bool = False) -> User:
    """Return a new member of staff; without ``password`` they choose one by the reset link.

    ``is_administrator``: of the whole installation. Raises ValidationError (by field) for an address that is
    taken or not plain ASCII. Teams and roles: ``set_membership``.
    """
    return User.objects.create_user(
        free_address(email), password, name=name.strip(), is_staff=is_administrator, is_superuser=is_administrator
    )


def free_address(email: str) -> str:
    """Return the address as accounts are looked up by. Raises ValidationError (by field) as ``create_user`` says."""
    address = normalise_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from None
    if not address.isascii():  # validate_email lets look-alikes such as the Kelvin sign pass
        raise ValidationError({"email": _("Use an address of plain letters, digits and signs.")})
    if User.objects.filter(email=address).exists():
        raise ValidationError({"email": _("This address has an account already.")})
    return address


def rename_person(*, user: User, name: str) -> None:
    user.name = name.strip()
    user.save(update_fields=["name"])


@transaction.atomic
def change_address(*, user: User, email: str) -> bool:
    """Sign ``user`` in by another address from now on; return False where it is theirs already.

    Their sessions end, links mailed before die, and the old address is told. Raises ValidationError (by field) for
    an address that is taken or not plain ASCII.
    """
    old = user.email
    if normalise_email(email) == old:
        return False
    user.email = free_address(email)
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:  # two at once
        raise ValidationError({"email": _("This address has an account already.")}) from None
    EmailAddress.objects.filter(user=user).delete()  # what allauth remembered would stay a way in
    sessions.end_all(user=user)
    told = _("Your account signs in with %(new)s from now on, no longer with %(old)s. An administrator changed that.")
    send_mail(_("Your address was changed"), told % {"new": user.email, "old": old}, None, [old])
    return True


@transaction.atomic
def create_team(*, name: str) -> Team:
    """Return a new team with a slug of its own. Raises ValidationError for a name that is blank or taken."""
    name = _free_team_name(name)
    taken = set(Team.objects.values_list("slug", flat=True))
    slug = unique_slug(name, taken=taken, max_length=60, fallback="team")
    return Team.objects.create(name=name, slug=slug)


@transaction.atomic
def rename_team(*, team: Team, name: str) -> None:
    """Its address (the slug) stays. Raises ValidationError for a name that is blank or taken."""
    if name.strip() != team.name:
        team.name = _free_team_name(name)
        team.save(update_fields=["name"])


def _free_team_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("Give the team a name.")})
    take_turn("accounts.team_names")  # two of one name at the same instant: the second is told and not broken
    if Team.objects.filter(name=name).exists():
        raise ValidationError({"name": _("There is a team of this name already.")})
    return name


@transaction.atomic
def delete_team(*, team: Team) -> None:
    """Delete a team that holds nothing and has no members. Raises TeamInUseError, saying what it holds."""
    Team.objects.select_for_update().get(pk=team.pk)
    kinds = [f"{found.label} ({found.total})" for found in holdings.of_team(team)]
    members = team.memberships.count()
    if members:
        kinds.append(_("Members (%(count)s)") % {"count": members})
    if kinds:
        raise TeamInUseError(", ".join(kinds))
    try:
        team.delete()
    except ProtectedError:  # of a kind that nobody registered
        raise TeamInUseError(_("something else")) from None


@transaction.atomic
def set_membership(*, user: User, team: Team, role: Role | None) -> None:
    """Give ``user`` this one role in ``team``; None takes them out. Holds from their next request on.

    The same again changes nothing and tells nobody.
    """
    user.__dict__.pop("_roles_by_team", None)  # permissions.roles_of
    held = Membership.objects.filter(user=user, team=team)
    if role is None:
        is_changed = held.delete()[0] > 0
    else:
        row, is_changed = held.select_for_update().get_or_create(user=user, team=team, defaults={"role": role})
        if row.role != role:
            row.role, is_changed = role, True
            row.save(update_fields=["role"])
    if is_changed:
        outbox.publish(ACCESS_CHANGED, [user.pk])


@transaction.atomic
def set_everywhere_role(*, user: User, role: Role | None) -> None:
    """Give ``user`` this role in every team, beside their memberships; None takes it. Holds from their next request on.

    The same again tells nobody. Raises ValueError for a role that is not given everywhere.
    """
    if role is not None and role not in dict(EVERYWHERE_ROLES):
        raise ValueError(f"{role} is not given everywhere")
    user.everywhere_role = role or ""
    user.__dict__.pop("_roles_by_team", None)  # permissions.roles_of
    # Asked of the row, not of the object: a form may have changed that already.
    others = User.objects.filter(pk=user.pk).exclude(everywhere_role=user.everywhere_role)
    if others.update(everywhere_role=user.everywhere_role):
        outbox.publish(ACCESS_CHANGED, [user.pk])


@transaction.atomic
def set_active(*, user: User, is_active: bool) -> None:
    """Open or close the account; closing ends every session. What the person did and owns stays theirs.

    Raises LastAdministratorError rather than leave the installation without one.
    """
    if not is_active:
        _keep_an_administrator(without=user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    if not is_active:
        sessions.end_all(user=user)  # or they would live again with the account


@transaction.atomic
def set_administrator(*, user: User, is_administrator: bool) -> None:
    """Make ``user`` administrator of the whole installation, or no longer (LastAdministratorError).

    The same again tells nobody.
    """
    if not is_administrator:
        _keep_an_administrator(without=user)
    user.is_superuser = user.is_staff = is_administrator
    # Asked of the row, not of the object: a form may have changed that already.
    others = User.objects.filter(pk=user.pk).exclude(is_superuser=is_administrator, is_staff=is_administrator)
    if others.update(is_superuser=is_administrator, is_staff=is_administrator):
        outbox.publish(ACCESS_CHANGED, [user.pk])


def _keep_an_administrator(*, without: User) -> None:
    # All of them are locked, in one order: two who remove each other at once must not both succeed.
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    keys = set(administrators.order_by("pk").values_list("pk", flat=True))
    if keys == {without.pk}:
        raise LastAdministratorError


@transaction.atomic
def create_api_key(*, name: str, scopes: Sequence[str], last_day: date | None = None) -> tuple[ApiKey, str]:
    """Return the row and the key itself: 256 random bits, never to be seen again.

    It works to the end of ``last_day`` in the installation's time zone, None: until it is revoked. Raises
    ValidationError for no scope, an unknown one, a name that is blank or a live key's, and a day that is over.
    """
    if not name.strip():
        raise ValidationError({"name": _("Give the key a name.")})
    take_turn("accounts.api_key_names")
    in_use = ApiKey.objects.filter(revoked_at__isnull=True).exclude(expires_at__lte=timezone.now())
    if in_use.filter(name=name.strip()).exists():
        raise ValidationError({"name": _("A key in use has this name already.")})
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValidationError({"scopes": _("Choose from %(scopes)s.") % {"scopes": ", ".join(SCOPES)}})
    expires_at = _end_of(last_day) if last_day else None
    if expires_at and expires_at <= timezone.now():
        raise ValidationError({"last_day": _("Give a day that is not over yet.")})
    secret = f"{KEY_MARK}{secrets.token_urlsafe(6)}{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name.strip(),
        prefix=secret[:PREFIX_LENGTH],
        key_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return row, secret


def _end_of(day: date) -> datetime:
    """Return the first moment after ``day`` in the installation's time zone."""
    try:
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(settings.TIME_ZONE))
    except OverflowError:
        raise ValidationError({"last_day": _("Give a day before the year 9999.")}) from None


def revoke_api_key(*, api_key: ApiKey) -> None:
    """Refuse the key from the next call on; revoking again changes nothing."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
