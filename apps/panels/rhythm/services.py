"""The only writer of cycles, of the research planned in them, and of exposure goals."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import Team
from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.panels.models import Cycle, ExposureGoal, PlannedResearch, ResearchSession, SessionKind
from apps.panels.rhythm.cycles import Span
from apps.tagging.models import Tag

TURN = "panels.cycles"


@transaction.atomic
def create_cycles(*, team: Team, spans: Sequence[Span], goals: str = "") -> list[Cycle]:
    """Make the cycles of ``spans``, all or none; ``spans`` do not overlap each other.

    Takes turns with every other change of the team's cycles. Raises ValidationError at ``starts_on`` where one of them
    would lie over a cycle the team has: so pressing twice makes them once.
    """
    take_turn(TURN, team.pk)
    for span in spans:
        _refuse_overlap(team, span.starts_on, span.ends_on)
    return Cycle.objects.bulk_create(
        Cycle(team=team, name=span.name, starts_on=span.starts_on, ends_on=span.ends_on, goals=goals) for span in spans
    )


@transaction.atomic
def update_cycle(*, cycle: Cycle, name: str, starts_on: date, ends_on: date, goals: str) -> None:
    """Rename or move a cycle. Raises ValidationError as ``create_cycles`` does; its sessions stay with it."""
    take_turn(TURN, cycle.team_id)
    _refuse_overlap(cycle.team, starts_on, ends_on, but=cycle)
    cycle.name, cycle.starts_on, cycle.ends_on, cycle.goals = name, starts_on, ends_on, goals
    cycle.save(update_fields=["name", "starts_on", "ends_on", "goals"])


@transaction.atomic
def delete_cycle(*, cycle: Cycle) -> None:
    """Delete a cycle with what was planned in it; its sessions stay, in no cycle."""
    take_turn(TURN, cycle.team_id)
    Cycle.objects.filter(pk=cycle.pk).delete()


def _refuse_overlap(team: Team, starts_on: date, ends_on: date, *, but: Cycle | None = None) -> None:
    if ends_on < starts_on:
        raise ValidationError({"ends_on": _("The last day is before the first.")})
    others = Cycle.objects.filter(team=team, starts_on__lte=ends_on, ends_on__gte=starts_on)
    other = others.exclude(pk=but.pk if but else 0).order_by("starts_on").first()
    if other is not None:
        told = _("“%(cycle)s” of this team already covers %(since)s to %(until)s. Choose other days.")
        since, until = (date_format(day, "SHORT_DATE_FORMAT") for day in (other.starts_on, other.ends_on))
        raise ValidationError({"starts_on": told % {"cycle": other, "since": since, "until": until}})


# --- planned research ---------------------------------------------------------------------------------------------


@transaction.atomic
def plan_research(
    *, cycle: Cycle, question: str, kind: str, tag: Tag | None = None, wanted_sessions: int = 1
) -> PlannedResearch:
    """Plan research in ``cycle``; the same question once more is what is there already.

    Raises ValidationError at ``tag`` where it is no priority of the cycle's team, DomainError where the cycle is gone.
    """
    take_turn(TURN, cycle.team_id)
    if not Cycle.objects.filter(pk=cycle.pk).exists():
        raise DomainError(_("Somebody has deleted this cycle meanwhile."))
    _check_tag(cycle, tag)
    planned, is_new = PlannedResearch.objects.get_or_create(
        cycle=cycle, question=question, kind=SessionKind(kind), tag=tag, defaults={"wanted_sessions": wanted_sessions}
    )
    if not is_new and planned.wanted_sessions != wanted_sessions:
        planned.wanted_sessions = wanted_sessions
        planned.save(update_fields=["wanted_sessions"])
    return planned


def update_planned(
    *, planned: PlannedResearch, question: str, kind: str, tag: Tag | None, wanted_sessions: int
) -> None:
    """Change what is planned; the sessions held for it stay with it. Raises ValidationError as ``plan_research``."""
    _check_tag(planned.cycle, tag)
    planned.question, planned.kind, planned.tag = question, SessionKind(kind), tag
    planned.wanted_sessions = wanted_sessions
    planned.save(update_fields=["question", "kind", "tag", "wanted_sessions"])


def drop_planned(*, planned: PlannedResearch) -> None:
    """Plan this no more; the sessions held for it stay. Again changes nothing."""
    PlannedResearch.objects.filter(pk=planned.pk).delete()


def hold_for(*, planned: PlannedResearch, session: ResearchSession) -> None:
    """Say that ``session`` is held for ``planned``; a session may be for several. Again changes nothing."""
    if session.team_id != planned.cycle.team_id:
        raise DomainError(_("Only a session of the cycle's own team can be held for it."))
    planned.sessions.add(session)


def hold_no_more_for(*, planned: PlannedResearch, session: ResearchSession) -> None:
    """Undo ``hold_for``; the session stays as it is."""
    planned.sessions.remove(session)


def _check_tag(cycle: Cycle, tag: Tag | None) -> None:
    if tag is not None and tag.effective_team_id != cycle.team_id:
        raise ValidationError({"tag": _("That is no priority of the cycle's team.")})


# --- exposure -----------------------------------------------------------------------------------------------------


@transaction.atomic
def set_goal(*, team: Team, minutes: int, days: int) -> None:
    """Set how long with customers everybody of ``team`` aims at, in how many days."""
    ExposureGoal.objects.update_or_create(team=team, defaults={"minutes": minutes, "days": days})
