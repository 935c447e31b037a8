"""What participants get for their time: proposed, approved by somebody else within the budget, handed over."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Permission, may
from apps.panels.models import Incentive, IncentiveState, Participant, ParticipantState, ResearchSession
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.money import money_words
from apps.panels.planning.turns import take_turn

SPENT = (IncentiveState.APPROVED, IncentiveState.PAID)
KIND_CHARACTERS = 80


@transaction.atomic
def propose(*, participant_id: int, amount_minor: int, kind: str, proposed_by: User) -> Incentive:
    """Propose an incentive, or another one in the place of what is not approved; the same again changes nothing.

    Raises ValidationError for no amount or one beyond what is left, PlanningError once it is approved.
    """
    participant = Participant.objects.get(pk=participant_id)
    session = take_turn(participant.session_id)
    participant.refresh_from_db()
    _check_entitled(participant)
    _check_amount(session, amount_minor)
    incentive = Incentive.objects.filter(participant=participant).first() or Incentive(participant=participant)
    if incentive.state in SPENT and incentive.pk:
        raise PlanningError(_("This incentive is approved already."))
    told = " ".join(kind.split())[:KIND_CHARACTERS]
    if incentive.pk and (incentive.state, incentive.amount_minor, incentive.kind) == (
        IncentiveState.PROPOSED, amount_minor, told,
    ):  # fmt: skip
        return incentive
    incentive.amount_minor, incentive.kind, incentive.state = amount_minor, told, IncentiveState.PROPOSED
    incentive.proposed_by, incentive.decided_by, incentive.decided_at = proposed_by, None, None
    incentive.save()
    return incentive


@transaction.atomic
def decide(*, incentive_id: int, is_approved: bool, decided_by: User) -> Incentive:
    """Approve or refuse what somebody else proposed; the same again changes nothing.

    Approved ones never exceed the budget, however many are approved at once. Raises PermissionDenied without
    APPROVE_INCENTIVE in the team; PlanningError for one's own proposal, one decided otherwise, and beyond the budget.
    """
    session, incentive = _turn_of(incentive_id)
    if not may(decided_by, Permission.APPROVE_INCENTIVE, team=session.team):
        raise PermissionDenied
    wanted = IncentiveState.APPROVED if is_approved else IncentiveState.REFUSED
    if incentive.state == wanted or (is_approved and incentive.state == IncentiveState.PAID):
        return incentive
    if incentive.state != IncentiveState.PROPOSED:
        raise PlanningError(_("This incentive was decided already."))
    if incentive.proposed_by_id == decided_by.pk:
        raise PlanningError(_("You proposed this incentive yourself: somebody else has to decide."))
    if is_approved and spent_minor(session) + incentive.amount_minor > session.budget_minor:
        left = money_words(session.budget_minor - spent_minor(session), session.currency)
        raise PlanningError(_("The budget does not cover this: %(left)s is left.") % {"left": left})
    incentive.state, incentive.decided_by, incentive.decided_at = wanted, decided_by, timezone.now()
    incentive.save(update_fields=["state", "decided_by", "decided_at"])
    return incentive


@transaction.atomic
def hand_over(*, incentive_id: int) -> Incentive:
    """Keep that an approved incentive was handed over; again changes nothing. Raises PlanningError before approval."""
    _session, incentive = _turn_of(incentive_id)
    if incentive.state == IncentiveState.PAID:
        return incentive
    if incentive.state != IncentiveState.APPROVED:
        raise PlanningError(_("Only an approved incentive is handed over."))
    incentive.state, incentive.paid_at = IncentiveState.PAID, timezone.now()
    incentive.save(update_fields=["state", "paid_at"])
    return incentive


def spent_minor(session: ResearchSession) -> int:
    """Return how much of the budget is approved or handed over."""
    approved = Incentive.objects.filter(participant__session=session, state__in=SPENT)
    return approved.aggregate(total=Sum("amount_minor"))["total"] or 0


def _turn_of(incentive_id: int) -> tuple[ResearchSession, Incentive]:
    session_id = Incentive.objects.values_list("participant__session_id", flat=True).get(pk=incentive_id)
    session = take_turn(session_id)
    return session, Incentive.objects.get(pk=incentive_id)


def _check_entitled(participant: Participant) -> None:
    comes = (ParticipantState.ACCEPTED, ParticipantState.ATTENDED, ParticipantState.MISSED)
    if participant.state not in comes:
        raise PlanningError(_("An incentive is for customers who come."))


def _check_amount(session: ResearchSession, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise ValidationError(_("Say how much it is."))
    left = session.budget_minor - spent_minor(session)
    if amount_minor > left:
        told = _("The budget does not cover this: %(left)s is left.")
        raise ValidationError(told % {"left": money_words(left, session.currency)})
