"""What boards and phones show of a workshop."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Count

from apps.panels.models import DotVote, Idea, IdeaGroup, Phase, Phone, Workshop
from apps.panels.workshops.codes import read_code

OWN_IDEAS = 100  # shown to the phone that sent them, the latest first


def workshop_by_code(typed: str) -> Workshop | None:
    """One query; none for what cannot be a code."""
    code = read_code(typed)
    return Workshop.objects.filter(code=code).first() if code else None


def seconds_left(workshop: Workshop, *, now: datetime) -> int | None:
    """Return the whole seconds until the timer ends, 0 once it has; None without one."""
    if workshop.phase_ends_at is None:
        return None
    return max(0, round((workshop.phase_ends_at - now).total_seconds()))


# --- the board ----------------------------------------------------------------------------------------------------


class Card(NamedTuple):
    """An idea as a board shows it. ``dots``: on itself; those of its group are the group's."""

    pk: int
    text: str
    created_at: datetime
    dots: int = 0


@dataclass(frozen=True)
class Column:
    """A group with what is in it; None: the ideas that are in none."""

    group: IdeaGroup | None
    ideas: Sequence[Card]
    dots: int = 0


@dataclass(frozen=True)
class Board:
    """Everything on a board."""

    columns: Sequence[Column]
    loose: Column
    hidden: Sequence[Card]
    last_id: int = 0  # of the ideas; later ones have greater ids (``changing``)

    @property
    def idea_count(self) -> int:
        return len(self.loose.ideas) + sum(len(column.ideas) for column in self.columns)


def board_of(workshop: Workshop, *, with_dots: bool) -> Board:
    """Three queries, two without dots. Groups in their order, ideas in a group in the order in which they came in."""
    by_group: dict[int | None, list[Card]] = defaultdict(list)
    hidden: list[Card] = []
    last_id = 0
    dots = dots_of(workshop) if with_dots else {}
    ideas = Idea.objects.filter(workshop=workshop).order_by("position", "id")
    for pk, text, created_at, hidden_at, group_id in ideas.values_list(
        "pk", "text", "created_at", "hidden_at", "group_id"
    ):
        last_id = max(last_id, pk)
        card = Card(pk, text, created_at, 0 if group_id else dots.get(f"i{pk}", 0))
        (hidden if hidden_at else by_group[group_id]).append(card)
    columns = [
        Column(group, by_group.get(group.pk, []), dots.get(f"g{group.pk}", 0))
        for group in IdeaGroup.objects.filter(workshop=workshop)
    ]
    return Board(columns, Column(None, by_group.get(None, [])), hidden, last_id)


def in_reading_order(board: Board, workshop: Workshop) -> list[Column]:
    """Return the columns as a board shows them: the latest idea first; once the vote is over the most wanted first."""
    if not shows_dots(workshop):
        return [*board.columns, Column(None, list(reversed(board.loose.ideas)))]
    loose = sorted(board.loose.ideas, key=lambda card: (-card.dots, card.pk))
    return [*sorted(board.columns, key=lambda column: -column.dots), Column(None, loose)]


def dots_of(workshop: Workshop) -> dict[str, int]:
    """Return how many dots stand on each target that has some. One query."""
    dots = DotVote.objects.filter(workshop=workshop, idea__hidden_at=None)
    counted = dots.order_by().values_list("group_id", "idea_id").annotate(count=Count("pk"))
    return {target_of(group_id, idea_id): count for group_id, idea_id, count in counted}


def target_of(group_id: int | None, idea_id: int | None) -> str:
    return f"g{group_id}" if group_id else f"i{idea_id}"


def shows_dots(workshop: Workshop) -> bool:
    """Whether everybody sees them: not while people vote, for the first dots would draw the next ones."""
    return workshop.phase in (Phase.DECIDE, Phase.DONE)


def new_ideas(workshop: Workshop, *, after_id: int) -> list[tuple[int, str]]:
    """Return id and words of what came in after the idea ``after_id``, in order. One query."""
    ideas = Idea.objects.filter(workshop=workshop, pk__gt=after_id, hidden_at=None).order_by("pk")
    return list(ideas.values_list("pk", "text"))


def phone_count(workshop: Workshop) -> int:
    return Phone.objects.filter(workshop=workshop).count()


# --- a phone ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What can be voted for, and once the vote is over what came of it."""

    target: str
    title: str
    ideas: Sequence[str] = ()
    decision: str = ""
    dots: int = 0


@dataclass(frozen=True)
class OwnDot:
    client_key: str
    target: str
    title: str


def choices_of(workshop: Workshop) -> tuple[Choice, ...]:
    """Return groups, then ideas in none; the most wanted first once dots are shown. The same for every phone.

    Kept by ``layout_number``, which grows with everything that is read here: three queries now and then.
    """
    return _choices(workshop.pk, workshop.layout_number, shows_dots(workshop))


@lru_cache(maxsize=32)
def _choices(workshop_id: int, layout_number: int, with_dots: bool) -> tuple[Choice, ...]:
    board = board_of(Workshop(pk=workshop_id), with_dots=with_dots)
    groups = [
        Choice(
            f"g{column.group.pk}",
            column.group.title,
            tuple(card.text for card in column.ideas),
            column.group.decision,
            column.dots,
        )
        for column in board.columns
        if column.group and (column.ideas or column.group.decision)
    ]
    loose = [Choice(f"i{card.pk}", card.text, dots=card.dots) for card in board.loose.ideas]
    return tuple(sorted([*groups, *loose], key=lambda choice: -choice.dots) if with_dots else [*groups, *loose])


def own_dots(phone: Phone) -> list[OwnDot]:
    """Return the phone's standing dots in the order in which they were given. One query."""
    dots = DotVote.objects.filter(phone=phone, idea__hidden_at=None).order_by("pk")
    rows = dots.values_list("client_key", "group_id", "idea_id", "group__title", "idea__text")
    return [
        OwnDot(str(key), target_of(group_id, idea_id), title or text) for key, group_id, idea_id, title, text in rows
    ]


def own_ideas(phone: Phone) -> list[str]:
    """Return the words this phone has sent, the latest first; also of those that staff took off the board."""
    return list(Idea.objects.filter(phone=phone).order_by("-pk").values_list("text", flat=True)[:OWN_IDEAS])
