"""The tags that a team owns itself, for accounts.holdings."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.holdings import SHOWN, Counted, Holding, register
from apps.accounts.models import Team
from apps.tagging.models import Tag


def tags_of(team: Team) -> Counted:
    tags = Tag.objects.filter(team=team)
    return tags.count(), [Holding(tag.name, reverse("tagging:tag", args=[tag.slug])) for tag in tags[:SHOWN]]


def announce() -> None:
    register(_("Tags"), of_team=tags_of)  # type: ignore[arg-type]  # lazy
