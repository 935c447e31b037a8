"""Saved views: a selection of feedback under a name. Written only by ``workbench.room.saved_views``."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

QUERY_CHARACTERS = 2000
NAME_CHARACTERS = 80


class Scope(models.TextChoices):
    PERSONAL = "personal", _("Only me")
    TEAM = "team", _("A team")
    EVERYONE = "everyone", _("All staff")


class SavedView(models.Model):
    """A query string of the reading room, kept. What it shows is what the one who opens it may read.

    Of a team while ``team`` is set, of everyone while ``is_for_everyone``, else of its owner alone: where a team
    ends, its views become personal again.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=NAME_CHARACTERS)
    query = models.CharField(
        max_length=QUERY_CHARACTERS, blank=True, default=""
    )  # as ``saved_views.kept_query`` has it
    team = models.ForeignKey("accounts.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_for_everyone = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)  # among its owner's
    deleted_at = models.DateTimeField(null=True, blank=True)  # may be brought back for a while
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                "owner", Lower("name"), condition=Q(deleted_at__isnull=True), name="view_name_once_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(is_for_everyone=False), name="view_of_one_circle"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope(self) -> Scope:
        if self.is_for_everyone:
            return Scope.EVERYONE
        return Scope.TEAM if self.team_id else Scope.PERSONAL


class DefaultView(models.Model):
    """The view in which a person's reading room opens: one of their own or one shared with them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="default_view"
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"Default of {self.user_id}"
