"""Pages of sessions as staff use them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.panels.models import ResearchSession, SessionKind, Study
from apps.panels.planning import incentives, participants, services
from tests.factories import CustomerFactory, TeamFactory, UserFactory
from tests.panels.planning.making import invited, later, lead_of, make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory(name="Optics", slug="optics")


@pytest.fixture
def analyst(team, client):
    user = UserFactory(role=Role.ANALYST, team=team, name="Ana Lyst")
    client.force_login(user)
    return user


def filled(**fields: str) -> dict[str, str]:
    return {
        "title": "Drift at night",
        "minutes": "60",
        "time_zone": "Europe/Berlin",
        "capacity": "2",
        "observer_seats": "1",
        "visibility": "everyone",
        "currency": "EUR",
        "agenda": "10 Welcome\n5 min: Thanks\nOpen end",
        "questions": "Why?\n\n  How   come?",
        "budget": "12.5",
        **fields,
    }


@pytest.mark.parametrize("kind", SessionKind.values)
def test_each_kind_begins_with_a_template_that_makes_a_session(client, team, analyst, kind):
    url = f"{reverse('sessions:create')}?team=optics&kind={kind}"
    form = client.get(url).context["form"]
    sent = {name: form.initial.get(name) or "" for name in form.fields} | {"title": "Made"}
    sent = {name: value for name, value in sent.items() if value is not False}

    assert client.post(url, sent).status_code == 302

    made = ResearchSession.objects.get()
    assert (made.kind, made.state, made.staff.get().user) == (kind, "draft", analyst)
    assert sum(row["minutes"] for row in made.agenda) == form.initial["minutes"] >= 60
    assert len(made.questions) >= 5


def test_a_session_is_made_from_what_was_written(client, team, analyst):
    url = f"{reverse('sessions:create')}?team=optics&kind=interview"

    client.post(url, filled(day="2027-03-27", at="10:00", new_study="Drift"))

    made = ResearchSession.objects.get()
    assert made.agenda == [
        {"title": "Welcome", "minutes": 10},
        {"title": "Thanks", "minutes": 5},
        {"title": "Open end", "minutes": 0},
    ]
    assert (made.questions, made.budget_minor, made.study.name) == (["Why?", "How come?"], 1_250, "Drift")
    assert (made.state, made.starts_at.isoformat()) == ("planned", "2027-03-27T09:00:00+00:00")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"day": "2027-03-28", "at": "02:30"}, "clocks are put forward"),
        ({"day": "2027-03-28"}, "both the day and the time"),
        ({"visibility": "restricted"}, "Select a valid choice"),
        ({"title": "  "}, "This field is required"),
        ({"capacity": "0"}, "greater than or equal to 1"),
        ({"time_zone": "Mars/Base"}, "Select a valid choice"),
        ({"day": "9999-12-31", "at": "23:59", "minutes": "20160"}, "too far away"),
        ({"questions": "x\n" * 61}, "At most 60 lines"),
    ],
)
def test_what_cannot_be_comes_back_with_what_to_do_and_nothing_lost(client, team, analyst, fields, problem):
    answer = client.post(f"{reverse('sessions:create')}?team=optics&kind=interview", filled(**fields))

    assert (answer.status_code, ResearchSession.objects.count()) == (422, 0)
    assert problem in answer.content.decode()
    assert "5 min: Thanks" in answer.content.decode()


def test_a_time_that_comes_twice_is_the_first_and_that_is_said(client, team, analyst):
    url = f"{reverse('sessions:create')}?team=optics&kind=interview"

    page = client.post(url, filled(day="2027-10-31", at="02:30"), follow=True).content.decode()

    assert ResearchSession.objects.get().starts_at.isoformat() == "2027-10-31T00:30:00+00:00"
    assert "comes twice" in page


def test_the_form_of_a_session_gives_back_what_it_is(client, team, analyst):
    session = make_session(team=team, days=20)
    url = reverse("sessions:edit", args=[session.pk])
    form = client.get(url).context["form"]
    sent = {name: form.initial.get(name) or "" for name in form.fields}
    before = ResearchSession.objects.values().get()

    answer = client.post(url, {name: value for name, value in sent.items() if value is not False})

    assert (answer.status_code, ResearchSession.objects.values().get()) == (302, before)


def test_the_page_of_a_session_costs_as_much_for_three_as_for_one(client, team, analyst):
    session = make_session(team=team, capacity=9, budget_minor=5_000)
    url = reverse("sessions:session", args=[session.pk])
    costs = []
    for count in (1, 2):
        for participant in invited(session, count):
            participants.accept(participant_id=participant.pk)
            incentives.propose(participant_id=participant.pk, amount_minor=100, kind="", proposed_by=lead_of(session))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1] <= QUERIES_OF_A_SESSION


def test_the_list_costs_as_much_for_three_as_for_one(client, team, analyst, django_assert_num_queries):
    for count in (1, 2):
        for _ in range(count):
            make_session(team=team, created_by=analyst)
        with django_assert_num_queries(QUERIES_OF_THE_LIST):
            assert client.get(reverse("sessions:list")).status_code == 200


QUERIES_OF_A_SESSION = 26
QUERIES_OF_THE_LIST = 9


def test_lists_show_what_is_asked_for_and_nothing_hidden(client, team, analyst):
    other = TeamFactory(slug="lasers")
    make_session(team=team, title="Coming", created_by=analyst)
    make_session(team=team, title="Undated", days=None)
    services.cancel_session(session_id=make_session(team=team, title="Gone").pk)
    make_session(team=other, title="Theirs")
    make_session(team=other, title="Hidden", visibility=Visibility.TEAM)

    def titles(query: str) -> list[str]:
        page = client.get(f"{reverse('sessions:list')}?{query}").context["page"]
        return [one.title for one in page.object_list]

    assert titles("") == ["Undated", "Coming", "Theirs"]
    assert titles("when=mine") == ["Coming"]
    assert titles("when=past") == ["Gone"]
    assert titles("team=lasers") == ["Theirs"]
    assert titles("kind=workshop") == []
    assert titles("kind=x&product=99999999999999999999&panel=x&team=%20&page=-1&when=x") == titles("")


def test_the_month_has_a_session_on_its_day_in_the_readers_zone(client, team, analyst):
    type(analyst).objects.filter(pk=analyst.pk).update(time_zone="Pacific/Auckland")
    starts_at = later(10).replace(hour=20)
    session = make_session(team=team, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    day = (starts_at + timedelta(hours=13)).date()

    month = client.get(f"{reverse('sessions:calendar')}?month={day:%Y-%m}").context["month"]

    days = [one for week in month.weeks for one in week]
    assert [one.on for one in days if one.sessions] == [day]
    assert (len(days) % 7, days[0].on.weekday(), session in days[[one.on for one in days].index(day)].sessions) == (
        0, 0, True,
    )  # fmt: skip
    for odd in ("2026-13", "0001-01", "9999-12", "x" * 7):
        assert client.get(f"{reverse('sessions:calendar')}?month={odd}").status_code == 200


def test_inviting_comes_back_with_the_choice_where_somebody_was_asked_lately(client, team, analyst):
    first, second = make_session(team=team), make_session(team=team)
    (tired,) = invited(first)
    fresh = CustomerFactory(name="Freya Fresh")
    url = reverse("sessions:invite", args=[second.pk])
    chosen = [tired.customer_id, fresh.pk]

    shown = client.get(url, {"customer": chosen}).content.decode()
    assert ("asked" in shown, shown.count(" checked")) == (True, 2)
    assert "Freya Fresh" in client.get(url, {"q": "eya fre"}).content.decode()
    answer = client.post(url, {"customer": chosen})
    assert (answer.status_code, second.participants.count()) == (422, 0)
    assert answer.content.decode().count(" checked") == 2

    assert client.post(url, {"customer": chosen, "override_reason": "Asked for it"}).status_code == 302
    assert second.participants.count() == 2


def test_addresses_of_customers_are_for_those_who_run_research(client, team, analyst):
    session = make_session(team=team)
    (participant,) = invited(session, email="secret@example.org", name="Ada")
    url = reverse("sessions:session", args=[session.pk])

    assert "secret@example.org" in client.get(url).content.decode()
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    page = client.get(url).content.decode()
    assert ("Ada" in page, "secret@example.org" in page, participant.key.hex in page) == (True, False, False)


def test_what_belongs_to_another_session_is_not_there(client, team, analyst):
    session, other = make_session(team=team), make_session(team=TeamFactory())
    (participant,) = invited(other)

    answer = client.post(reverse("sessions:take-back", args=[session.pk, participant.pk]))

    participant.refresh_from_db()
    assert (answer.status_code, participant.state) == (404, "invited")


def test_attendance_is_marked_for_all_at_once(client, team, analyst):
    session = make_session(team=team, capacity=2, created_by=analyst)
    ada, ben = invited(session, 2)
    for one in (ada, ben):
        participants.accept(participant_id=one.pk)
    services.start_session(session=session)

    client.post(
        reverse("sessions:attendance", args=[session.pk]),
        {f"p{ada.pk}": "yes", f"p{ben.pk}": "no", f"u{analyst.pk}": "yes", f"m{analyst.pk}": "45", "p99": "yes"},
    )

    assert [one.state for one in session.participants.order_by("pk")] == ["attended", "missed"]
    assert session.staff.values_list("has_attended", "minutes").get() == (True, 45)


def test_the_file_of_incentives_holds_ones_own_and_no_formula(client, team, analyst):
    for owner, kind in ((team, "=1+1"), (TeamFactory(), "theirs")):
        session = make_session(team=owner, budget_minor=5_000)
        (participant,) = invited(session)
        participants.accept(participant_id=participant.pk)
        incentives.propose(participant_id=participant.pk, amount_minor=1_250, kind=kind, proposed_by=lead_of(session))

    answer = client.get(reverse("sessions:export-incentives"))
    text = b"".join(answer.streaming_content).decode()

    assert (len(text.splitlines()), "'=1+1,12.50,EUR" in text, "theirs" in text) == (2, True, False)
    assert client.get(reverse("sessions:incentives")).context["sums"][0][1] == "12.50\u00a0EUR"


def test_a_script_in_a_title_stays_text(client, team, analyst):
    session = make_session(team=team, title="<script>alert(1)</script>", place="javascript:alert(1)", purpose="</dl>")

    for url in (
        reverse("sessions:list"),
        reverse("sessions:session", args=[session.pk]),
        f"{reverse('sessions:calendar')}?month={session.starts_at:%Y-%m}",
    ):
        page = client.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert 'href="javascript:' not in page


def test_a_link_that_is_none_is_refused_as_a_pre_read(client, team, analyst):
    session = make_session(team=team)
    url = reverse("sessions:add-material", args=[session.pk])

    for sent in ({"title": "x", "url": "javascript:alert(1)"}, {"title": "x"}, {"title": "x", "url": "ftp://x/y"}):
        client.post(url, sent)
    assert session.materials.count() == 0
    for _ in range(2):
        client.post(url, {"title": "Read me", "url": "example.org/paper"})
    assert session.materials.get().url == "https://example.org/paper"


def test_a_study_is_made_with_its_session_or_not_at_all(client, team, analyst):
    session = make_session(team=team, capacity=2)
    for one in invited(session, 2):
        participants.accept(participant_id=one.pk)
    url = reverse("sessions:edit", args=[session.pk])

    answer = client.post(url, filled(day="2027-03-27", at="10:00", capacity="1", new_study="Drift"))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["capacity"])
    assert not Study.objects.exists()


def test_what_customers_get_is_for_those_who_run_research(client, team, analyst):
    session = make_session(team=team, budget_minor=10_000)
    (one,) = invited(session)
    participants.accept(participant_id=one.pk)
    incentives.propose(participant_id=one.pk, amount_minor=7_300, kind="Voucher", proposed_by=analyst)
    url = reverse("sessions:session", args=[session.pk])

    shown = client.get(url).content.decode()
    client.force_login(UserFactory(role=Role.SCIENTIST, team=team))
    hidden = client.get(url).content.decode()

    assert [("Voucher" in page, "73" in page and "Incentives" in page) for page in (shown, hidden)] == [
        (True, True),
        (False, False),
    ]
