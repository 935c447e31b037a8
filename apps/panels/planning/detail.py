"""What the page of one session shows, and what its reader may do there."""

from django.utils import timezone

from apps.accounts.permissions import Permission, may
from apps.core.http import AuthedRequest
from apps.panels.models import Participant, ParticipantState, ResearchSession, SessionKind, SessionState, StaffRole
from apps.panels.planning import incentives, mails, seats, selectors
from apps.panels.planning.forms import MaterialForm, RecordingForm, StaffForm
from apps.panels.planning.money import money_words
from apps.panels.planning.sessions import OPEN_STATES
from apps.panels.planning.templates_of_kinds import template_of
from apps.panels.recordings import missing_consents, recording_is_open

BOARD_KINDS = (SessionKind.WORKSHOP, SessionKind.IDEATION)


def detail_context(request: AuthedRequest, session: ResearchSession) -> dict[str, object]:
    """Return the context of session.html. As many queries for any number of people."""
    may_run = may(request.user, Permission.RUN_RESEARCH, team=session.team)
    may_approve = may(request.user, Permission.APPROVE_INCENTIVE, team=session.team)
    people = selectors.participants_of(session)
    staff = list(session.staff.select_related("user").order_by("pk"))
    own = next((seat for seat in staff if seat.user_id == request.user.pk), None)
    coming = sum(one.state in selectors.COMES for one in people)
    state = SessionState(session.state)
    return {
        "session": session,
        "template": template_of(session.kind),
        "may_run": may_run,
        "may_approve": may_approve,
        "shows_addresses": may_run or may(request.user, Permission.MANAGE_CUSTOMERS),
        "when": mails.when_lines(session, selectors.reading_zone()),
        "participants": people,
        "coming": coming,
        "staff": staff,
        "own_seat": own,
        "can_join": own is None and seats.free_observer_seats(session) > 0 and _is_ahead(session),
        "can_leave": own is not None and own.role == StaffRole.OBSERVER and _is_ahead(session),
        "free_seats": seats.free_observer_seats(session),
        "is_open": state in OPEN_STATES,
        "is_polling": state == SessionState.POLLING,
        "is_planned": state == SessionState.PLANNED,
        "is_running": state == SessionState.RUNNING,
        "is_after": state in (SessionState.RUNNING, SessionState.DONE),
        "can_invite": may_run and _takes_people(session),
        "has_board": session.kind in BOARD_KINDS,
        "materials": list(session.materials.order_by("created_at", "pk")),
        "agenda_minutes": sum(int(row.get("minutes") or 0) for row in session.agenda),
        "present": [one for one in people if one.state in _MARKABLE],
        "staff_form": StaffForm(session=session) if may_run else None,
        "material_form": MaterialForm() if may_run else None,
        **(_money(session, people) if may_run or may_approve else {}),
        **_recordings(session, may_run=may_run),
    }


_MARKABLE = (ParticipantState.ACCEPTED, ParticipantState.ATTENDED, ParticipantState.MISSED)


def _is_ahead(session: ResearchSession) -> bool:
    starts_at = session.starts_at
    return session.state == SessionState.PLANNED and starts_at is not None and starts_at > timezone.now()


def _takes_people(session: ResearchSession) -> bool:
    is_past = session.starts_at is not None and session.starts_at <= timezone.now()
    return session.state in (SessionState.POLLING, SessionState.PLANNED) and not is_past


def _recordings(session: ResearchSession, *, may_run: bool) -> dict[str, object]:
    """Return links while they are open, else only how many are locked, and without whose consent."""
    today = timezone.localdate()
    is_open = recording_is_open(session, today)
    there = list(session.recordings.filter(removed_at=None))
    missing = missing_consents(session, as_of=today) if session.wants_recording and not is_open else []
    return {
        "recordings": there if is_open else [],
        "recording_count": len(there),
        "missing_consents": missing,
        "recording_form": RecordingForm() if may_run and is_open else None,
    }


def _money(session: ResearchSession, people: list[Participant]) -> dict[str, object]:
    rows = [
        (one, incentive, money_words(incentive.amount_minor, session.currency) if incentive else "")
        for one in people
        if one.state in _MARKABLE
        for incentive in [getattr(one, "incentive", None)]
    ]
    left = session.budget_minor - incentives.spent_minor(session)
    return {
        "incentive_rows": rows if session.budget_minor else [],
        "budget_words": money_words(session.budget_minor, session.currency) if session.budget_minor else "",
        "budget_left": money_words(left, session.currency),
    }
