"""Staff: users, teams, memberships with roles, invitations, API keys. Written only by this app's services."""

import unicodedata
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.email_address import normalise_email


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=normalise_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalise_email(username or ""))


class Role(models.TextChoices):
    SCIENTIST = "scientist", _("Scientist")
    ANALYST = "analyst", _("Analyst")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")


EVERYWHERE_ROLES = [(role.value, role.label) for role in Role if role != Role.ADMINISTRATOR]


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. ``is_superuser`` means administrator of the whole installation.

    ``everywhere_role`` is held in every team, beside the memberships: the better of the two counts.
    """

    email = models.EmailField(max_length=254)  # ASCII, as core.email_address.normalise_email leaves it
    name = models.CharField(max_length=150, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open Django's admin.")
    joined_at = models.DateTimeField(db_default=models.functions.Now())
    everywhere_role = models.CharField(max_length=20, choices=EVERYWHERE_ROLES, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")  # blank: the installation's
    language = models.CharField(max_length=8, blank=True, default="", db_default="")  # blank: the browser's
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM, db_default=Theme.SYSTEM)
    picture_key = models.CharField(max_length=32, blank=True, default="", db_default="")  # blank: initials

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        triggers = audit.history(
            "email", "name", "is_active", "is_staff", "is_superuser", "everywhere_role", identity=["email"]
        )
        constraints = [
            models.UniqueConstraint(fields=["email"], name="user_email_unique"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_lower"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def set_password(self, raw_password: str | None) -> None:
        """Keep the hash of the password's one Unicode form: keyboards send "é" as one character or as two."""
        super().set_password(_composed(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(_composed(raw_password))


def _composed(password: str | None) -> str | None:
    return None if password is None else unicodedata.normalize("NFC", password)


class Team(models.Model):
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        triggers = audit.history("name", "slug", identity=["name"])
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """A person's picture, made square and small from what was uploaded; in the database: every web host has it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="picture")
    image = models.BinaryField()  # WebP

    def __str__(self) -> str:
        return f"Picture of {self.user_id}"


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.SCIENTIST)

    class Meta:
        triggers = audit.history("user", "team", "role", identity=["user", "team"])
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="one_membership_per_team")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.team}"


class Invitation(models.Model):
    """An address asked to join, by a mailed link; what it will hold is set when it is accepted."""

    email = models.EmailField(max_length=254)  # as core.email_address.normalise_email leaves it
    name = models.CharField(max_length=150, blank=True, default="")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True, default="")  # in ``team``
    everywhere_role = models.CharField(max_length=20, choices=EVERYWHERE_ROLES, blank=True, default="")
    is_administrator = models.BooleanField(default=False)  # of the whole installation
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history(
            "email",
            "name",
            "team",
            "role",
            "everywhere_role",
            "is_administrator",
            "invited_by",
            "expires_at",
            "accepted_at",
            "accepted_by",
            "revoked_at",
            identity=["email"],
        )
        ordering = ["-invited_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_address",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=True, role="") | (Q(team__isnull=False) & ~Q(role="")),
                name="invitation_role_with_team",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """A key for programs: only the SHA-256 of it is kept, and a prefix to recognise it by."""

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    key_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # of accounts.scopes.SCOPES
    created_at = models.DateTimeField(db_default=models.functions.Now())
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)  # refused from then on; None: never
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        triggers = audit.history("name", "prefix", "scopes", "expires_at", "revoked_at", identity=["name"])

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def last_day(self) -> date | None:
        """The last day on which it works, in the installation's time zone."""
        if self.expires_at is None:
            return None
        return (self.expires_at.astimezone(ZoneInfo(settings.TIME_ZONE)) - timedelta(microseconds=1)).date()


class SecondFactor(Authenticator):  # type: ignore[misc]  # allauth is not typed
    """Nothing of its own: tells the history when a factor (an app, a passkey, recovery codes) comes or goes."""

    class Meta:
        proxy = True
        triggers = audit.history("user", "type", identity=["user", "type"])
