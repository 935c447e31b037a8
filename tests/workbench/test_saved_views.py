"""Saved views: who sees them, one writer, names, limits, order, undo."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import DomainError
from apps.workbench.models import DefaultView, SavedView, Scope
from apps.workbench.room import saved_views
from apps.workbench.room.saved_views import save_view, visible_views
from tests.factories import AdministratorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def names(user) -> list[str]:
    return [view.name for view in visible_views(user)]


def test_a_view_keeps_what_is_looked_at_and_not_where_one_is(scientist):
    view = save_view(
        owner=scientist, name="  Angry   pumps ", query="?q=pump&cursor=1-2&open=7&sentiment=negative&tag="
    )

    assert (view.name, view.query, view.scope) == ("Angry pumps", "q=pump&sentiment=negative", Scope.PERSONAL)


def test_saving_twice_keeps_one(scientist):
    made = [save_view(owner=scientist, name="Pumps", query=query) for query in ("q=pump&rating=1", "rating=1&q=pump")]

    assert made[0].pk == made[1].pk
    assert SavedView.objects.count() == 1


def test_a_name_is_one_owners_once_whatever_its_case(scientist, analyst):
    save_view(owner=scientist, name="Pumps", query="q=pump")
    save_view(owner=analyst, name="pumps", query="q=pumps")

    with pytest.raises(DomainError, match="already"):
        save_view(owner=scientist, name="PUMPS", query="q=other")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_view_needs_a_name(scientist, name):
    with pytest.raises(DomainError, match="name"):
        save_view(owner=scientist, name=name, query="")


def test_a_selection_too_long_is_refused(scientist):
    with pytest.raises(DomainError, match="too long"):
        save_view(owner=scientist, name="Long", query="q=" + "a" * 2000)


def test_one_view_too_many_is_refused(scientist, monkeypatch):
    monkeypatch.setattr(saved_views, "VIEWS_EACH", 1)
    first = save_view(owner=scientist, name="One", query="")

    with pytest.raises(DomainError, match="1 views"):
        save_view(owner=scientist, name="Two", query="")

    saved_views.delete_view(first)
    assert save_view(owner=scientist, name="Two", query="").name == "Two"


def test_a_view_is_seen_by_its_circle_alone(scientist, analyst, team):
    other_team = TeamFactory()
    stranger = UserFactory(role=Role.MANAGER, team=other_team)
    save_view(owner=scientist, name="Mine", query="q=secret")
    save_view(owner=scientist, name="Ours", query="", scope=Scope.TEAM, team=team)
    save_view(owner=stranger, name="Theirs", query="", scope=Scope.TEAM, team=other_team)
    save_view(owner=stranger, name="All", query="", scope=Scope.EVERYONE)

    assert names(scientist) == ["Mine", "Ours", "All"]
    assert names(analyst) == ["All", "Ours"]
    assert names(stranger) == ["Theirs", "All"]
    assert names(AdministratorFactory()) == ["All", "Ours", "Theirs"]


def test_only_an_own_team_may_be_shared_with(scientist):
    with pytest.raises(DomainError, match="your teams"):
        save_view(owner=scientist, name="Theirs", query="", scope=Scope.TEAM, team=TeamFactory())
    with pytest.raises(DomainError, match="your teams"):
        save_view(owner=scientist, name="Nobody's", query="", scope=Scope.TEAM)


def test_the_owner_changes_a_view_and_the_administrator_what_is_shared(scientist, analyst, team):
    own = save_view(owner=scientist, name="Mine", query="")
    shared = save_view(owner=scientist, name="Ours", query="", scope=Scope.TEAM, team=team)
    administrator = AdministratorFactory()

    may = [saved_views.may_change(who, view) for who in (scientist, analyst, administrator) for view in (own, shared)]

    assert may == [True, True, False, False, False, True]


def test_renaming_and_sharing(scientist, team):
    view = save_view(owner=scientist, name="Mine", query="q=a")
    save_view(owner=scientist, name="Taken", query="q=b")
    for _ in range(2):
        saved_views.update_view(view, name="mine", scope=Scope.TEAM, team=team)
    saved_views.update_query(view, query="q=c")

    with pytest.raises(DomainError, match="already"):
        saved_views.update_view(view, name="taken", scope=Scope.PERSONAL)

    view.refresh_from_db()
    assert (view.name, view.scope, view.team, view.query) == ("mine", Scope.TEAM, team, "q=c")


def test_where_a_team_ends_its_views_are_personal_again(scientist):
    from tests.factories import MembershipFactory

    team = TeamFactory()
    MembershipFactory(user=scientist, team=team)
    view = save_view(owner=scientist, name="Ours", query="", scope=Scope.TEAM, team=team)

    team.delete()

    view.refresh_from_db()
    assert view.scope == Scope.PERSONAL


def test_deleting_can_be_undone_until_the_name_is_given_anew(scientist):
    view = save_view(owner=scientist, name="Pumps", query="q=pump")
    saved_views.set_default_view(scientist, view)
    for _ in range(2):
        saved_views.delete_view(view)
    assert names(scientist) == []

    for _ in range(2):
        saved_views.restore_view(view)
    assert [(one.name, one.is_default) for one in visible_views(scientist)] == [("Pumps", True)]

    saved_views.delete_view(view)
    save_view(owner=scientist, name="pumps", query="")
    with pytest.raises(DomainError, match="Rename"):
        saved_views.restore_view(view)


def test_a_deletion_clears_those_of_last_week_away(scientist):
    old, new = (save_view(owner=scientist, name=name, query="") for name in ("Old", "New"))
    saved_views.delete_view(old)
    SavedView.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=8))

    saved_views.delete_view(new)

    assert list(SavedView.objects.values_list("name", flat=True)) == ["New"]


def test_views_are_moved_and_stay_within_their_ends(scientist):
    first, _, third = (save_view(owner=scientist, name=name, query="") for name in ("A", "B", "C"))

    saved_views.move_view(third, steps=-1)
    assert names(scientist) == ["A", "C", "B"]
    saved_views.move_view(first, steps=-1)
    assert names(scientist) == ["A", "C", "B"]
    saved_views.move_view(first, steps=5)
    assert names(scientist) == ["C", "B", "A"]


def test_the_default_is_one_persons_and_may_be_a_shared_view(scientist, analyst):
    view = save_view(owner=analyst, name="All", query="", scope=Scope.EVERYONE)
    for _ in range(2):
        saved_views.set_default_view(scientist, view)

    assert [one.is_default for one in visible_views(scientist)] == [True]
    assert [one.is_default for one in visible_views(analyst)] == [False]

    for _ in range(2):
        saved_views.set_default_view(scientist, None)
    assert DefaultView.objects.count() == 0


def test_the_same_question_in_another_order_is_the_same(scientist):
    view = save_view(owner=scientist, name="Pumps", query="q=pump&tag=a&tag=b")

    assert saved_views.is_same_query(view, "tag=b&open=3&tag=a&q=pump")
    assert not saved_views.is_same_query(view, "tag=b&q=pump")
