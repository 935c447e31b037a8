"""Incentives: proposed, approved by somebody else within the budget however many at once, handed over."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import Role
from apps.panels.models import Incentive
from apps.panels.planning import incentives, participants, selectors, services
from apps.panels.planning.errors import PlanningError
from apps.panels.planning.money import money_words, to_minor
from tests.factories import AdministratorFactory, UserFactory
from tests.panels.planning.making import at_once, invited, lead_of, make_session

pytestmark = pytest.mark.django_db


def proposed(count: int = 1, *, budget_minor: int = 10_000, amount_minor: int = 4_000, **fields):
    """A session, and incentives proposed by its lead for as many who come."""
    session = make_session(capacity=9, budget_minor=budget_minor, **fields)
    found = []
    for participant in invited(session, count):
        participants.accept(participant_id=participant.pk)
        found.append(
            incentives.propose(
                participant_id=participant.pk, amount_minor=amount_minor, kind="Voucher", proposed_by=lead_of(session)
            )
        )
    return session, found


def test_an_incentive_goes_from_the_proposal_to_the_hand_over():
    session, (incentive,) = proposed()
    manager = UserFactory(role=Role.MANAGER, team=session.team)

    for _ in range(2):
        incentives.decide(incentive_id=incentive.pk, is_approved=True, decided_by=manager)
        done = incentives.hand_over(incentive_id=incentive.pk)
        with pytest.raises(PlanningError):
            incentives.decide(incentive_id=incentive.pk, is_approved=False, decided_by=manager)
        incentive.state = done.state

    assert (done.state, done.decided_by) == ("paid", manager)


def test_whoever_proposed_it_never_decides_not_even_the_administrator_of_everything():
    administrator = AdministratorFactory()
    session = make_session(capacity=2, budget_minor=10_000, created_by=administrator)
    (participant,) = invited(session)
    participants.accept(participant_id=participant.pk)
    incentive = incentives.propose(participant_id=participant.pk, amount_minor=100, kind="", proposed_by=administrator)

    with pytest.raises(PlanningError):
        incentives.decide(incentive_id=incentive.pk, is_approved=True, decided_by=administrator)


def test_nobody_decides_without_the_permission_in_that_team():
    session, (incentive,) = proposed()

    for user in (UserFactory(role=Role.ANALYST, team=session.team), UserFactory(role=Role.MANAGER)):
        with pytest.raises(PermissionDenied):
            incentives.decide(incentive_id=incentive.pk, is_approved=True, decided_by=user)


def test_only_who_comes_gets_one_and_only_what_the_budget_has():
    session = make_session(capacity=2, budget_minor=1_000)
    (participant,) = invited(session)
    ask = {"participant_id": participant.pk, "kind": "", "proposed_by": lead_of(session)}

    with pytest.raises(PlanningError):
        incentives.propose(amount_minor=100, **ask)
    participants.accept(participant_id=participant.pk)
    for amount in (0, -5, 1_001):
        with pytest.raises(ValidationError):
            incentives.propose(amount_minor=amount, **ask)

    assert incentives.propose(amount_minor=1_000, **ask) == incentives.propose(amount_minor=1_000, **ask)


def test_the_budget_cannot_fall_below_what_is_approved_nor_the_currency_change():
    session, (incentive,) = proposed()
    manager = UserFactory(role=Role.MANAGER, team=session.team)
    incentives.decide(incentive_id=incentive.pk, is_approved=True, decided_by=manager)

    for change in ({"budget_minor": 3_999}, {"currency": "USD"}):
        with pytest.raises(ValidationError):
            services.change_session(session_id=session.pk, **change)


@pytest.mark.django_db(transaction=True)
def test_approved_at_once_they_never_exceed_the_budget():
    session, found = proposed(5)
    managers = [UserFactory(role=Role.MANAGER, team=session.team) for _ in found]

    at_once(
        [
            lambda one=one, manager=manager: incentives.decide(
                incentive_id=one.pk, is_approved=True, decided_by=manager
            )
            for one, manager in zip(found, managers, strict=True)
        ]
    )

    assert sorted(Incentive.objects.values_list("state", flat=True)) == ["approved"] * 2 + ["proposed"] * 3


def test_sums_are_by_currency_and_of_ones_own_teams():
    euros, (first, _second) = proposed(2)
    manager = UserFactory(role=Role.MANAGER, team=euros.team)
    proposed(1, team=euros.team, currency="JPY", amount_minor=500)
    proposed(1)  # another team's
    incentives.decide(incentive_id=first.pk, is_approved=True, decided_by=manager)

    assert selectors.sums_of(selectors.incentives_of(manager)) == [("EUR", 4_000, 4_000, 0), ("JPY", 500, 0, 0)]
    assert selectors.sums_of(selectors.incentives_of(UserFactory(role=Role.SCIENTIST, team=euros.team))) == []


def test_amounts_have_the_digits_of_their_currency():
    assert [money_words(125_000, code) for code in ("EUR", "JPY", "KWD")] == [
        "1,250.00\u00a0EUR",
        "125,000\u00a0JPY",
        "125.000\u00a0KWD",
    ]
    from decimal import Decimal

    assert [to_minor(Decimal("12.345"), code) for code in ("EUR", "JPY", "KWD")] == [1_235, 12, 12_345]
