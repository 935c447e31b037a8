"""Rules and rows of the permission matrix: running."""

from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Role, Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import (
    Participant,
    ParticipantState,
    Problem,
    ResearchSession,
    SessionKind,
    SessionNote,
    Study,
    Task,
)
from tests.permission_rule import Rule, action, form, in_team, page

LIVE = "sessions/<int:session_id>/live/"
STUDY = "studies/<int:study_id>/"
NOTE = f"{LIVE}notes/<int:note_id>/"
WORDS = {"client_key": "11111111-1111-4111-8111-111111111111", "text": "The knob is hard to find."}
RULES: dict[str, Rule] = {
    LIVE: in_team(page(P.JOIN_RESEARCH)),
    f"{LIVE}notes/": in_team(form(P.JOIN_RESEARCH, data=WORDS)),
    NOTE: in_team(form(P.JOIN_RESEARCH)),
    f"{NOTE}delete/": in_team(action(P.JOIN_RESEARCH)),
    f"{NOTE}restore/": in_team(action(P.JOIN_RESEARCH)),
    f"{LIVE}runs/": in_team(action(P.JOIN_RESEARCH)),
    f"{LIVE}problems/": in_team(action(P.JOIN_RESEARCH)),
    f"{LIVE}sightings/": in_team(action(P.JOIN_RESEARCH)),
    f"{LIVE}sus/<int:participant_id>/": in_team(form(P.JOIN_RESEARCH)),
    STUDY: page(P.JOIN_RESEARCH),
    f"{STUDY}tasks.csv": page(P.JOIN_RESEARCH),
    f"{STUDY}problems.csv": page(P.JOIN_RESEARCH),
    f"{STUDY}tasks/": in_team(action(P.RUN_RESEARCH)),
    f"{STUDY}tasks/<int:task_id>/": in_team(action(P.RUN_RESEARCH)),
    f"{STUDY}problems/": in_team(action(P.JOIN_RESEARCH)),
    f"{STUDY}problems/<int:problem_id>/": in_team(action(P.JOIN_RESEARCH)),
}
SECRETS: dict[str, set[str]] = {  # a word of the other team's row -> the actors that may meet it
    "zebranote": {"other administrator", "installation"},
    "zebrastudy": {
        "installation",
        *(f"other {role.value}" for role in Role),
        *(f"everywhere {role.value}" for role in Role),
    },
}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """A running session with a note: one's own for everybody to read, the other team's restricted."""
    word = "ours" if is_own else "zebranote"
    of_study = "ours" if is_own else "zebrastudy"
    study, _ = Study.objects.get_or_create(pk=pk, defaults={"team": team, "name": of_study})
    session, _ = ResearchSession.objects.get_or_create(
        pk=pk,
        defaults={
            "team": team,
            "kind": SessionKind.USABILITY,
            "title": word,
            "time_zone": "UTC",
            "starts_at": timezone.now(),
            "visibility": Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
        },
    )
    ResearchSession.objects.filter(pk=pk).update(state="running", starts_at=timezone.now(), ends_at=None, study=study)
    Task.objects.create(pk=pk, study=study, position=1, title=of_study)
    Problem.objects.create(pk=pk, study=study, title=of_study)
    speaker, _ = Participant.objects.get_or_create(
        session=session, customer_id=pk, defaults={"pk": pk, "state": ParticipantState.ATTENDED}
    )
    SessionNote.objects.create(
        pk=pk, session=session, author=user, client_key=UUID(int=pk), at=timezone.now(), text=word, speaker=speaker
    )
