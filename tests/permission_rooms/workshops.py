"""Rules and rows of the permission matrix: workshops."""

import uuid

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import Idea, IdeaGroup, Phase, ResearchSession, SessionKind, Workshop
from tests.permission_rule import FORM, READ, Rule, action, form, in_team, page, public

_board = "sessions/<int:session_id>/board/"
_code = {"code": "CDFHJK"}

RULES: dict[str, Rule] = {
    "join/": public(*READ),
    "join/<slug:code>/": public(*FORM, fill=_code, note="the signed key is the check"),
    "join/<slug:code>/state/": public(*READ, fill=_code),
    _board: page(P.JOIN_RESEARCH),
    f"{_board}state/": page(P.JOIN_RESEARCH),
    f"{_board}code.svg": page(P.JOIN_RESEARCH),
    f"{_board}result.<str:kind>": page(P.JOIN_RESEARCH, fill={"kind": "csv"}),
    f"{_board}settings/": in_team(form(P.RUN_RESEARCH)),
    f"{_board}open/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}phase/": in_team(action(P.RUN_RESEARCH, data={"phase": "group"})),
    f"{_board}idea/": in_team(action(P.RUN_RESEARCH, data={"text": "x", "client_key": "0" * 32})),
    f"{_board}move/": in_team(action(P.RUN_RESEARCH, data={"group": "new", "title": "x"})),
    f"{_board}promote/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}hide/<int:idea_id>/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}show/<int:idea_id>/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}merge/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}groups/<int:group_id>/rename/": in_team(action(P.RUN_RESEARCH, data={"title": "x"})),
    f"{_board}groups/<int:group_id>/order/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}groups/<int:group_id>/remove/": in_team(action(P.RUN_RESEARCH)),
    f"{_board}groups/<int:group_id>/decide/": in_team(action(P.RUN_RESEARCH, data={"decision": "x", "was": ""})),
}
SECRETS: dict[str, set[str]] = {  # a word of the other team's row -> the actors that may meet it
    "zebraworkshop": {"other administrator", "installation"},
}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """A workshop that gathers: one's own in a session for everybody to read, the other team's in a restricted one."""
    word = "ours" if is_own else "zebraworkshop"
    session, _is_new = ResearchSession.objects.get_or_create(
        pk=pk,
        defaults={
            "team": team,
            "kind": SessionKind.WORKSHOP,
            "title": word,
            "time_zone": "UTC",
            "visibility": Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
        },
    )
    workshop = Workshop.objects.create(
        session=session, question=word, code="CDFHJK" if is_own else "KJHFDC", phase=Phase.GATHER
    )
    group = IdeaGroup.objects.create(pk=pk, workshop=workshop, title=word)
    Idea.objects.create(pk=pk, workshop=workshop, text=word, client_key=uuid.UUID(int=pk))
    Idea.objects.create(workshop=workshop, text=word, client_key=uuid.UUID(int=pk + 1_000), group=group)
