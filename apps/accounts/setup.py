"""The first administrator: a signed, expiring link that works while there is none, and never again."""

from django.core import signing
from django.db import transaction
from django.urls import reverse

from apps.accounts.adapter import public_url
from apps.accounts.errors import SetupDoneError
from apps.accounts.models import Role, User
from apps.accounts.services import create_team, create_user, set_membership
from apps.core.turns import take_turn

SALT = "accounts.setup"
LINK_AGE_SECONDS = 24 * 3_600


def has_administrator() -> bool:
    return User.objects.filter(is_superuser=True, is_active=True).exists()


def first_administrator_link() -> str | None:
    """Return the address that makes the first administrator, good for a day; None once there is one."""
    if has_administrator():
        return None
    return public_url(reverse("account_setup", args=[signing.dumps("first administrator", salt=SALT)]))


def is_setup_token(token: str) -> bool:
    """Return whether ``token`` is one of ours and not older than a day."""
    try:
        return bool(signing.loads(token, salt=SALT, max_age=LINK_AGE_SECONDS) == "first administrator")
    except signing.BadSignature:
        return False


@transaction.atomic
def create_first_administrator(*, email: str, name: str, password: str, team_name: str) -> User:
    """Return the new administrator, who is also administrator of a new team.

    Raises SetupDoneError where there is one already, ValidationError by field. Of two at once, one succeeds.
    """
    take_turn("accounts.setup")
    if has_administrator():
        raise SetupDoneError
    user = create_user(email=email, name=name, password=password, is_administrator=True)
    set_membership(user=user, team=create_team(name=team_name), role=Role.ADMINISTRATOR)
    return user
