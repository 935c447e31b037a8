"""The queue, how it is computed, one priority and its decision."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.priorities import fold, freshness, services
from apps.priorities.models import Priority, Standing
from apps.tagging import services as tagging
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    ProductFactory,
    TagFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team():
    return TeamFactory(name="Instruments", slug="instruments")


@pytest.fixture
def scientist(team):
    return UserFactory(role=Role.SCIENTIST, team=team)


@pytest.fixture
def manager(team):
    return UserFactory(role=Role.MANAGER, team=team, name="Man Ager")


def tell(tag, user, voices: int = 3, **fields) -> None:
    """Have that many customers speak on ``tag`` today, and fold."""
    for _ in range(voices):
        feedback = FeedbackFactory(customer=CustomerFactory(), captured_on=timezone.localdate(), **fields)
        tagging.confirm_tag(feedback_id=feedback.pk, tag=tag, user=user)
    while fold.fold_ledger():
        pass


def test_the_queue_ranks_and_lists_the_few_apart(client, team, scientist):
    loud, quiet = TagFactory(name="Pump", team=team), TagFactory(name="Lid", team=team)
    tell(loud, scientist, 3)
    tell(quiet, scientist, 1)
    client.force_login(scientist)

    queue = client.get("/teams/instruments/queue/").context["queue"]

    assert [(entry.rank, entry.tag) for entry in queue.entries] == [(1, loud)]
    assert [(entry.rank, entry.tag) for entry in queue.too_few] == [(None, quiet)]


def test_an_empty_queue_says_what_to_do(client, team, scientist):
    client.force_login(scientist)

    assert b"A queue fills itself" in client.get("/teams/instruments/queue/").content


@pytest.mark.parametrize("amount", [1, 3])
def test_the_queue_costs_the_same_for_one_tag_and_three(client, team, scientist, amount, django_assert_num_queries):
    for _ in range(amount):
        tell(TagFactory(team=team), scientist)
    services.current_policy(team)
    client.force_login(scientist)

    # session, person, roles, team, etag, policy, standings, sparklines, teams of the navigation
    with django_assert_num_queries(9):
        response = client.get("/teams/instruments/queue/")

    assert len(response.context["queue"].entries) == amount


def test_the_fragment_is_304_until_something_changes(client, team, scientist, manager, django_assert_num_queries):
    tag = TagFactory(team=team)
    tell(tag, scientist)
    client.force_login(scientist)
    first = client.get("/teams/instruments/queue/", headers=HTMX)
    conditional = {**HTMX, "If-None-Match": first.headers["ETag"]}
    assert first.content.strip().startswith(b'<section id="queue"')

    with django_assert_num_queries(5):  # session, person, roles, team, etag
        unchanged = client.get("/teams/instruments/queue/", headers=conditional)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    for change in (
        lambda: tell(tag, scientist, 1),
        lambda: services.set_state(tag, state="planned", user=manager),
        lambda: tagging.update_tag(tag, name="Renamed", description=""),
        lambda: services.change_policy(team, user=manager, changes={"half_life_days": 60}),
    ):
        change()
        changed = client.get("/teams/instruments/queue/", headers=conditional)
        assert changed.status_code == 200
        conditional["If-None-Match"] = changed.headers["ETag"]


def test_a_fold_that_commits_after_a_later_one_is_not_missed(team, scientist):
    early, late = TagFactory(team=team), TagFactory(team=team)
    tell(early, scientist)
    tell(late, scientist)
    before = freshness.queue_etag(team, today=timezone.localdate())

    begun = Standing.objects.get(tag=late).updated_at - timedelta(microseconds=1)  # the greatest stays as it is
    Standing.objects.filter(tag=early).update(updated_at=begun)

    assert freshness.queue_etag(team, today=timezone.localdate()) != before


def test_the_name_of_an_owner_is_part_of_what_the_queue_shows(team, scientist, manager):
    tag = TagFactory(team=team)
    tell(tag, scientist)
    services.set_owner(tag, owner=manager, user=manager)
    before = freshness.queue_etag(team, today=timezone.localdate())
    assert freshness.queue_etag(team, today=timezone.localdate()) == before

    manager.name = "Somebody Else"
    manager.save(update_fields=["name"])

    assert freshness.queue_etag(team, today=timezone.localdate()) != before


def test_the_page_itself_is_private_and_never_304(client, team, scientist):
    client.force_login(scientist)
    etag = client.get("/teams/instruments/queue/", headers=HTMX).headers["ETag"]

    page = client.get("/teams/instruments/queue/", headers={"If-None-Match": etag})

    assert page.status_code == 200
    assert set(page.headers["Cache-Control"].split(", ")) == {"private", "no-cache"}


@pytest.mark.parametrize("address", ["/teams/instruments/queue/", "/teams/instruments/queue/how/"])
def test_queues_refuse_strangers_roles_and_methods(client, team, address):
    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 405
    client.force_login(UserFactory(role=Role.SCIENTIST))

    assert client.get(address).status_code == 200
    assert client.get(address.replace("instruments", "nowhere")).status_code == 404


# --- one priority -------------------------------------------------------------------------------------------


def test_a_priority_explains_its_score_to_the_last_digit_shown(client, team, scientist):
    tag = TagFactory(name="Pump", team=team)
    tell(tag, scientist, 4)
    client.force_login(scientist)

    context = client.get("/priorities/pump/").context

    subtotal = round(context["page"].explanation.subtotal, 1)
    assert [round(sum(part.value for part in parts), 1) for _, _, parts in context["partitions"]] == [subtotal] * 3
    assert len(context["rows"]) == 4


def test_fewer_than_three_voices_are_not_split(client, team, scientist):
    tag = TagFactory(name="Pump", team=team)
    tell(tag, scientist, 2)
    client.force_login(scientist)

    response = client.get("/priorities/pump/")

    assert response.context["partitions"] == []
    assert b"is not split" in response.content


def test_a_priority_lights_the_queue_of_its_team_alone(client, scientist, team):
    TeamFactory(name="Other", slug="other")
    tag = TagFactory(name="Beam", team=team)
    client.force_login(scientist)

    html = client.get(f"/priorities/{tag.slug}/").content.decode()

    lit = re.findall(r'class="nav-link" href="([^"]+)" aria-current="page"', html)
    assert lit == [f"/teams/{team.slug}/queue/"]


def test_a_priority_nobody_spoke_on_opens(client, team, scientist):
    TagFactory(name="Pump", team=team)
    client.force_login(scientist)

    assert b"Nobody has spoken on this yet" in client.get("/priorities/pump/").content


def test_evidence_is_what_the_reader_may_open_and_says_how_much_more_there_is(client, team, scientist):
    tag = TagFactory(name="Pump", team=team)
    tell(tag, scientist, 1, text="Open words")
    tell(
        tag,
        scientist,
        2,
        text="Canary",
        product=ProductFactory(team=TeamFactory()),
        visibility=Visibility.TEAM,
    )
    client.force_login(scientist)

    response = client.get("/priorities/pump/")

    assert [row.text for row in response.context["rows"]] == ["Open words"]
    assert b"2 more count here" in response.content
    assert b"Canary" not in response.content


def test_older_evidence_comes_as_a_fragment_and_pages_are_whole(client, team, scientist):
    tag = TagFactory(name="Pump", team=team)
    tell(tag, scientist, 13)
    client.force_login(scientist)
    first = client.get("/priorities/pump/").context

    second = client.get(f"/priorities/pump/?cursor={first['next_cursor']}", headers=HTMX)

    assert second.content.strip().startswith(b'<section id="evidence"')
    assert len({row.pk for row in [*first["rows"], *second.context["rows"]]}) == 13
    assert client.get("/priorities/pump/?cursor=" + "9" * 39 + "-1").status_code == 200


def test_a_label_leads_to_its_feedback(client, scientist):
    TagFactory(name="Praise")
    client.force_login(scientist)

    assert client.get("/priorities/praise/").headers["Location"] == "/feedback/?tag=praise"


def decision(**changes) -> dict[str, str]:
    return {"state": "planned", "owner": "", "alignment": "1.5", "effort": "small", **changes}


def test_a_manager_decides_and_again(client, team, manager):
    tag = TagFactory(name="Pump", team=team)
    client.force_login(manager)

    for _ in range(2):
        response = client.post("/priorities/pump/decide/", decision(owner=str(manager.pk)))
        assert response.headers["Location"] == "/priorities/pump/"

    decided = Priority.objects.get(tag=tag)
    assert (decided.state, decided.owner, decided.alignment, decided.effort) == (
        "planned",
        manager,
        1.5,
        "small",
    )


@pytest.mark.parametrize(
    "changes",
    [{"state": "gone"}, {"alignment": "4"}, {"alignment": "nan"}, {"effort": "huge"}, {"owner": "0"}],
)
def test_a_decision_that_cannot_be_is_told(client, team, manager, changes):
    TagFactory(name="Pump", team=team)
    client.force_login(manager)

    assert client.post("/priorities/pump/decide/", decision(**changes)).status_code == 422
    assert not Priority.objects.exists()


def test_deciding_is_refused_to_strangers_other_roles_teams_and_get(client, team, scientist):
    TagFactory(name="Pump", team=team)
    assert client.post("/priorities/pump/decide/", decision()).status_code == 302
    for person in (scientist, UserFactory(role=Role.MANAGER)):
        client.force_login(person)
        assert client.post("/priorities/pump/decide/", decision()).status_code == 403
    assert client.get("/priorities/pump/decide/").status_code == 405
    assert client.post("/priorities/nothing/decide/", decision()).status_code == 404
    assert not Priority.objects.exists()


def test_a_priority_refuses_strangers_roles_and_methods(client, team, scientist):
    TagFactory(name="Pump", team=team)
    assert client.get("/priorities/pump/").status_code == 302
    client.force_login(UserFactory())
    assert client.get("/priorities/pump/").status_code == 403
    assert client.post("/priorities/pump/").status_code == 405
    client.force_login(scientist)

    assert client.get("/priorities/nothing/").status_code == 404
