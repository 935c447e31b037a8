"""The board: who looks on, who moderates, what a script is told, what can be taken along."""

import json
import uuid

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import Feedback
from apps.panels.models import Idea, IdeaGroup, Phase, Workshop
from apps.panels.workshops import selectors, services
from tests.factories import ProductFactory, TeamFactory, UserFactory
from tests.panels.workshops.rooms import (
    give,
    lead,
    make_group,
    make_idea,
    make_phone,
    make_session,
    make_workshop,
)

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def path(workshop: Workshop, rest: str = "") -> str:
    return f"/sessions/{workshop.pk}/board/{rest}"


@pytest.fixture
def analyst(client: Client) -> Client:
    """A client signed in as an analyst of the team "Optics"."""
    client.force_login(UserFactory(role=Role.ANALYST, team=TeamFactory(name="Optics", slug="optics")))
    return client


def own_workshop(client: Client, **fields) -> Workshop:
    from apps.accounts.models import Team

    return make_workshop(team=Team.objects.get(slug="optics"), **fields)


def test_a_session_without_a_workshop_says_how_to_open_one(analyst: Client) -> None:
    from apps.accounts.models import Team

    session = make_session(team=Team.objects.get(slug="optics"))
    address = f"/sessions/{session.pk}/board/"
    fields = {"question": "What slows you down?", "votes_each": 5, "votes_per_idea": 2, "ideas_each": 10}

    assert "Open the workshop" in analyst.get(address).text
    wrong = analyst.post(f"{address}open/", {**fields, "votes_per_idea": 9})
    assert (wrong.status_code, "What slows you down?" in wrong.text) == (422, True)
    for _ in range(2):
        assert analyst.post(f"{address}open/", fields).headers["Location"] == address

    workshop = Workshop.objects.get()
    assert (workshop.question, workshop.votes_each, workshop.phase) == ("What slows you down?", 5, Phase.CLOSED)
    assert workshop.code in analyst.get(address).text


@pytest.mark.parametrize("count", [1, 3])
def test_a_board_costs_the_same_however_much_is_on_it(
    analyst: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workshop = own_workshop(analyst, phase=Phase.DECIDE)
    for number in range(count):
        make_group(workshop, f"Group {number}", *[f"Idea {one} <i>" for one in range(count)])
        make_idea(workshop)

    with django_assert_num_queries(8):  # session, user, roles, session row with team; ideas, groups, dots, phones
        shown = analyst.get(path(workshop), headers={"HX-Request": "true"})

    assert shown.text.count('<li class="idea"') == count * count + count + 1  # and what the script copies
    assert "&lt;i&gt;" in shown.text
    assert "<html" not in shown.text


def test_a_board_is_told_what_came_in_and_whether_the_rest_changed(
    analyst: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    workshop = own_workshop(analyst)
    first = make_idea(workshop, "first")
    state = path(workshop, f"state/?after={first.pk}")
    analyst.get(state)

    unchanged = analyst.get(state)
    with django_assert_num_queries(4):  # session, user, roles, workshop with session and team
        same = analyst.get(state, headers={"If-None-Match": unchanged.headers["ETag"]})
    services.set_phase(workshop_id=workshop.pk, phase=Phase.GROUP)
    second = make_idea(workshop, "second")
    told = analyst.get(state, headers={"If-None-Match": unchanged.headers["ETag"]})

    assert unchanged.json() == {"layout": 0, "ideas": [], "phones": 0, "dots": {}}
    assert same.status_code == 304
    assert told.json() == {"layout": 1, "ideas": [[second.pk, "second"]], "phones": 0, "dots": {}}


def test_dots_are_shown_after_the_vote_and_before_only_to_a_moderator_who_asks(analyst: Client) -> None:
    workshop = own_workshop(analyst, phase=Phase.VOTE)
    group = make_group(workshop, "Optics", "a")
    give(workshop, make_phone(workshop)[0], f"g{group.pk}")
    shown = {f"g{group.pk}": 1}
    looking = Client()
    looking.force_login(UserFactory(role=Role.SCIENTIST, team=workshop.session.team))

    def dots(client: Client, query: str = "") -> dict[str, int]:
        return client.get(path(workshop, f"state/{query}")).json()["dots"]

    assert [dots(analyst), dots(analyst, "?dots=1"), dots(looking), dots(looking, "?dots=1")] == [{}, shown, {}, {}]
    assert "group,idea" in looking.get(path(workshop, "result.csv")).text
    assert json.loads(looking.get(path(workshop, "result.json")).content)["groups"][0]["dots"] == 0
    lead(workshop, Phase.DECIDE)
    assert [dots(analyst), dots(looking)] == [shown, shown]


def test_who_looks_on_moderates_nothing_and_strangers_find_nothing(client: Client) -> None:
    workshop = make_workshop(session=make_session(visibility=Visibility.TEAM))
    idea = make_idea(workshop)
    stranger = Client()
    client.force_login(UserFactory(role=Role.SCIENTIST, team=workshop.session.team))
    stranger.force_login(UserFactory(role=Role.ANALYST))
    posts = ["open/", "phase/", "idea/", "move/", f"hide/{idea.pk}/", f"show/{idea.pk}/", "merge/", "groups/1/rename/"]

    page = client.get(path(workshop))

    assert page.status_code == 200
    assert not any(word in page.text for word in ("data-act", 'type="checkbox"', 'draggable="true"', "formaction"))
    assert [client.post(path(workshop, one)).status_code for one in posts] == [403] * len(posts)
    assert [stranger.post(path(workshop, one)).status_code for one in posts] == [404] * len(posts)
    reads = ["", "state/", "code.svg", "result.csv"]
    assert [stranger.get(path(workshop, one)).status_code for one in reads] == [404] * len(reads)
    assert [client.get(path(workshop, one)).status_code for one in posts] == [405] * len(posts)


def test_an_open_session_of_another_team_is_read_and_not_moderated(client: Client) -> None:
    workshop = make_workshop()
    client.force_login(UserFactory(role=Role.ANALYST))

    assert client.get(path(workshop)).status_code == 200
    assert client.post(path(workshop, "phase/"), {"phase": "vote"}).status_code == 403
    assert client.get(path(workshop, "settings/")).status_code == 403


def test_moderators_move_things_with_and_without_a_script(analyst: Client) -> None:
    workshop = own_workshop(analyst, phase=Phase.GROUP)
    first, second = make_idea(workshop, "a"), make_idea(workshop, "b")

    plain = analyst.post(path(workshop, "move/"), {"idea": [first.pk], "group": "new", "title": "Optics"})
    group = IdeaGroup.objects.get()
    scripted = analyst.post(path(workshop, "move/"), {"idea": [second.pk], "group": group.pk}, headers=JSON)

    assert plain.headers["Location"] == path(workshop)
    assert scripted.json() == {"said": "", "undo": ""}
    assert [card.text for card in selectors.board_of(workshop, with_dots=False).columns[0].ideas] == ["a", "b"]
    for wrong, status in (({"group": ""}, 422), ({"idea": first.pk, "group": "999999"}, 409)):
        answer = analyst.post(path(workshop, "move/"), wrong, headers=JSON)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])
        assert analyst.post(path(workshop, "move/"), wrong).status_code == status


def test_every_change_of_a_group_has_its_way(analyst: Client) -> None:
    workshop = own_workshop(analyst, phase=Phase.DISCUSS)
    first, second, empty = make_group(workshop, "Optics", "a"), make_group(workshop, "B"), make_group(workshop, "C")
    of = f"groups/{first.pk}/"

    def post(rest: str, **fields: object) -> int:
        return analyst.post(path(workshop, rest), fields, headers=JSON).status_code

    assert post(f"{of}rename/", title="Lenses") == 200
    assert post(f"{of}order/", steps="1") == 200
    assert post("merge/", group=second.pk, into=first.pk) == 200
    assert post("merge/", group=first.pk) == 422
    assert post(f"groups/{empty.pk}/remove/") == 200
    assert post(f"{of}remove/") == 409
    assert post(f"{of}decide/", decision="Buy one", was="") == 200
    assert post(f"{of}decide/", decision="Sell it", was="") == 409
    assert post("idea/", client_key=uuid.uuid4(), text="said aloud") == 200
    assert post("phase/", phase="vote", minutes="5") == 200
    assert post("phase/", phase="vote", minutes="999") == 422

    group = IdeaGroup.objects.get()
    assert (group.title, group.decision) == ("Lenses", "Buy one")
    assert Idea.objects.get(text="said aloud").phone is None


def test_hiding_has_an_undo(analyst: Client) -> None:
    workshop = own_workshop(analyst)
    idea = make_idea(workshop, "rude")

    said = analyst.post(path(workshop, f"hide/{idea.pk}/"), headers=JSON).json()
    assert "1 idea taken off" in analyst.get(path(workshop)).text
    undone = analyst.post(said["undo"], headers=JSON)

    assert said["said"] == "Taken off the board: “rude”"
    assert undone.status_code == 200
    assert Idea.objects.get().hidden_at is None
    analyst.post(path(workshop, f"hide/{idea.pk}/"))
    assert f'action="{path(workshop, f"show/{idea.pk}/")}"' in analyst.get(path(workshop)).text


def test_settings_are_saved_or_say_why_not(analyst: Client) -> None:
    workshop = own_workshop(analyst)
    fields = {"question": "Why?", "votes_each": 2, "votes_per_idea": 1, "ideas_each": 5}

    assert 'value="What slows you down?"' in analyst.get(path(workshop, "settings/")).text
    assert analyst.post(path(workshop, "settings/"), {**fields, "votes_per_idea": 3}).status_code == 422
    assert analyst.post(path(workshop, "settings/"), fields).status_code == 302

    workshop.refresh_from_db()
    assert (workshop.question, workshop.votes_each, workshop.ideas_each) == ("Why?", 2, 5)


def test_the_code_is_drawn(analyst: Client) -> None:
    workshop = own_workshop(analyst)

    drawn = analyst.get(path(workshop, "code.svg"))

    assert (drawn.headers["Content-Type"], b"<svg" in drawn.content) == ("image/svg+xml", True)


def test_the_result_is_taken_along_and_calculates_nothing(analyst: Client) -> None:
    workshop = own_workshop(analyst, phase=Phase.DECIDE)
    group = make_group(workshop, "=Optics", "+1 lens <b>")
    make_idea(workshop, "[click](http://evil.example)")
    hidden = make_idea(workshop, "rude")
    Idea.objects.filter(pk=hidden.pk).update(hidden_at=hidden.created_at)
    Workshop.objects.filter(pk=workshop.pk).update(phase=Phase.VOTE)
    give(workshop, make_phone(workshop)[0], f"g{group.pk}", times=2)
    Workshop.objects.filter(pk=workshop.pk).update(phase=Phase.DECIDE)
    services.decide(workshop_id=workshop.pk, group_id=group.pk, words="Buy # one", was="")

    rows = analyst.get(path(workshop, "result.csv"))
    told = json.loads(analyst.get(path(workshop, "result.json")).content)
    page = analyst.get(path(workshop, "result.md"))

    assert rows.text.splitlines()[1].startswith("'=Optics,'+1 lens <b>,2,,Buy # one,")
    assert rows.headers["Content-Disposition"] == f'attachment; filename="workshop-{workshop.pk}.csv"'
    assert [one["title"] for one in told["groups"]] == ["=Optics"]
    assert told["groups"][0]["dots"] == 2
    assert page.text.splitlines() == [
        "# What slows you down?",
        "",
        "## =Optics (2 votes)",
        "",
        r"**Decision:** Buy \# one",
        "",
        r"* +1 lens \<b\>",
        "",
        "## In no group",
        "",
        r"* \[click\]\(http://evil.example\)",
        "",
    ]
    assert "rude" not in rows.text + str(told) + page.text
    assert analyst.get(path(workshop, "result.exe")).status_code == 404


def test_the_board_becomes_feedback_once(analyst: Client) -> None:
    workshop = own_workshop(analyst, phase=Phase.DECIDE)
    make_group(workshop, "Optics", "A lens cap")
    hidden = make_idea(workshop, "rude")
    Idea.objects.filter(pk=hidden.pk).update(hidden_at=hidden.created_at)

    without_product = analyst.post(path(workshop, "promote/"), headers=JSON)
    assert (without_product.status_code, Feedback.objects.count()) == (409, 0)
    workshop.session.product = ProductFactory(team=workshop.session.team)
    workshop.session.save()
    said = [analyst.post(path(workshop, "promote/"), headers=JSON).json()["said"] for _ in range(2)]

    assert said == ["1 idea has become feedback.", "0 ideas have become feedback."]
    assert list(Feedback.objects.values_list("text", "customer")) == [("A lens cap", None)]
