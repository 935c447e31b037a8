"""Saved views of the reading room: who sees which, and every write to them."""

from datetime import timedelta
from typing import TypedDict
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Case, Exists, Max, OuterRef, Q, QuerySet, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.accounts.permissions import Permission, teams_where
from apps.core.errors import DomainError
from apps.core.turns import take_turn
from apps.workbench.browse.filters import PLACE_NAMES
from apps.workbench.models import NAME_CHARACTERS, QUERY_CHARACTERS, DefaultView, SavedView, Scope

VIEWS_EACH = 50
KEPT_DELETED = timedelta(days=7)  # afterwards the owner's next deletion clears them away
AFTER_ALL = 2**31 - 1


class Circle(TypedDict):
    """Who sees a view, as its columns say it."""

    team: Team | None
    is_for_everyone: bool


# --- reading ------------------------------------------------------------------------------------------------------


def visible_views(user: User) -> QuerySet[SavedView]:
    """Return the views ``user`` may open, their own first, in order, with ``is_default``.

    A personal view is its owner's alone, whoever asks. One query, beside the roles.
    """
    shared = Q(is_for_everyone=True) | Q(team__in=teams_where(user, Permission.READ_FEEDBACK))
    views = SavedView.objects.filter(Q(owner=user) | shared, deleted_at=None)
    chosen = DefaultView.objects.filter(user=user, view=OuterRef("pk"))
    place = Case(When(owner=user, then="position"), default=AFTER_ALL)  # others' order is not one's own
    views = views.annotate(is_default=Exists(chosen), place=place).select_related("owner", "team")
    return views.order_by("place", "name", "pk")


def default_view(user: User) -> SavedView | None:
    """Return the view in which the room of ``user`` opens, while they may still open it. One query."""
    chosen = DefaultView.objects.filter(user=user).values("view")
    return visible_views(user).filter(pk__in=chosen).first()


def may_change(user: User, view: SavedView) -> bool:
    """Return whether ``user`` may rename or delete ``view``: the owner; what is shared also the administrator."""
    return view.owner_id == user.pk or (user.is_superuser and view.scope != Scope.PERSONAL)


def kept_query(query: str) -> str:
    """Return what of a query string says what is looked at, in one order; "" for everything. Bad input is left out."""
    try:
        pairs = parse_qsl(query.removeprefix("?"), max_num_fields=200)
    except ValueError:
        return ""
    kept = [(name, value) for name, value in pairs if value and name not in PLACE_NAMES]
    return urlencode(sorted(dict.fromkeys(kept)))


def is_same_query(view: SavedView, query: str) -> bool:
    """Return whether ``query`` still asks what ``view`` does."""
    return kept_query(view.query) == kept_query(query)


# --- writing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_view(
    *, owner: User, name: str, query: str, scope: str = Scope.PERSONAL, team: Team | None = None
) -> SavedView:
    """Keep ``query`` under ``name``; the same again changes nothing and returns what is there.

    Raises DomainError for a name that is taken, a team that is not the owner's, and one view too many.
    """
    _lock_views_of(owner)
    name, query = _clean_name(name), _clean_query(query)
    circle = _circle(owner, scope, team)
    twin = _named(owner, name)
    if twin is not None:
        if (twin.query, twin.scope, twin.team_id) == (query, Scope(scope), circle["team"] and circle["team"].pk):
            return twin
        raise DomainError(_("You have a view “%(name)s” already. Choose another name.") % {"name": twin.name})
    living = SavedView.objects.filter(owner=owner, deleted_at=None)
    if living.count() >= VIEWS_EACH:
        raise DomainError(_("You have %(limit)d views. Delete one you no longer need first.") % {"limit": VIEWS_EACH})
    last = living.aggregate(last=Max("position"))["last"] or 0
    return SavedView.objects.create(owner=owner, name=name, query=query, position=last + 1, **circle)


@transaction.atomic
def update_view(view: SavedView, *, name: str, scope: str, team: Team | None = None) -> SavedView:
    """Rename ``view`` and say who sees it. Raises DomainError as ``save_view`` does."""
    _lock_views_of(view.owner)
    name = _clean_name(name)
    twin = _named(view.owner, name)
    if twin is not None and twin.pk != view.pk:
        raise DomainError(_("You have a view “%(name)s” already. Choose another name.") % {"name": twin.name})
    circle = _circle(view.owner, scope, team)
    view.name, view.team, view.is_for_everyone = name, circle["team"], circle["is_for_everyone"]
    view.save(update_fields=["name", "team", "is_for_everyone"])
    return view


def update_query(view: SavedView, *, query: str) -> SavedView:
    """Have ``view`` show another selection."""
    view.query = _clean_query(query)
    view.save(update_fields=["query"])
    return view


@transaction.atomic
def delete_view(view: SavedView) -> None:
    """Take ``view`` away; ``restore_view`` brings it back for a week. Nobody's room opens in it any more."""
    _lock_views_of(view.owner)
    SavedView.objects.filter(owner=view.owner, deleted_at__lt=Now() - KEPT_DELETED).delete()
    SavedView.objects.filter(pk=view.pk, deleted_at=None).update(deleted_at=Now())


@transaction.atomic
def restore_view(view: SavedView) -> None:
    """Bring a deleted view back; a living one stays. Raises DomainError where its name has been given anew."""
    _lock_views_of(view.owner)
    twin = _named(view.owner, view.name)
    if twin is not None and twin.pk != view.pk:
        raise DomainError(_("There is a new view “%(name)s” by now. Rename that one first.") % {"name": twin.name})
    SavedView.objects.filter(pk=view.pk).update(deleted_at=None)


@transaction.atomic
def move_view(view: SavedView, *, steps: int) -> None:
    """Move ``view`` up (negative) or down among its owner's; beyond an end it stays there."""
    _lock_views_of(view.owner)
    order = list(SavedView.objects.filter(owner=view.owner, deleted_at=None).order_by("position", "id"))
    place = next((index for index, one in enumerate(order) if one.pk == view.pk), None)
    if place is None:
        return
    order.insert(min(max(place + steps, 0), len(order) - 1), order.pop(place))
    for position, one in enumerate(order, start=1):
        one.position = position
    SavedView.objects.bulk_update(order, ["position"])


def set_default_view(user: User, view: SavedView | None) -> None:
    """Have the room of ``user`` open in ``view``; with everything for None."""
    if view is None:
        DefaultView.objects.filter(user=user).delete()
    else:
        DefaultView.objects.update_or_create(user=user, defaults={"view": view})


def _lock_views_of(owner: User) -> None:
    """One change of a person's views at a time: two at once could pass the limit or take one name twice."""
    take_turn("workbench.saved_views", owner.pk)


def _named(owner: User, name: str) -> SavedView | None:
    return SavedView.objects.filter(owner=owner, deleted_at=None, name__iexact=name).first()


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= NAME_CHARACTERS:
        raise DomainError(_("A view needs a name of at most %(limit)d characters.") % {"limit": NAME_CHARACTERS})
    return cleaned


def _clean_query(query: str) -> str:
    cleaned = kept_query(query)
    if len(cleaned) > QUERY_CHARACTERS:
        raise DomainError(_("This selection is too long to be kept. Take a filter out."))
    return cleaned


def _circle(owner: User, scope: str, team: Team | None) -> Circle:
    """Return who sees the view. Raises DomainError for a team that is not the owner's."""
    if scope != Scope.TEAM:
        return {"team": None, "is_for_everyone": scope == Scope.EVERYONE}
    if team is None or not teams_where(owner, Permission.READ_FEEDBACK).filter(pk=team.pk).exists():
        raise DomainError(_("Choose one of your teams to share this view with."))
    return {"team": team, "is_for_everyone": False}
