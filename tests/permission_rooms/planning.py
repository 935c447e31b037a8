"""Rules and rows of the permission matrix: sessions. What the other team keeps to itself holds a word."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import (
    DateOption,
    Incentive,
    Material,
    Participant,
    ResearchSession,
    SessionKind,
    SessionRecording,
    SessionState,
    StaffRole,
    StaffSeat,
)
from tests.permission_rule import FORM, READ, Rule, action, form, in_team, page, public

ONE = "sessions/<int:session_id>/"
BESIDE_PANELS = 20_000  # materials of panels have the plain numbers
RULES: dict[str, Rule] = {
    "sessions/": page(P.JOIN_RESEARCH),
    "sessions/calendar/": page(P.JOIN_RESEARCH),
    "sessions/new/": form(P.RUN_RESEARCH),
    "sessions/incentives/": page(P.RUN_RESEARCH),
    "sessions/incentives/export/": page(P.RUN_RESEARCH),
    ONE: page(P.JOIN_RESEARCH),
    f"{ONE}session.ics": page(P.JOIN_RESEARCH),
    f"{ONE}edit/": in_team(form(P.RUN_RESEARCH)),
    f"{ONE}cancel/": in_team(form(P.RUN_RESEARCH)),
    f"{ONE}start/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}end/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}dates/": page(P.JOIN_RESEARCH),
    f"{ONE}dates/offer/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}dates/answer/": action(P.JOIN_RESEARCH),
    f"{ONE}dates/<int:option_id>/remove/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}dates/<int:option_id>/choose/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}invite/": in_team(form(P.RUN_RESEARCH)),
    f"{ONE}participants/<int:participant_id>/take-back/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}attendance/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}join/": action(P.JOIN_RESEARCH),
    f"{ONE}leave/": action(P.JOIN_RESEARCH),
    f"{ONE}staff/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}staff/<int:user_id>/remove/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}materials/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}materials/<int:material_id>/remove/": in_team(
        action(P.RUN_RESEARCH, fill={"material_id": str(4242 + BESIDE_PANELS)})
    ),
    f"{ONE}recordings/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}recordings/<int:recording_id>/remove/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}incentives/": in_team(action(P.RUN_RESEARCH)),
    f"{ONE}incentives/<int:incentive_id>/decide/": in_team(action(P.APPROVE_INCENTIVE)),
    f"{ONE}incentives/<int:incentive_id>/hand-over/": in_team(action(P.RUN_RESEARCH)),
    "s/<str:token>/": public(*FORM, note="the token is the check"),
    "s/<str:token>/session.ics": public(*READ),
}
WORD = "zebrasession"
SECRETS: dict[str, set[str]] = {WORD: {"other administrator", "installation"}}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """A session with somebody invited, a seat, a date, a pre-read, an incentive; the other team's is restricted."""
    word = "ours" if is_own else WORD
    starts_at = timezone.now() + timedelta(days=30)
    when = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    session = ResearchSession.objects.create(
        pk=pk,
        kind=SessionKind.INTERVIEW,
        team=team,
        title=f"{word} talk",
        purpose=word,
        place=word,
        questions=[word],
        agenda=[{"title": word, "minutes": 5}],
        visibility=Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
        state=SessionState.PLANNED,
        time_zone="Europe/Berlin",
        budget_minor=10_000,
        **when,
    )
    StaffSeat.objects.create(session=session, user=user, role=StaffRole.LEAD)
    participant = Participant.objects.create(pk=pk, session=session, customer_id=pk, state="accepted", reason=word)
    DateOption.objects.create(pk=pk, session=session, **when)
    Material.objects.create(pk=pk + BESIDE_PANELS, session=session, title=word, text=word)
    SessionRecording.objects.create(pk=pk, session=session, title=word, url=f"https://{word}.example/")
    Incentive.objects.create(pk=pk, participant=participant, amount_minor=100, kind=word)
