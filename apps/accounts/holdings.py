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


Counted = tuple[int, Iterable[Holding]]
_of_team: list[tuple[str, Callable[[Team], Counted]]] = []
_of_person: list[tuple[str, Callable[[User], Counted]]] = []


def register(
    label: str,
    *,
    of_team: Callable[[Team], Counted] | None = None,
    of_person: Callable[[User], Counted] | None = None,
) -> None:
    """Ask ``of_team`` and ``of_person`` for how many there are and the first SHOWN of them. ``label`` may be lazy."""
    if of_team is not None:
        _of_team.append((label, of_team))
    if of_person is not None:
        _of_person.append((label, of_person))


def of_team(team: Team) -> list[Holdings]:
    """Return what ``team`` owns, a kind at a time, by label; without the kinds it has none of."""
    return _asked((label, ask(team)) for label, ask in _of_team)


def of_person(person: User) -> list[Holdings]:
    """Return what ``person`` is responsible for, likewise."""
    return _asked((label, ask(person)) for label, ask in _of_person)


def _asked(answers: Iterable[tuple[str, Counted]]) -> list[Holdings]:
    held = [Holdings(str(label), total, list(first)) for label, (total, first) in answers if total]
    return sorted(held, key=lambda one: one.label)
