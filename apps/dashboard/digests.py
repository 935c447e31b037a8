"""The sections that the dashboards add to a person's digest: what moved in their teams, and what waits for them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.accounts.selectors import teams_of
from apps.dashboard.overview import oldest_held
from apps.dialogue.wording import DigestLine, DigestPart
from apps.priorities import movement
from apps.priorities.movement import Mover, RankedTag
from apps.priorities.spans import last_days

MOVERS_SHOWN = 5
CLIMBERS_SHOWN = 5
LEAST_DAYS = 1


def queues_section(user: User, since: datetime, until: datetime) -> DigestPart | None:
    """Return which of the person's priorities climbed or grew since their last digest. Five queries."""
    teams = [team.pk for team in teams_of(user)]
    if not teams or not may(user, Permission.READ_FEEDBACK):
        return None
    today = timezone.localdate(until, timezone.get_default_timezone())
    days = max(LEAST_DAYS, round((until - since) / timedelta(days=1)))
    span = last_days(days, until=today)
    ranked = movement.ranks(teams, since=span.since)
    grown = movement.rising(
        movement.movers(movement.tag_sums(teams, span=span, before=span.before())).values(), limit=MOVERS_SHOWN
    )
    lines = [*_climbs(ranked), *_growth(grown)]
    return DigestPart(_("What moved in your queues"), lines)


def _climbs(ranked: list[RankedTag]) -> Iterator[DigestLine]:
    climbed = sorted((one for one in ranked if one.climbed > 0), key=lambda one: (-one.climbed, one.rank or 0))
    for one in climbed[:CLIMBERS_SHOWN]:
        said = _("%(tag)s climbed from rank %(before)d to %(now)d")
        yield DigestLine(said % {"tag": one.name, "before": one.rank_before, "now": one.rank}, _priority(one.slug))


def _growth(grown: list[Mover]) -> Iterator[DigestLine]:
    for one in grown:
        said = _("%(tag)s: %(now)d pieces of feedback, %(before)d in the time before")
        yield DigestLine(said % {"tag": one.name, "now": one.now, "before": one.before}, _priority(one.slug))


def waiting_section(user: User, since: datetime, until: datetime) -> DigestPart | None:
    """Return what waits for the person: feedback held for their review. Two queries."""
    if not may(user, Permission.MODERATE_FEEDBACK):
        return None
    count, _oldest_on = oldest_held(user)
    said = ngettext("%(count)d piece of feedback is held for review", "%(count)d pieces are held for review", count)
    lines = [DigestLine(said % {"count": count}, reverse("workbench:review"))] if count else []
    return DigestPart(_("What waits for you"), lines)


def _priority(slug: str) -> str:
    return reverse("priorities:priority", args=[slug])
