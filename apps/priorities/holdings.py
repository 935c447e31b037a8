"""The priorities a person owns and the past queues of a team, for accounts.holdings."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.holdings import SHOWN, Counted, Holding, register
from apps.accounts.models import Team, User
from apps.priorities.models import Priority, Snapshot


def priorities_of(person: User) -> Counted:
    owned = Priority.objects.filter(owner=person).select_related("tag").order_by("tag__name")
    return owned.count(), [
        Holding(row.tag.name, reverse("priorities:priority", args=[row.tag.slug])) for row in owned[:SHOWN]
    ]


def past_queues_of(team: Team) -> Counted:
    """The queue as it was stays readable, so whoever had one stays."""
    return Snapshot.objects.filter(team=team).values("day").distinct().count(), []


def say_days(number: int) -> str:
    return ngettext("History kept: %(number)s day", "History kept: %(number)s days", number) % {"number": number}


def announce() -> None:
    register(_("Priorities"), of_person=priorities_of)  # type: ignore[arg-type]  # lazy
    register(_("History"), of_team=past_queues_of, sentence=say_days)  # type: ignore[arg-type]  # lazy
