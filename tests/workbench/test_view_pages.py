"""The pages of saved views: open, save, rename, order, default, delete and undo; and who may."""

import pytest
from django.urls import reverse

from apps.workbench.models import SavedView, Scope
from apps.workbench.room import saved_views
from apps.workbench.room.saved_views import visible_views
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
VIEWS = "/feedback/views/"


@pytest.fixture
def view(scientist) -> SavedView:
    return saved_views.save_view(owner=scientist, name="Pumps", query="q=pump")


def url(name: str, view: SavedView) -> str:
    return reverse(f"workbench:{name}", args=[view.pk])


@pytest.mark.parametrize("amount", [1, 3])
def test_the_list_costs_the_same_for_one_view_and_three(client, scientist, amount, django_assert_num_queries):
    for number in range(amount):
        saved_views.save_view(owner=scientist, name=f"View {number}", query="")
    client.force_login(scientist)
    client.get(VIEWS)

    with django_assert_num_queries(5):
        response = client.get(VIEWS)

    assert len(response.context["own_views"]) == amount


def test_a_view_is_saved_from_the_room_and_opens_there(client, scientist, team):
    client.force_login(scientist)

    response = client.post(f"{VIEWS}save/", {"name": "Pumps", "share": f"team-{team.pk}", "query": "q=pump&cursor=1-1"})

    view = visible_views(scientist).get()
    assert (view.name, view.query, view.scope, view.team) == ("Pumps", "q=pump", Scope.TEAM, team)
    assert response.headers["Location"] == f"/feedback/?view={view.pk}&q=pump"
    assert client.get(url("open-view", view)).headers["Location"] == f"/feedback/?view={view.pk}&q=pump"


def test_a_refused_name_is_asked_for_again_and_nothing_is_lost(client, scientist, view):
    client.force_login(scientist)
    foreign = TeamFactory()

    for fields in ({"name": "pumps"}, {"name": ""}, {"name": "New", "share": f"team-{foreign.pk}"}):
        response = client.post(f"{VIEWS}save/", {"query": "q=leak", **fields})
        assert response.status_code == 422
        assert 'value="q=leak"' in response.content.decode()

    assert SavedView.objects.count() == 1


def test_anothers_personal_view_is_not_there_and_a_shared_one_not_theirs_to_change(client, analyst, view, team):
    names = ["edit-view", "update-view-query", "delete-view", "restore-view", "set-default-view", "move-view"]
    client.force_login(analyst)

    assert client.get(url("open-view", view)).status_code == 404
    assert [client.post(url(name, view), {"name": "x"}).status_code for name in names] == [404] * 6

    saved_views.update_view(view, name="Pumps", scope=Scope.TEAM, team=team)
    assert client.get(url("open-view", view)).status_code == 302
    assert [client.post(url(name, view), {"name": "x"}).status_code for name in names] == [403] * 4 + [302, 404]
    view.refresh_from_db()
    assert (view.name, view.query, view.deleted_at) == ("Pumps", "q=pump", None)


def test_renaming_sharing_and_another_selection(client, scientist, view):
    client.force_login(scientist)
    assert client.get(url("edit-view", view)).status_code == 200

    client.post(url("edit-view", view), {"name": "Leaks", "share": "everyone"})
    client.post(url("update-view-query", view), {"query": "q=leak&open=3"})

    view.refresh_from_db()
    assert (view.name, view.scope, view.query) == ("Leaks", Scope.EVERYONE, "q=leak")


def test_deleting_offers_the_way_back(client, scientist, view):
    client.force_login(scientist)

    page = client.post(url("delete-view", view), follow=True)
    assert url("restore-view", view) in page.content.decode()
    assert list(visible_views(scientist)) == []

    for _ in range(2):
        client.post(url("restore-view", view))
    assert list(visible_views(scientist)) == [view]


def test_order_and_default(client, scientist, view):
    second = saved_views.save_view(owner=scientist, name="Second", query="")
    client.force_login(scientist)

    client.post(url("move-view", second), {"direction": "up"})
    client.post(url("move-view", second), {"direction": "sideways"})
    client.post(url("set-default-view", view), {"is_default": "1"})
    assert [(one.name, one.is_default) for one in visible_views(scientist)] == [("Second", False), ("Pumps", True)]

    client.post(url("set-default-view", view), {"is_default": "0"})
    assert saved_views.default_view(scientist) is None


def test_strangers_roles_and_methods(client, view):
    assert client.get(VIEWS).status_code == 302
    client.force_login(UserFactory())

    assert client.get(VIEWS).status_code == 403
    assert client.get(url("open-view", view)).status_code == 403
    assert client.get(url("delete-view", view)).status_code == 405
