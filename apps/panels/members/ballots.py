"""Votes put to the members of a panel: the writer of ``Ballot`` and ``Vote``, and what came out."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.panels.members.errors import BallotClosedError, NotVotingError
from apps.panels.members.panels import lock_panel
from apps.panels.models import Ballot, Panel, Seat, SeatKind, SeatState, Vote

MOST_CHOICES = 20
CHOICE_CHARACTERS = 200


@dataclass(frozen=True)
class Result:
    """What came out: votes for each choice in the ballot's order, and how many members voted."""

    choices: list[tuple[str, int]]
    voter_count: int

    @property
    def most(self) -> int:
        return max((count for _choice, count in self.choices), default=0)

    @property
    def bars(self) -> list[tuple[str, int, float]]:
        """Choice, votes, and their share of those who voted."""
        return [
            (choice, count, count / self.voter_count if self.voter_count else 0.0) for choice, count in self.choices
        ]


def is_open(ballot: Ballot, *, as_of: datetime) -> bool:
    return ballot.opens_at <= as_of and (ballot.closes_at is None or as_of < ballot.closes_at)


def create_ballot(
    *, panel: Panel, question: str, choices: Sequence[str], votes_each: int, closes_at: datetime | None, user: User
) -> Ballot:
    """Put a question to the members. Raises ValidationError by field, PanelClosedError."""
    said = [" ".join(choice.split()) for choice in choices if choice.strip()]
    _check_choices(said, votes_each)
    if closes_at is not None and closes_at <= timezone.now():
        raise ValidationError({"closes_at": _("Choose a time that is still to come.")})
    with transaction.atomic():
        locked = lock_panel(panel.pk, must_be_open=True)
        return Ballot.objects.create(
            panel=locked,
            question=question,
            choices=said,
            votes_each=votes_each,
            opens_at=timezone.now(),
            closes_at=closes_at,
            created_by=user,
        )


def _check_choices(choices: Sequence[str], votes_each: int) -> None:
    if not 2 <= len(choices) <= MOST_CHOICES:
        raise ValidationError({"choices": _("Give 2 to %(most)d choices, a line each.") % {"most": MOST_CHOICES}})
    if len({choice.casefold() for choice in choices}) < len(choices):
        raise ValidationError({"choices": _("Two choices are the same.")})
    if any(len(choice) > CHOICE_CHARACTERS for choice in choices):
        told = _("A choice is at most %(most)d characters long.")
        raise ValidationError({"choices": told % {"most": CHOICE_CHARACTERS}})
    if not 1 <= votes_each < len(choices):
        raise ValidationError({"votes_each": _("Everybody has at least one vote, and fewer than there are choices.")})


@transaction.atomic
def close_ballot(*, ballot: Ballot) -> None:
    """End it now: members see what came out. Again changes nothing."""
    locked = Ballot.objects.select_for_update(no_key=True).get(pk=ballot.pk)
    if is_open(locked, as_of=timezone.now()):
        locked.closes_at = timezone.now()
        locked.save(update_fields=["closes_at"])


@transaction.atomic
def reopen_ballot(*, ballot: Ballot) -> None:
    """Undo ``close_ballot``: it stands open until somebody closes it. Again changes nothing."""
    Ballot.objects.filter(pk=ballot.pk, closes_at__lte=timezone.now()).update(closes_at=None)


def show_results(*, ballot: Ballot, are_shown: bool) -> None:
    """Let members see what came out so far, or only once it is closed."""
    Ballot.objects.filter(pk=ballot.pk).update(are_results_shown=are_shown)


@transaction.atomic
def vote(*, ballot: Ballot, seat: Seat, choices: Collection[int]) -> None:
    """Keep what one member chose (positions in ``Ballot.choices``), in place of what they chose before; none: no vote.

    Raises BallotClosedError, NotVotingError, ValidationError.
    """
    locked = Ballot.objects.select_for_update(no_key=True).get(pk=ballot.pk)
    current = Seat.objects.select_for_update(no_key=True, of=("self",)).get(pk=seat.pk)
    if not is_open(locked, as_of=timezone.now()):
        raise BallotClosedError
    if current.panel_id != locked.panel_id or not may_vote(current):
        raise NotVotingError
    chosen = sorted(set(choices))
    if any(not 0 <= place < len(locked.choices) for place in chosen):
        raise ValidationError(_("Choose from what is there."))
    if len(chosen) > locked.votes_each:
        told = ngettext("Choose at most %(count)d.", "Choose at most %(count)d.", locked.votes_each)
        raise ValidationError(told % {"count": locked.votes_each})
    if chosen:
        kept = {"choices": chosen, "voted_at": timezone.now()}
        Vote.objects.update_or_create(ballot=locked, seat=current, defaults=kept)
    else:
        Vote.objects.filter(ballot=locked, seat=current).delete()


def may_vote(seat: Seat) -> bool:
    return seat.state == SeatState.ACCEPTED and seat.kind == SeatKind.MEMBER


def results_of(ballots: Collection[Ballot]) -> dict[int, Result]:
    """Return what came out of each, by ballot. One query for any number."""
    votes: dict[int, list[list[int]]] = {ballot.pk: [] for ballot in ballots}
    for ballot_id, choices in Vote.objects.filter(ballot__in=ballots).values_list("ballot_id", "choices"):
        votes[ballot_id].append(choices)

    def result(ballot: Ballot) -> Result:
        counts = Counter(place for chosen in votes[ballot.pk] for place in chosen)
        return Result([(words, counts[place]) for place, words in enumerate(ballot.choices)], len(votes[ballot.pk]))

    return {ballot.pk: result(ballot) for ballot in ballots}
