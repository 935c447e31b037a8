"""What a team or a person holds in the apps above: registered there at start-up, shown before anything is closed.

A team that holds anything stays; a person who is deactivated keeps it, and is told of first.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from apps.accounts.models import Team, User

SHOWN = 50  # of one kind; the count says how many there are


class Holding(NamedTuple):
    name: str
    url: str  # "" where it has no page


class Holdings(NamedTuple):
    label: str
    total: int
    first: list[Holding]  # at most SHOWN
    sentence: str = ""  # says label and total at once, of what is kept rather than owned: nobody can give it away


Counted = tuple[int, Iterable[Holding]]
Sentence = Callable[[int], str]
_of_team: list[tuple[str, Callable[[Team], Counted], Sentence | None]] = []
_of_person: list[tuple[str, Callable[[User], Counted], Sentence | None]] = []


def register(
    label: str,
    *,
    of_team: Callable[[Team], Counted] | None = None,
    of_person: Callable[[User], Counted] | None = None,
    sentence: Sentence | None = None,
) -> None:
    """Ask ``of_team`` and ``of_person`` for how many there are and the first SHOWN of them. ``label`` may be lazy.

    ``sentence`` says the number in the reader's language, of what is kept and can be given to nobody.
    """
    if of_team is not None:
        _of_team.append((label, of_team, sentence))
    if of_person is not None:
        _of_person.append((label, of_person, sentence))


def of_team(team: Team) -> list[Holdings]:
    """Return what ``team`` owns, a kind at a time, by label; without the kinds it has none of.

    What is only kept comes last.
    """
    return _asked((label, ask(team), sentence) for label, ask, sentence in _of_team)


def of_person(person: User) -> list[Holdings]:
    """Return what ``person`` is responsible for, likewise."""
    return _asked((label, ask(person), sentence) for label, ask, sentence in _of_person)


def _asked(answers: Iterable[tuple[str, Counted, Sentence | None]]) -> list[Holdings]:
    held = [
        Holdings(str(label), total, list(first), sentence(total) if sentence else "")
        for label, (total, first), sentence in answers
        if total
    ]
    return sorted(held, key=lambda one: (bool(one.sentence), one.label))
