"""Rules and rows of the permission matrix: rhythm."""

from datetime import date, timedelta

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import Cycle, PlannedResearch, ResearchSession, StaffSeat
from tests.permission_rule import Rule, action, form, in_team, page

CYCLE = {"name": "Cycle", "starts_on": "2026-01-05", "ends_on": "2026-02-15"}
PLANNED = {"question": "Why?", "kind": "interview", "wanted_sessions": "1"}

RULES: dict[str, Rule] = {
    "cycles/": page(P.JOIN_RESEARCH),
    "cycles/new/": form(P.RUN_RESEARCH, note="a post names the team, which the form checks"),
    "cycles/series/": form(P.RUN_RESEARCH, note="a post names the team, which the form checks"),
    "cycles/<int:cycle_id>/": page(P.JOIN_RESEARCH),
    "cycles/<int:cycle_id>/edit/": in_team(form(P.RUN_RESEARCH, data=CYCLE)),
    "cycles/<int:cycle_id>/delete/": in_team(action(P.RUN_RESEARCH)),
    "cycles/<int:cycle_id>/plan/": in_team(action(P.RUN_RESEARCH, data=PLANNED)),
    "cycles/<int:cycle_id>/plan/<slug:tag_slug>/": in_team(action(P.RUN_RESEARCH)),
    "cycles/planned/<int:planned_id>/": in_team(form(P.RUN_RESEARCH, data=PLANNED)),
    "cycles/planned/<int:planned_id>/drop/": in_team(action(P.RUN_RESEARCH)),
    "cycles/planned/<int:planned_id>/session/": in_team(action(P.RUN_RESEARCH, data={"session": "42420"})),
    "exposure/": page(P.JOIN_RESEARCH),
    "exposure/seats/<int:seat_id>/": form(P.JOIN_RESEARCH, own=True, data={"minutes": "5", "reason": "Had to leave"}),
    "exposure/teams/<slug:slug>/": page(P.JOIN_RESEARCH),
    "exposure/teams/<slug:slug>/goal/": in_team(action(P.SET_POLICY, data={"minutes": "60", "days": "30"})),
    "meet/": page(P.JOIN_RESEARCH),
    "meet/<int:session_id>/join/": action(P.JOIN_RESEARCH, fill={"session_id": "42420"}),
    "meet/<int:session_id>/leave/": action(P.JOIN_RESEARCH, fill={"session_id": "42420"}),
    "listening/": page(P.JOIN_RESEARCH),
}
SECRETS: dict[str, set[str]] = {  # a word of the other team's row -> the actors that may meet it
    "zebrarhythm": {"other administrator", "installation"},
    "zebraminutes": {"other scientist", "installation"},  # the latter in the history
}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make this room's row for one of the two teams; its product, customer and feedback have the same ``pk``.

    Each team has a cycle with research planned, a session ahead held for it, and one that is done with a seat of
    ``user``. The other team's sessions are restricted, so they must not be seen in the cycle, which anybody may read.
    """
    cycle = Cycle.objects.create(pk=pk, team=team, name="Cycle", starts_on=date(2026, 1, 5), ends_on=date(2099, 1, 1))
    planned = PlannedResearch.objects.create(pk=pk, cycle=cycle, kind="interview", question="Why?")
    ahead = _session(10 * pk, team, timezone.now() + timedelta(days=3), "planned", is_own=is_own)
    planned.sessions.add(ahead)
    over = _session(10 * pk + 1, team, timezone.now() - timedelta(days=3), "done", is_own=is_own)
    StaffSeat.objects.create(
        pk=pk,
        session=over,
        user=user,
        has_attended=True,
        minutes=5,
        minutes_reason="ours" if is_own else "zebraminutes",
    )


def _session(pk: int, team: Team, starts_at, state: str, *, is_own: bool) -> ResearchSession:
    return ResearchSession.objects.create(
        pk=pk,
        kind="interview",
        team=team,
        title="ours" if is_own else "zebrarhythm",
        visibility=Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
        state=state,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        time_zone="UTC",
    )
