"""Rules and rows of the permission matrix: afterwards."""

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission as P  # noqa: N817 short, for one line a route
from apps.catalog.models import Visibility
from apps.panels.models import Finding, FindingEvidence, ResearchSession, SessionNote
from apps.tagging.models import Source, Tag, Tagging, TaggingState
from tests.permission_rule import Rule, action, form, in_team, page

_AFTER = "sessions/<int:session_id>/summary/"
RULES: dict[str, Rule] = {
    _AFTER: page(P.JOIN_RESEARCH),
    f"{_AFTER}session.md": page(P.JOIN_RESEARCH),
    f"{_AFTER}notes.csv": page(P.JOIN_RESEARCH),
    f"{_AFTER}notes/": page(P.JOIN_RESEARCH),
    f"{_AFTER}edit/": in_team(form(P.JOIN_RESEARCH)),
    f"{_AFTER}notes/promote/": in_team(action(P.JOIN_RESEARCH)),
    f"{_AFTER}notes/<int:note_id>/promote/": in_team(action(P.JOIN_RESEARCH)),
    f"{_AFTER}notes/<int:note_id>/take-back/": in_team(action(P.JOIN_RESEARCH)),
    f"{_AFTER}notes/<int:note_id>/highlight/": in_team(action(P.JOIN_RESEARCH)),
    "sessions/<int:session_id>/follow-up/": in_team(form(P.RUN_RESEARCH)),
    "findings/": page(P.JOIN_RESEARCH, query="?q=zebra"),
    "findings/new/": form(P.JOIN_RESEARCH, query="?note=4243"),
    "findings/<int:finding_id>/": page(P.JOIN_RESEARCH),
    "findings/<int:finding_id>/edit/": in_team(form(P.JOIN_RESEARCH)),
    "findings/<int:finding_id>/withdraw/": in_team(action(P.JOIN_RESEARCH)),
    "findings/<int:finding_id>/restore/": in_team(action(P.JOIN_RESEARCH)),
    "findings/<int:finding_id>/evidence/": in_team(action(P.JOIN_RESEARCH, data={"address": "/feedback/4242/"})),
    "findings/<int:finding_id>/evidence/<int:evidence_id>/remove/": in_team(action(P.JOIN_RESEARCH)),
}
# A word of the other team's row -> the actors that may meet it.
SECRETS: dict[str, set[str]] = {"zebraafter": {"other administrator", "installation"}}


def make_rows(*, pk: int, team: Team, user: User, is_own: bool) -> None:
    """Make this room's row for one of the two teams; its product, customer and feedback have the same ``pk``."""
    session, _is_new = ResearchSession.objects.get_or_create(
        pk=pk,
        defaults={
            "team": team,
            "product_id": pk,
            "kind": "interview",
            "title": "ours" if is_own else "zebraafter",
            "summary": "ours" if is_own else "zebraafter",
            "visibility": Visibility.EVERYONE if is_own else Visibility.RESTRICTED,
            "time_zone": "UTC",
        },
    )
    note, _is_new = SessionNote.objects.get_or_create(
        pk=pk,
        defaults={
            "session": session,
            "author": user,
            "at": timezone.now(),
            "text": "ours" if is_own else "zebraafter",
        },
    )
    finding = Finding.objects.create(pk=pk, team=team, title="A finding", text="Read by all who join research.")
    FindingEvidence.objects.create(pk=pk, finding=finding, note=note)
    Tagging.objects.create(
        pk=pk,
        feedback_id=pk,
        tag=Tag.objects.filter(team=team).order_by("pk")[0],
        source=Source.PERSON,
        state=TaggingState.CONFIRMED,
        user=user,
        span_start=0,
        span_end=3,
    )
