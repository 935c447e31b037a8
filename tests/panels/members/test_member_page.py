"""The page behind the mailed link: no account, no cookie, nothing changed by a GET, nothing of others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.feedback import links as form_links
from apps.feedback.selectors import form_by_slug
from apps.feedback.services import dedupe
from apps.feedback.services.submission import answered_links
from apps.panels.members import answers, ballots, links, onboarding
from apps.panels.models import (
    Action,
    ActionState,
    Material,
    PanelState,
    ParticipantState,
    Seat,
    SeatState,
    SessionKind,
    SessionState,
    Vote,
)
from apps.panels.planning.tokens import token_of
from tests.factories import CustomerFactory, FeedbackFactory, ProductFactory, make_form
from tests.panels.making import PanelFactory, ParticipantFactory, SeatFactory, SessionFactory

NOW = timezone.now()


@pytest.fixture
def seat(panel):
    return SeatFactory(panel=panel, customer=CustomerFactory(name="Mia", time_zone="Asia/Tokyo"))


@pytest.fixture
def member(seat):
    return answers.accept(seat=seat, today=timezone.localdate())


def page_of(seat: Seat) -> str:
    return f"/p/{links.token_of(seat)}/"


def test_looking_changes_nothing_and_sets_no_cookie(client, seat):
    answer = client.get(page_of(seat))

    assert answer.status_code == 200
    assert not answer.cookies
    headers = [answer[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")]
    assert headers == ["no-store", "noindex", "no-referrer"]
    assert b"<script" not in answer.content
    assert b"We meet each quarter." in answer.content
    assert b"Accept" in answer.content
    assert client.get(page_of(seat), {"do": "accept"}).status_code == 200
    assert Seat.objects.get().state == SeatState.INVITED


def test_one_press_accepts_and_the_page_is_theirs(client, seat):
    answer = client.post(f"{page_of(seat)}?lang=de", {"do": "accept"})

    assert (answer.status_code, answer["Location"]) == (303, f"{page_of(seat)}?lang=de")
    assert Seat.objects.get().state == SeatState.ACCEPTED
    assert client.post(page_of(seat), {"do": "accept"}).status_code == 303
    assert "What happened with our input" in client.get(page_of(seat)).content.decode()


def test_declining_and_leaving_take_a_word_of_why(client, seat):
    client.post(page_of(seat), {"do": "decline", "reason": "No time"})
    assert Seat.objects.values_list("state", "reason").get() == (SeatState.DECLINED, "No time")

    client.post(page_of(seat), {"do": "accept"})
    client.post(page_of(seat), {"do": "leave", "reason": "Moved on"})

    assert Seat.objects.values_list("state", "reason").get() == (SeatState.LEFT, "Moved on")
    assert client.post(page_of(seat), {"do": "accept"}).status_code == 409
    assert "You have left" in client.get(page_of(seat)).content.decode()


@pytest.mark.parametrize(("sent", "status"), [({}, 422), ({"do": "burn"}, 422), ({"do": "leave"}, 409)])
def test_what_is_no_answer_changes_nothing_and_says_so(client, seat, sent, status):
    answer = client.post(page_of(seat), sent)

    assert answer.status_code == status
    assert b'role="alert"' in answer.content
    assert Seat.objects.get().state == SeatState.INVITED


def test_a_full_panel_says_what_they_would_be_before_they_accept(client, team):
    panel = PanelFactory(team=team, seat_count=1, alternate_count=1, state=PanelState.ACTIVE)
    first, second, third = (SeatFactory(panel=panel) for _ in range(3))
    client.post(page_of(first), {"do": "accept"})

    assert "Accept as an alternate" in client.get(page_of(second)).content.decode()
    client.post(page_of(second), {"do": "accept"})
    assert 'value="accept"' not in client.get(page_of(third)).content.decode()
    assert client.post(page_of(third), {"do": "accept"}).status_code == 409


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
def test_the_page_speaks_five_languages(client, member, language):
    answer = client.get(f"{page_of(member)}?lang={language}")

    assert answer["Content-Language"] == language
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.content.decode()


def test_members_see_their_sessions_and_nothing_of_others(client, team, panel, member):
    def planned(title: str, **fields) -> object:
        plain = {"kind": SessionKind.ADVISORY, "state": SessionState.PLANNED, "starts_at": NOW + timedelta(days=3)}
        ends_at = NOW + timedelta(days=3, hours=1)
        return SessionFactory(**{"team": team, "panel": panel, "title": title, "ends_at": ends_at, **plain, **fields})

    mine = planned("My interview", kind=SessionKind.INTERVIEW, place="Room zebra")
    ParticipantFactory(session=mine, customer=member.customer, state=ParticipantState.ACCEPTED)
    ParticipantFactory(session=mine, customer=CustomerFactory(name="Stranger"), state=ParticipantState.ACCEPTED)
    poll = planned("Summer meeting", state=SessionState.POLLING, starts_at=None, ends_at=None)
    asked = ParticipantFactory(session=poll, customer=member.customer, state=ParticipantState.INVITED)
    planned("Somebody's poll", state=SessionState.POLLING, starts_at=None, ends_at=None)
    planned("Quarterly meeting", place="Hidden room", time_zone="Europe/Berlin")
    planned("Another's interview", kind=SessionKind.INTERVIEW)
    planned("Restricted meeting", visibility="restricted")
    planned("Draft meeting", state=SessionState.DRAFT)
    planned("Other panel's meeting", panel=PanelFactory(team=team))
    Material.objects.create(session=mine, title="Read this", url="https://docs.example/a")
    Material.objects.create(panel=panel, title="Charter in long", text="All of it.")

    page = client.get(page_of(member)).content.decode()

    told = [
        "My interview",
        "Summer meeting",
        f"/s/{token_of(asked)}/?lang=en",
        "Say when you can",
        "Quarterly meeting",
        "Room zebra",
        "Read this",
        "All of it.",
        "Europe/Berlin",
        "Asia/Tokyo",
    ]
    untold = ["Stranger", "Somebody", "Another", "Restricted", "Draft", "Other panel", "Hidden room"]
    assert [words for words in told if words not in page] == []
    assert [words for words in untold if words in page] == []


def test_members_see_what_came_of_it_and_what_is_theirs(client, team, panel, member):
    past = SessionFactory(
        team=team, panel=panel, kind=SessionKind.ADVISORY, title="Spring meeting", decisions=["Ship it in May."]
    )
    secret = SessionFactory(team=team, panel=panel, visibility="restricted")
    plain = {"team": team, "panel": panel}
    Action.objects.create(session=past, title="Write the manual", state=ActionState.DONE, outcome="It is out.", **plain)
    Action.objects.create(title="Hidden plan", is_shown_to_members=False, **plain)
    Action.objects.create(title="Of a secret session", session=secret, **plain)
    Action.objects.create(title="Of another panel", team=team, panel=PanelFactory(team=team))
    Action.objects.create(title="Send us a sample", seat=member, detail="staff words", **plain)
    Action.objects.create(
        title="Somebody else's task", seat=SeatFactory(panel=panel, state=SeatState.ACCEPTED), **plain
    )

    page = client.get(page_of(member)).content.decode()

    told = [
        "Spring meeting",
        "Ship it in May.",
        "Write the manual",
        "It is out.",
        "What you took on",
        "Send us a sample",
    ]
    untold = ["Hidden plan", "secret session", "another panel", "staff words", "Somebody else"]
    assert [words for words in told if words not in page] == []
    assert [words for words in untold if words in page] == []


def test_a_vote_is_cast_changed_and_its_results_come_at_the_end(client, panel, member):
    ballot = ballots.create_ballot(
        panel=panel, question="What first?", choices=["Speed", "Manual"], votes_each=1, closes_at=None, user=None
    )
    foreign = ballots.create_ballot(
        panel=PanelFactory(), question="Theirs", choices=["A", "B"], votes_each=1, closes_at=None, user=None
    )
    sent = {"do": "vote", "ballot": ballot.pk}

    for choice in (0, 1):
        assert client.post(page_of(member), {**sent, "choice": choice}).status_code == 303
    assert Vote.objects.values_list("ballot", "choices").get() == (ballot.pk, [1])
    assert "1 vote" not in client.get(page_of(member)).content.decode()
    answers_to_bad = [
        client.post(page_of(member), {**sent, **bad}).status_code
        for bad in ({"choice": [0, 1]}, {"choice": 7}, {"ballot": "x"}, {"ballot": foreign.pk, "choice": 0})
    ]
    assert answers_to_bad == [422, 422, 404, 404]

    ballots.show_results(ballot=ballot, are_shown=True)
    assert "1 vote" in client.get(page_of(member)).content.decode()
    ballots.close_ballot(ballot=ballot)
    assert "1 vote" in client.get(page_of(member)).content.decode()
    assert client.post(page_of(member), {**sent, "choice": 0}).status_code == 409


def test_the_onboarding_form_is_asked_until_it_is_answered_by_their_own_link(client, team, panel, member):
    form = make_form(product=ProductFactory(team=team), slug="welcome", title="Welcome")
    panel.onboarding_form = form
    panel.save(update_fields=["onboarding_form"])
    page = client.get(page_of(member)).content.decode()
    address = next(part for part in page.split('"') if "/f/welcome/?link=" in part)
    visitor = form_links.visitor_of(form_by_slug("welcome"), {"link": address.partition("link=")[2]})
    assert (visitor.person.email, visitor.link_nonce) == (member.customer.email, links.onboarding_nonce(member))
    assert onboarding.mark_onboarded() == 0

    FeedbackFactory(form=form, dedupe_key=dedupe.hash_parts("link", form.pk, visitor.link_nonce))

    assert answered_links(form.pk, [visitor.link_nonce, "other"]) == {visitor.link_nonce}
    assert "/f/welcome/" not in client.get(page_of(member)).content.decode()
    assert [onboarding.mark_onboarded() for _ in range(2)] == [1, 0]


def test_staff_write_into_the_page_and_nothing_of_it_is_markup(client, panel, member):
    Action.objects.create(team=panel.team, panel=panel, title="<b>bold</b>", outcome="<script>x</script>")

    page = client.get(page_of(member)).content.decode()

    assert "&lt;b&gt;bold" in page
    assert "<script>x" not in page


def test_strangers_find_nothing(client, member):
    assert client.get("/p/nonsense/").status_code == 404
    assert client.get(f"/p/{member.key.hex}/").status_code == 404
    assert client.put(page_of(member)).status_code == 405
