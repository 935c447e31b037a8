"""The tracker: who promised what, how far it is, who may see and change it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.dialogue.models import Notification
from apps.dialogue.wording import sentence
from apps.panels.actions import services
from apps.panels.actions.services import ActionFields
from apps.panels.models import Action, ActionState, SeatState
from tests.factories import TagFactory, TeamFactory, UserFactory
from tests.panels.making import PanelFactory, SeatFactory, SessionFactory

TODAY = timezone.localdate()


def ActionFactory(**fields) -> Action:  # noqa: N802 as the others
    return Action.objects.create(**{"title": "Mend the stage", **fields})


def asked(team, /, **changes) -> dict[str, object]:
    return {"title": "Mend the stage", "team": team.pk, "is_shown_to_members": "on", **changes}


def test_an_action_is_kept_and_its_owner_told_once(team, analyst, scientist):
    fields = ActionFields(team=team, title="Mend the stage", owner=scientist)

    action = services.create_action(fields=fields, user=analyst)
    services.update_action(action=action, fields=fields, user=analyst)

    told = Notification.objects.get()
    assert (told.user, told.path) == (scientist, f"/actions/{action.pk}/")
    assert sentence(told) == "Ana Lyst gave you the action “Mend the stage”"


def test_one_press_says_how_far_it_is_and_again_changes_nothing(team):
    action = ActionFactory(team=team)

    before = [services.set_state(action=action, state=ActionState.DONE) for _ in range(2)]
    closed_at = Action.objects.get().closed_at
    services.set_state(action=action, state=ActionState.DONE, outcome="It holds.")

    action.refresh_from_db()
    assert before == [ActionState.OPEN, ActionState.DONE]
    assert (action.closed_at, action.outcome) == (closed_at, "It holds.")
    services.set_state(action=action, state=ActionState.OPEN)
    assert Action.objects.values_list("state", "closed_at", "outcome").get() == ("open", None, "It holds.")


def test_done_asks_what_members_are_told_and_can_be_undone(client, team, scientist):
    action = ActionFactory(team=team, state=ActionState.DOING)
    client.force_login(scientist)
    address = f"/actions/{action.pk}/state/"

    pressed = client.post(address, {"state": "done", "next": "/actions/"})
    page = client.get(pressed["Location"])
    saved = client.post(address, {"state": "done", "outcome": " It holds. "})

    assert pressed["Location"] == f"/actions/{action.pk}/"
    assert b"Tell the members what came of it" in page.content
    assert f"{address}?to=doing".encode() in page.content
    assert saved.status_code == 302
    assert Action.objects.values_list("state", "outcome").get() == ("done", "It holds.")
    client.post(f"{address}?to=doing")
    assert Action.objects.get().state == ActionState.DOING


@pytest.mark.parametrize(
    ("to", "place"),
    [("/actions/?view=mine", "/actions/?view=mine"), ("//evil.example", None), ("https://e.example", None)],
)
def test_a_press_leads_back_to_where_it_was_and_never_elsewhere(client, team, scientist, to, place):
    action = ActionFactory(team=team)
    client.force_login(scientist)

    answer = client.post(f"/actions/{action.pk}/state/", {"state": "doing", "next": to})

    assert answer["Location"] == (place or f"/actions/{action.pk}/")
    assert client.post(f"/actions/{action.pk}/state/", {"state": "burnt"}).status_code == 400


def test_an_action_begins_at_its_panel_and_session(client, team, scientist):
    panel = PanelFactory(team=team)
    session = SessionFactory(team=team, panel=panel)
    secret = SessionFactory(team=team, visibility="restricted")
    client.force_login(scientist)

    form = client.get(f"/actions/new/?session={session.pk}").context["form"]
    hidden = client.get(f"/actions/new/?session={secret.pk}").context["form"]
    sent = asked(team, panel=panel.pk, session=session.pk, owner=scientist.pk, due_on="2026-12-01")
    answer = client.post("/actions/new/", sent)

    assert [form.initial[name] for name in ("panel", "session", "team")] == [panel, session, team]
    assert (hidden.initial["session"], secret in hidden.fields["session"].queryset) == (None, False)
    assert answer["Location"] == f"/panels/{panel.slug}/"
    action = Action.objects.get()
    assert (action.session, action.owner, action.due_on.isoformat()) == (session, scientist, "2026-12-01")


def test_what_is_linked_has_to_fit(client, team, scientist):
    other = TeamFactory()
    panel, elsewhere = PanelFactory(team=team), PanelFactory(team=team)
    seat = SeatFactory(panel=elsewhere, state=SeatState.ACCEPTED)
    secret = SessionFactory(team=team, visibility="restricted")
    own, foreign = TagFactory(team=team), TagFactory(team=other)
    stranger = UserFactory(role=Role.ANALYST, team=other)
    client.force_login(scientist)
    bad = [
        {"title": " "},
        {"team": other.pk},
        {"owner": stranger.pk},
        {"tag": foreign.pk},
        {"session": secret.pk},
        {"panel": panel.pk, "seat": seat.pk},
    ]

    answers = [client.post("/actions/new/", asked(team, **changes)) for changes in bad]

    assert [answer.status_code for answer in answers] == [422] * len(bad)
    assert not Action.objects.exists()
    client.post("/actions/new/", asked(team, tag=own.pk))
    assert Action.objects.get().tag == own


def test_the_list_shows_what_is_due_first_by_view_team_and_panel(client, team, scientist):
    panel, other = PanelFactory(team=team), TeamFactory()
    late = ActionFactory(team=team, title="Late", due_on=TODAY - timedelta(days=1))
    mine = ActionFactory(team=other, title="Mine", owner=scientist, panel=panel)
    soon = ActionFactory(team=team, title="Soon", due_on=TODAY)
    done = ActionFactory(team=team, title="Done", state=ActionState.DONE, closed_at=timezone.now())
    ActionFactory(team=team, title="Secret", session=SessionFactory(team=team, visibility="restricted"))
    client.force_login(scientist)

    def shown(query: str) -> list[Action]:
        return client.get(f"/actions/{query}").context["actions"]

    assert shown("") == [late, soon, mine]
    assert shown("?view=mine") == [mine]
    assert shown("?view=overdue") == [late]
    assert shown("?view=closed") == [done]
    assert shown(f"?team={team.slug}") == [late, soon]
    assert shown(f"?panel={panel.slug}&view=nonsense") == [mine]
    assert [view["count"] for view in client.get("/actions/").context["views"]] == [3, 1, 1, None]


def test_the_list_costs_the_same_for_one_and_for_three(client, team, scientist, django_assert_num_queries):
    client.force_login(scientist)
    ActionFactory(team=team, owner=scientist)
    client.get("/actions/")
    with django_assert_num_queries(11):
        client.get("/actions/")
    for _ in range(2):
        ActionFactory(team=team, panel=PanelFactory(team=team))

    with django_assert_num_queries(11):
        client.get("/actions/")


def test_an_action_of_a_session_one_may_not_open_is_not_there(client, team, scientist):
    secret = ActionFactory(team=team, session=SessionFactory(team=team, visibility="restricted"))
    client.force_login(scientist)

    answers = [
        client.get(f"/actions/{secret.pk}/"),
        client.get(f"/actions/{secret.pk}/edit/"),
        client.post(f"/actions/{secret.pk}/state/", {"state": "done"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_anothers_teams_action_is_read_and_not_changed(client, scientist):
    foreign = ActionFactory(team=TeamFactory())
    client.force_login(scientist)

    assert client.get(f"/actions/{foreign.pk}/").status_code == 200
    assert client.post(f"/actions/{foreign.pk}/state/", {"state": "done"}).status_code == 403
    assert client.post(f"/actions/{foreign.pk}/edit/", asked(foreign.team)).status_code == 403


def test_an_edit_saves_and_keeps_how_far_it_is(client, team, scientist):
    action = ActionFactory(team=team, state=ActionState.DOING, outcome="Half of it.")
    client.force_login(scientist)

    client.post(f"/actions/{action.pk}/edit/", asked(team, title="Mend both stages"))

    action.refresh_from_db()
    assert (action.title, action.state, action.outcome) == ("Mend both stages", ActionState.DOING, "Half of it.")


def test_nothing_is_put_on_the_pages_of_another_teams_members(client, team, scientist):
    other = TeamFactory()
    theirs = {"panel": PanelFactory(team=other, state="active"), "session": SessionFactory(team=other)}
    client.force_login(scientist)

    for name, thing in theirs.items():
        answer = client.post("/actions/new/", asked(team, **{name: thing.pk}))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])

    assert not Action.objects.exists()
