"""Pages after a session: who may open them, what they say, and that hidden words are on none of them."""

import csv
import io

import pytest

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.feedback.models import Feedback
from apps.panels.models import Action, ResearchSession, SessionNote, SessionRecording
from apps.tagging.models import Tagging
from tests.factories import CustomerFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.afterwards.making import attend, consent, make_session, note

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def session(team):
    return make_session(team=team, title="Lab day", summary="It drifts.", decisions=["Mend it", 7])


@pytest.fixture
def member(client, team):
    user = UserFactory(role=Role.ANALYST, team=team)
    client.force_login(user)
    return user


def test_the_summary_shows_what_was_said_and_hides_quotes_without_consent(client, member, session, team):
    ada, bob = CustomerFactory(name="Ada Open"), CustomerFactory(name="Bob Closed")
    consent(ada)
    tag = TagFactory(name="Drift", team=team)
    open_words = note(session, "Say it =loud.", speaker=attend(session, ada), is_quote=True, tags=[tag])
    note(session, "secretwords", speaker=attend(session, bob), is_quote=True, tags=[tag], is_need=True)
    note(session, "They need <b>speed</b>.", is_need=True)
    Action.objects.create(team=team, session=session, title="Fix the stage")
    SessionRecording.objects.create(session=session, title="Film", url="https://films.example/secretfilm")

    pages = {
        path: client.get(f"/sessions/{session.pk}/summary/{path}").content.decode()
        for path in ("", "notes/", "session.md", "notes.csv")
    }

    assert [("secretwords" in page, "secretfilm" in page) for page in pages.values()] == [(False, False)] * 4
    for words in ("Lab day", "It drifts.", "Mend it", "Drift", "Ada Open", "Fix the stage", "1 quote is hidden"):
        assert words in pages[""]
    assert "They need &lt;b&gt;speed&lt;/b&gt;." in pages[""]
    assert "They need \\<b\\>speed\\</b\\>." in pages["session.md"]
    rows = list(csv.reader(io.StringIO(pages["notes.csv"].removeprefix("\ufeff"))))
    assert [row[1] for row in rows] == ["speaker", "Ada Open", "", ""]
    consent(ada, is_given=False)
    assert open_words.text not in client.get(f"/sessions/{session.pk}/summary/").content.decode()


def test_a_cell_of_the_file_is_no_formula(client, member, session):
    note(session, "=1+1")

    assert b",'=1+1," in client.get(f"/sessions/{session.pk}/summary/notes.csv").content


def test_the_number_of_queries_does_not_grow_with_the_notes(client, member, session, django_assert_max_num_queries):
    for number in range(3):
        customer = CustomerFactory()
        consent(customer)
        note(session, f"Note {number}", speaker=attend(session, customer), is_quote=True, tags=[TagFactory()])

    with django_assert_max_num_queries(34):
        client.get(f"/sessions/{session.pk}/summary/")
    with django_assert_max_num_queries(28):
        client.get(f"/sessions/{session.pk}/summary/notes/")


def test_the_summary_is_written_and_what_another_wrote_meanwhile_is_not_lost(client, member, session):
    address = f"/sessions/{session.pk}/summary/edit/"
    read = client.get(address).context["form"]["read"].value()
    sent = {"summary": "Mine", "decisions": "One\n\nTwo", "read": read}
    ResearchSession.objects.filter(pk=session.pk).update(summary="Theirs")

    torn = client.post(address, sent)
    again = client.post(address, {**sent, "read": torn.context["form"]["read"].value()})

    assert (torn.status_code, again.status_code) == (422, 302)
    assert b"Theirs" in torn.content
    assert b"Mine" in torn.content
    session.refresh_from_db()
    assert (session.summary, session.decisions) == ("Mine", ["One", "Two"])
    assert client.post(address, {"summary": "x" * 20_001}).status_code == 422


def test_notes_become_feedback_by_a_click_all_by_another_and_back(client, member, session):
    notes = [note(session, f"Note {number}") for number in range(3)]
    base = f"/sessions/{session.pk}/summary/notes/"

    for _ in range(2):
        client.post(f"{base}{notes[0].pk}/promote/")
    assert Feedback.objects.count() == 1
    for _ in range(2):
        page = client.post(f"{base}promote/", follow=True).content.decode()
    assert Feedback.objects.count() == 3
    assert "They all are feedback already." in page
    client.post(f"{base}{notes[0].pk}/take-back/")

    assert SessionNote.objects.filter(feedback=None).get() == notes[0]


def test_a_part_of_a_note_is_tagged_by_its_words_or_its_place(client, member, session):
    TagFactory(name="Drift")
    said = note(session, "The stage drifts. Else fine.")
    address = f"/sessions/{session.pk}/summary/notes/{said.pk}/highlight/"

    client.post(address, {"tag": "nothing", "quoted": "stage"})
    client.post(address, {"tag": "drift", "quoted": "not there"})
    assert not Feedback.objects.exists()
    client.post(address, {"tag": "drift", "quoted": "stage"})
    client.post(address, {"tag": "drift", "quoted": "x", "span_start": "10", "span_end": "16"})

    assert sorted(Tagging.objects.values_list("span_start", "span_end")) == [(4, 9), (10, 16)]


def test_a_session_without_product_says_so_and_makes_nothing(client, member, team):
    session = make_session(team=team, product=None)
    said = note(session)

    page = client.post(f"/sessions/{session.pk}/summary/notes/{said.pk}/promote/", follow=True).content.decode()

    assert "which product this session is about" in page
    assert not Feedback.objects.exists()


def test_strangers_find_nothing_and_others_may_only_read(client, session):
    said = note(session)
    hidden = make_session(visibility=Visibility.RESTRICTED)
    client.force_login(UserFactory(role=Role.SCIENTIST))
    base = f"/sessions/{session.pk}/summary/"

    assert client.get(base).status_code == 200
    assert client.get(f"/sessions/{hidden.pk}/summary/").status_code == 404
    assert {
        path: client.post(f"{base}{path}").status_code
        for path in ("edit/", "notes/promote/", f"notes/{said.pk}/promote/", f"notes/{said.pk}/take-back/")
    } == dict.fromkeys(("edit/", "notes/promote/", f"notes/{said.pk}/promote/", f"notes/{said.pk}/take-back/"), 403)
    assert client.get(f"/sessions/{session.pk}/follow-up/").status_code == 403
    assert client.get(f"{base}notes/promote/").status_code == 405


def test_a_note_of_another_session_is_not_found_through_this_one(client, member, session):
    elsewhere = note(make_session(visibility=Visibility.RESTRICTED))

    assert client.post(f"/sessions/{session.pk}/summary/notes/{elsewhere.pk}/promote/").status_code == 404
