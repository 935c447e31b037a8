"""Votes of members: how many, until when, and who sees what came out."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.panels.members import ballots
from apps.panels.members.errors import BallotClosedError, NotVotingError
from apps.panels.models import Ballot, SeatKind, SeatState, Vote
from tests.panels.making import PanelFactory, SeatFactory


@pytest.fixture
def seat(panel):
    return SeatFactory(panel=panel, state=SeatState.ACCEPTED)


def ask(panel, **changes) -> Ballot:
    plain = {"question": "What first?", "choices": ["Speed", " ", " A  manual "], "votes_each": 1, "closes_at": None}
    return ballots.create_ballot(**{"panel": panel, "user": None, **plain, **changes})


def test_a_vote_replaces_the_one_before_and_none_takes_it_back(panel, seat):
    ballot = ask(panel)
    assert ballot.choices == ["Speed", "A manual"]

    for chosen in ([0], [0], [1]):
        ballots.vote(ballot=ballot, seat=seat, choices=chosen)
    result = ballots.results_of([ballot])[ballot.pk]
    ballots.vote(ballot=ballot, seat=seat, choices=[])

    assert result == ballots.Result([("Speed", 0), ("A manual", 1)], 1)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("chosen", [[0, 1], [2], [-1]])
def test_more_than_allowed_or_what_is_not_there_is_refused(panel, seat, chosen):
    with pytest.raises(ValidationError):
        ballots.vote(ballot=ask(panel), seat=seat, choices=chosen)

    assert not Vote.objects.exists()


def test_only_seated_members_of_the_panel_vote_and_only_while_it_is_open(panel, seat):
    ballot = ask(panel)
    alternate = SeatFactory(panel=panel, state=SeatState.ACCEPTED, kind=SeatKind.ALTERNATE)
    for other in (alternate, SeatFactory(panel=panel), SeatFactory(panel=PanelFactory(), state=SeatState.ACCEPTED)):
        with pytest.raises(NotVotingError):
            ballots.vote(ballot=ballot, seat=other, choices=[0])

    for _ in range(2):
        ballots.close_ballot(ballot=ballot)
    with pytest.raises(BallotClosedError):
        ballots.vote(ballot=ballot, seat=seat, choices=[0])
    ballots.reopen_ballot(ballot=ballot)
    ballots.vote(ballot=ballot, seat=seat, choices=[0])

    assert Vote.objects.values_list("seat", "choices").get() == (seat.pk, [0])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"choices": ["One"]}, "choices"),
        ({"choices": ["One", "one"]}, "choices"),
        ({"choices": ["One", "x" * 201]}, "choices"),
        ({"votes_each": 2}, "votes_each"),
        ({"closes_at": timezone.now() - timedelta(minutes=1)}, "closes_at"),
    ],
)
def test_a_vote_that_makes_no_sense_is_refused(panel, changes, field):
    with pytest.raises(ValidationError) as refusal:
        ask(panel, **changes)

    assert list(refusal.value.message_dict) == [field]
    assert not Ballot.objects.exists()
