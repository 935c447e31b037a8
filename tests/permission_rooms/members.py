"""Rules and rows of the permission matrix: panels, their members, and the tracker of actions."""

import uuid

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import PERMISSIONS
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import (
    Action,
    Ballot,
    Material,
    Panel,
    PanelState,
    ResearchSession,
    Seat,
    SeatState,
    SessionKind,
)
from tests.permission_rule import FORM, Rule, action, form, in_team, page, public

OWN = 4242
CLOSED_TO_MOST = 900_000  # added to a pk: a session of the other team that its administrators alone may open
RULES: dict[str, Rule] = {
    "panels/": page(P.JOIN_RESEARCH),
    "panels/new/": form(P.RUN_RESEARCH),
    "panels/<slug:slug>/": page(P.JOIN_RESEARCH),
    "panels/<slug:slug>/health/": page(P.JOIN_RESEARCH),
    "panels/<slug:slug>/edit/": in_team(form(P.RUN_RESEARCH)),
    "panels/<slug:slug>/state/": in_team(action(P.RUN_RESEARCH, data={"action": "open"})),
    "panels/<slug:slug>/invite/": in_team(form(P.RUN_RESEARCH)),
    "panels/<slug:slug>/seats/<int:seat_id>/do/": in_team(action(P.RUN_RESEARCH, data={"action": "end"})),
    "panels/<slug:slug>/ballots/new/": in_team(form(P.RUN_RESEARCH)),
    "panels/<slug:slug>/ballots/<int:ballot_id>/do/": in_team(action(P.RUN_RESEARCH, data={"action": "close"})),
    "panels/<slug:slug>/materials/": in_team(action(P.RUN_RESEARCH)),
    "panels/<slug:slug>/materials/<int:material_id>/remove/": in_team(action(P.RUN_RESEARCH)),
    "p/<str:token>/": public(*FORM, note="the link mailed to a member is its own proof"),
    "actions/": page(P.JOIN_RESEARCH),
    "actions/new/": form(P.JOIN_RESEARCH, note="of the person's own teams"),
    "actions/<int:action_id>/": page(P.JOIN_RESEARCH),
    "actions/<int:action_id>/edit/": in_team(form(P.JOIN_RESEARCH)),
    "actions/<int:action_id>/state/": in_team(action(P.JOIN_RESEARCH, data={"state": "done"})),
}
RUNNERS = {role for role in Role if P.RUN_RESEARCH in PERMISSIONS[role]}
SECRETS: dict[str, set[str]] = {  # a word of the other team's row -> the actors that may meet it
    "zebraaddress": {
        "installation",
        *(str(role.value) for role in RUNNERS),
        *(f"other {role.value}" for role in RUNNERS),
        *(f"everywhere {role.value}" for role in RUNNERS),
    },
    "zebrapromise": {"other administrator", "installation"},
}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make a panel with a member, a vote and something to read, and an action; the other team's holds secret words."""
    slug = team.slug
    panel = Panel.objects.create(pk=pk, name=f"Panel of {slug}", slug=slug, team=team, state=PanelState.ACTIVE)
    Seat.objects.create(
        pk=pk, panel=panel, customer_id=pk, state=SeatState.ACCEPTED, starts_on="2026-01-01", ends_on="2999-01-01"
    )
    Ballot.objects.create(pk=pk, panel=panel, question="What first?", choices=["A", "B"])
    Material.objects.create(pk=pk, panel=panel, title="Plan", url="https://docs.example/plan")
    Action.objects.create(pk=pk, team=team, panel=panel, title="Mend the lens", owner=user)
    if not is_own:
        _make_secrets(pk=pk + CLOSED_TO_MOST, panel=panel)


def _make_secrets(*, pk: int, panel: Panel) -> None:
    """An address for those who run research, and a promise made in a session that few may open."""
    customer = panel.seats.get().customer
    type(customer).objects.filter(pk=customer.pk).update(email="zebraaddress@example.com", email_key=str(uuid.uuid4()))
    session = ResearchSession.objects.create(
        pk=pk,
        kind=SessionKind.INTERVIEW,
        team=panel.team,
        panel=panel,
        title="zebrapromise",
        visibility=Visibility.RESTRICTED,
        time_zone="UTC",
    )
    Action.objects.create(pk=pk, team=panel.team, panel=panel, session=session, title="zebrapromise")
