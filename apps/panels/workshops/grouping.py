"""Order on the board: groups are made, named, put in order and merged, ideas moved, and hidden. By moderators alone.

Dots go with what they stand on; what then is above a phone's limits goes back to that phone.
"""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import F, Max, Q, Window
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext as _

from apps.feedback.normalise import normalise_line
from apps.panels.models import DotVote, Idea, IdeaGroup, Workshop
from apps.panels.workshops.changing import NOT_DONE, OPEN_TO_GROUPING, changing
from apps.panels.workshops.errors import GoneError, LimitError, WorkshopError

GROUPS_MOST = 60
TITLE_CHARACTERS = 160


def create_group(*, workshop_id: int, title: str, idea_ids: Collection[int] = ()) -> IdeaGroup:
    """Make a group at the end, with these ideas in it; where one of that name is there, they go into that one."""
    name = _read_title(title)
    with changing(workshop_id, phases=OPEN_TO_GROUPING, is_layout=True) as workshop:
        groups = IdeaGroup.objects.filter(workshop=workshop)
        group = groups.filter(title__iexact=name).first()
        if group is None:
            if groups.count() >= GROUPS_MOST:
                raise LimitError(_("There are %(most)d groups. Merge some first.") % {"most": GROUPS_MOST})
            last = groups.aggregate(last=Max("position"))["last"]
            group = groups.create(workshop=workshop, title=name, position=0 if last is None else last + 1)
        _move(workshop, idea_ids, group)
    return group


def rename_group(*, workshop_id: int, group_id: int, title: str) -> None:
    """Raises WorkshopError where another group has that name: merge them instead."""
    name = _read_title(title)
    with changing(workshop_id, phases=NOT_DONE, is_layout=True) as workshop:
        group = _group(workshop, group_id)
        if IdeaGroup.objects.filter(workshop=workshop, title__iexact=name).exclude(pk=group.pk).exists():
            raise WorkshopError(_("Another group has this name. Merge the two, or choose another one."))
        group.title = name
        group.save(update_fields=["title"])


def move_ideas(*, workshop_id: int, idea_ids: Collection[int], group_id: int | None) -> None:
    """Put ideas at the end of a group, or of none. What is there already, or not on the board any more, stays."""
    with changing(workshop_id, phases=OPEN_TO_GROUPING, is_layout=True) as workshop:
        _move(workshop, idea_ids, _group(workshop, group_id) if group_id is not None else None)


def _move(workshop: Workshop, idea_ids: Collection[int], group: IdeaGroup | None) -> None:
    elsewhere = Q(group__isnull=False) if group is None else ~Q(group=group) | Q(group=None)
    ideas = list(Idea.objects.filter(elsewhere, workshop=workshop, pk__in=idea_ids, hidden_at=None).order_by("pk"))
    if not ideas:
        return
    inside = Idea.objects.filter(workshop=workshop, group=group)
    last = inside.aggregate(last=Max("position"))["last"] or 0
    for place, idea in enumerate(ideas, start=last + 1):
        idea.group, idea.position = group, place if group else 0
    Idea.objects.bulk_update(ideas, ["group", "position"])
    if group is not None:
        DotVote.objects.filter(workshop=workshop, idea__in=ideas).update(idea=None, group=group)
        give_back_surplus(workshop)


def merge_groups(*, workshop_id: int, group_id: int, into_id: int) -> None:
    """Put all of one group into another, with dots and decision, and remove it. Twice is once."""
    if group_id == into_id:
        raise ValidationError(_("Choose another group to merge into."))
    with changing(workshop_id, phases=OPEN_TO_GROUPING, is_layout=True) as workshop:
        into = _group(workshop, into_id)
        group = IdeaGroup.objects.filter(workshop=workshop, pk=group_id).first()
        if group is None:  # merged a moment ago
            return
        last = Idea.objects.filter(group=into).aggregate(last=Max("position"))["last"] or 0
        Idea.objects.filter(group=group).update(group=into, position=F("position") + last)
        DotVote.objects.filter(group=group).update(group=into)
        if group.decision:
            into.decision = f"{into.decision}\n{group.decision}".strip()[:2_000]
            into.save(update_fields=["decision"])
        group.delete()
        give_back_surplus(workshop)


def remove_group(*, workshop_id: int, group_id: int) -> None:
    """Remove an empty group; its dots go back. Raises WorkshopError while ideas are in it. Twice is once."""
    with changing(workshop_id, phases=OPEN_TO_GROUPING, is_layout=True) as workshop:
        group = IdeaGroup.objects.filter(workshop=workshop, pk=group_id).first()
        if group is None:
            return
        if Idea.objects.filter(group=group, hidden_at=None).exists():
            raise WorkshopError(_("Move its ideas elsewhere first, or merge the group into another one."))
        group.delete()


def order_group(*, workshop_id: int, group_id: int, steps: int) -> None:
    """Move a group towards the start (negative) or the end; beyond an end it stays there."""
    with changing(workshop_id, phases=NOT_DONE, is_layout=True) as workshop:
        groups = list(IdeaGroup.objects.filter(workshop=workshop))
        place = next((number for number, one in enumerate(groups) if one.pk == group_id), None)
        if place is None:
            raise GoneError
        groups.insert(max(0, min(len(groups) - 1, place + steps)), groups.pop(place))
        for number, one in enumerate(groups):
            one.position = number
        IdeaGroup.objects.bulk_update(groups, ["position"])


def hide_idea(*, workshop_id: int, idea_id: int) -> None:
    """Take an idea off every screen; ``show_idea`` brings it back. Dots on it alone are free again meanwhile."""
    with changing(workshop_id, is_layout=True) as workshop:
        if not Idea.objects.filter(workshop=workshop, pk=idea_id).exists():
            raise GoneError
        Idea.objects.filter(pk=idea_id, hidden_at=None).update(hidden_at=Now())


def show_idea(*, workshop_id: int, idea_id: int) -> None:
    """Bring a hidden idea back to where it was; dots on it stand again as far as their phones have none too many."""
    with changing(workshop_id, is_layout=True) as workshop:
        Idea.objects.filter(workshop=workshop, pk=idea_id).update(hidden_at=None)
        give_back_surplus(workshop)


def give_back_surplus(workshop: Workshop) -> None:
    """Remove the latest dots above what one phone may give one target, then above what it may give at all."""
    dots = DotVote.objects.filter(workshop=workshop, idea__hidden_at=None)
    for partition, most in (
        (["phone", "group", "idea"], workshop.votes_per_idea),
        (["phone"], workshop.votes_each),
    ):
        place = Window(RowNumber(), partition_by=partition, order_by="id")
        surplus = list(dots.annotate(place=place).filter(place__gt=most).values_list("pk", flat=True))
        if surplus:
            DotVote.objects.filter(pk__in=surplus).delete()


def _group(workshop: Workshop, group_id: int) -> IdeaGroup:
    group = IdeaGroup.objects.filter(workshop=workshop, pk=group_id).first()
    if group is None:
        raise GoneError
    return group


def _read_title(title: str) -> str:
    name = normalise_line(title, limit=TITLE_CHARACTERS)
    if not name:
        raise ValidationError(_("Name the group."))
    return name
