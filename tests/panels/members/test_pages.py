"""Staff's pages of panels: who may, what they post, what they show."""

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.customers.models import ContactEvent, ContactKind
from apps.panels.models import (
    Ballot,
    Material,
    Panel,
    PanelState,
    ParticipantState,
    Seat,
    SeatKind,
    SeatState,
    SessionState,
)
from tests.factories import (
    CustomerFactory,
    FeedbackFactory,
    OrganisationFactory,
    SegmentFactory,
    TeamFactory,
    UserFactory,
)
from tests.panels.making import PanelFactory, ParticipantFactory, SeatFactory, SessionFactory

TODAY = timezone.localdate()


def asked(team, /, **changes) -> dict[str, object]:
    plain = {"name": "Imaging panel", "team": team.pk, "seat_count": 12, "alternate_count": 3, "term_months": 12}
    return {**plain, **changes}


def test_a_panel_is_made_and_leads_to_invitations(client, team, analyst):
    client.force_login(analyst)

    answer = client.post("/panels/new/", asked(team, mission="To hear first."), follow=True)

    panel = Panel.objects.get()
    assert (panel.slug, panel.state, panel.mission) == ("imaging-panel", PanelState.DRAFT, "To hear first.")
    assert answer.redirect_chain == [("/panels/imaging-panel/", 302)]
    assert b'href="/panels/imaging-panel/invite/"' in answer.content


@pytest.mark.parametrize(
    "changes", [{"name": "microscopy PANEL"}, {"seat_count": 0}, {"term_months": 121}, {"team": 0}]
)
def test_a_panel_that_cannot_be_is_told(client, team, analyst, panel, changes):
    client.force_login(analyst)

    answer = client.post("/panels/new/", asked(team, **changes))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(changes))
    assert Panel.objects.count() == 1


def test_an_edit_keeps_the_address_and_is_for_those_of_the_team(client, team, analyst, panel):
    client.force_login(analyst)
    assert client.post("/panels/microscopy/edit/", asked(team, name="Optics panel")).status_code == 302
    foreign = PanelFactory(team=TeamFactory(), slug="foreign")

    panel.refresh_from_db()
    assert (panel.name, panel.slug) == ("Optics panel", "microscopy")
    assert client.get("/panels/foreign/").status_code == 200
    assert client.post("/panels/foreign/edit/", asked(team)).status_code == 403
    assert client.post(f"/panels/{foreign.slug}/state/", {"action": "close", "is_sure": "1"}).status_code == 403


def test_places_that_are_taken_stay(client, team, analyst, panel):
    for _ in range(2):
        SeatFactory(panel=panel, state=SeatState.ACCEPTED)
    client.force_login(analyst)

    refused = client.post("/panels/microscopy/edit/", asked(team, seat_count=1))
    kept = client.post("/panels/microscopy/edit/", asked(team, seat_count=2, alternate_count=0))

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["seat_count"])
    assert (kept.status_code, Panel.objects.get().seat_count) == (302, 2)


def test_closing_wants_a_tick_and_can_be_undone(client, analyst, panel):
    client.force_login(analyst)
    states = []

    for path, sent in (("", {"action": "close"}), ("", {"action": "close", "is_sure": "1"}), ("?action=open", {})):
        client.post(f"/panels/microscopy/state/{path}", sent)
        states.append(Panel.objects.get().state)

    assert states == [PanelState.ACTIVE, PanelState.CLOSED, PanelState.ACTIVE]
    assert client.post("/panels/microscopy/state/", {"action": "burn"}).status_code == 400


def test_several_are_invited_from_the_candidates_page(client, analyst, panel):
    customers = [CustomerFactory(name=f"Cand {number}") for number in (1, 2)]
    client.force_login(analyst)
    query = "&".join(f"customer={one.pk}" for one in customers)

    page = client.get(f"/panels/microscopy/invite/?{query}&customer=x&customer=99999999999999999999&q=cand")
    sent = {"go": "invite", "kind": "member", "customer": [one.pk for one in customers]}
    answer = client.post("/panels/microscopy/invite/", sent)

    assert [one.customer for one in page.context["candidates"]] == customers
    assert answer["Location"] == "/panels/microscopy/"
    assert list(Seat.objects.order_by("pk").values_list("customer", "state")) == [
        (one.pk, SeatState.INVITED) for one in customers
    ]


def test_whoever_was_asked_lately_needs_a_reason_and_nothing_is_lost_meanwhile(client, analyst, panel):
    tired, rested = CustomerFactory(), CustomerFactory()
    ContactEvent.objects.create(customer=tired, kind=ContactKind.MAIL, about="x")
    client.force_login(analyst)
    sent = {"go": "invite", "kind": "alternate", "customer": [tired.pk, rested.pk]}

    refused = client.post("/panels/microscopy/invite/", sent)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["override_reason"])
    assert (refused.context["form"]["kind"].value(), Seat.objects.count()) == ("alternate", 0)

    dropped = client.post("/panels/microscopy/invite/", {**sent, "go": "", "drop": tired.pk})
    assert [one.customer for one in dropped.context["candidates"]] == [rested]

    client.post("/panels/microscopy/invite/", {**sent, "override_reason": "They offered."})
    assert Seat.objects.filter(kind=SeatKind.ALTERNATE).count() == 2


def test_nobody_chosen_is_told_and_a_search_finds_by_each_word(client, analyst, panel):
    found = CustomerFactory(name="Ada Byron", email="ada@lab.example")
    CustomerFactory(name="Ada Other")
    client.force_login(analyst)

    assert client.post("/panels/microscopy/invite/", {"go": "invite", "kind": "member"}).status_code == 422
    page = client.get("/panels/microscopy/invite/?q=ada+LAB.ex")

    assert page.context["results"] == [found]


def test_one_press_on_a_seat_does_it_and_leads_back(client, analyst, panel):
    seat = SeatFactory(panel=panel)
    client.force_login(analyst)
    address = f"/panels/microscopy/seats/{seat.pk}/do/"
    states = []

    for path, action in (
        (address, "take-back"),
        (f"{address}?action=restore", ""),
        (address, "end"),
        (address, "renew"),
    ):
        answer = client.post(path, {"action": action})
        assert answer["Location"] == "/panels/microscopy/"
        states.append(Seat.objects.get().state)

    assert states == [SeatState.WITHDRAWN, SeatState.INVITED, SeatState.INVITED, SeatState.INVITED]
    assert client.post(address, {"action": "burn"}).status_code == 400
    assert client.post(f"/panels/{PanelFactory(team=panel.team).slug}/seats/{seat.pk}/do/").status_code == 404


def test_addresses_are_for_those_who_run_research_alone(client, analyst, scientist, panel):
    SeatFactory(panel=panel, customer=CustomerFactory(name="Mia", email="mia@secret.example"), state=SeatState.ACCEPTED)
    shown = []

    for user in (analyst, scientist):
        client.force_login(user)
        page = client.get("/panels/microscopy/").content
        shown.append((b"Mia" in page, b"mia@secret.example" in page))

    assert shown == [(True, True), (True, False)]


def test_the_list_costs_the_same_for_one_and_for_three_panels(client, analyst, panel, django_assert_num_queries):
    client.force_login(analyst)
    client.get("/panels/")
    with django_assert_num_queries(7):
        client.get("/panels/")
    for _ in range(2):
        other = PanelFactory(team=panel.team)
        SeatFactory(panel=other, state=SeatState.ACCEPTED, ends_on=TODAY)

    with django_assert_num_queries(7):
        page = client.get("/panels/")

    assert [row.renewal_count for row in page.context["rows"]] == [0, 1, 1]


def test_a_panel_costs_the_same_for_one_and_for_three_seats(client, analyst, panel, django_assert_num_queries):
    client.force_login(analyst)
    SeatFactory(panel=panel, state=SeatState.ACCEPTED, starts_on=TODAY, ends_on=TODAY)
    client.get("/panels/microscopy/")
    with django_assert_num_queries(15):
        client.get("/panels/microscopy/")
    for state in (SeatState.ACCEPTED, SeatState.INVITED):
        SeatFactory(panel=panel, state=state)

    with django_assert_num_queries(15):
        client.get("/panels/microscopy/")


def test_health_shows_whom_members_stand_for_and_who_is_silent(client, analyst, team, panel):
    labs, schools = SegmentFactory(name="Labs"), SegmentFactory(name="Schools")
    mia = CustomerFactory(name="Mia", organisation=OrganisationFactory(segment=labs))
    tom = CustomerFactory(name="Tom", segment=labs)
    for number in range(2):
        CustomerFactory(name=f"Pupil {number}", segment=schools)
    term = {"panel": panel, "state": SeatState.ACCEPTED, "starts_on": TODAY.replace(year=2020), "ends_on": TODAY}
    SeatFactory(customer=mia, **term)
    SeatFactory(customer=tom, **term)
    session = SessionFactory(team=team, panel=panel)
    ParticipantFactory(session=session, customer=mia)
    ParticipantFactory(session=SessionFactory(team=team, panel=panel), customer=mia, state=ParticipantState.MISSED)
    ParticipantFactory(session=SessionFactory(team=team, panel=panel, visibility="restricted"), customer=tom)
    FeedbackFactory(customer=mia)
    FeedbackFactory(customer=tom, visibility="restricted")
    client.force_login(analyst)

    health = client.get("/panels/microscopy/health/").context["health"]

    assert [part[:3] for part in health.representation.parts] == [("Labs", 2, 2), ("Schools", 0, 2)]
    assert (health.representation.missing, health.attendance, health.silent_count) == (["Schools"], 0.5, 1)
    assert [(str(row.seat.customer), row.came, row.missed, row.feedback_count) for row in health.activity] == [
        ("Tom", 0, 0, 0),
        ("Mia", 1, 1, 1),
    ]
    assert len(health.due) == 2


def test_votes_and_materials_are_put_on_members_pages(client, analyst, panel):
    client.force_login(analyst)

    client.post("/panels/microscopy/ballots/new/", {"question": "What first?", "choices": "A\nB", "votes_each": 1})
    ballot = Ballot.objects.get()
    client.post(f"/panels/microscopy/ballots/{ballot.pk}/do/", {"action": "show"})
    client.post(f"/panels/microscopy/ballots/{ballot.pk}/do/", {"action": "close"})
    bad = [
        client.post("/panels/microscopy/materials/", {"title": "Plan", "url": url}) for url in ("", "javascript:x()")
    ]
    client.post("/panels/microscopy/materials/", {"title": "Plan", "url": "https://docs.example/plan"})

    ballot.refresh_from_db()
    assert (ballot.choices, ballot.are_results_shown, ballot.closes_at is not None) == (["A", "B"], True, True)
    assert [answer.status_code for answer in bad] == [422, 422]
    material = Material.objects.get()
    client.post(f"/panels/microscopy/materials/{material.pk}/remove/")
    assert not Material.objects.exists()


def test_sessions_that_one_may_not_open_are_not_told_of(client, scientist, team, panel):
    SessionFactory(team=team, panel=panel, title="Open meeting", state=SessionState.PLANNED)
    SessionFactory(team=team, panel=panel, title="Secret meeting", visibility="restricted")
    client.force_login(scientist)

    page = client.get("/panels/microscopy/").content

    assert (b"Open meeting" in page, b"Secret meeting" in page) == (True, False)


def test_an_empty_room_says_what_to_do(client, team, analyst):
    client.force_login(analyst)
    assert b'href="/panels/new/"' in client.get("/panels/").content

    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    assert b'href="/panels/new/"' not in client.get("/panels/").content


def test_a_number_longer_than_any_id_is_nobody(client, analyst, panel):
    client.force_login(analyst)

    answer = client.post("/panels/microscopy/invite/", {"customer": "9" * 5_000})

    assert (answer.status_code, answer.context["candidates"]) == (200, [])
