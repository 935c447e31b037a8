"""The live page and its notes over HTTP: with and without the script, by whom, and what a page is told."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.panels.models import SessionNote
from apps.panels.running import services
from tests.factories import TagFactory, TeamFactory, UserFactory
from tests.panels.running.rows import TEN, consent, join, make_session, take_note

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def author(team):
    return UserFactory(role=Role.SCIENTIST, team=team, name="Noor")


@pytest.fixture
def session(team):
    return make_session(team=team)


@pytest.fixture
def client(author):
    return signed_in(author)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def at(session, *rest):
    return "/".join(["/sessions", str(session.pk), "live", *map(str, rest)]) + "/"


def words(text="The stage drifts.", **fields):
    return {"client_key": str(uuid4()), "text": text, **fields}


def test_the_page_works_without_scripts(client, session):
    speaker, tag = join(session, name="Ada"), TagFactory(name="Drift")

    empty = client.get(at(session))
    sent = client.post(at(session, "notes"), words(speaker=speaker.pk, is_need="on", tags="drift"), follow=True)

    assert empty.status_code == 200
    assert "Nothing is noted yet" in empty.content.decode()
    page = sent.content.decode()
    assert sent.redirect_chain == [(at(session), 302)]
    for part in ("The stage drifts.", "Ada", "Need", "Drift", "Noted."):
        assert part in page
    note = SessionNote.objects.get()
    assert (note.speaker, list(note.tags.all())) == (speaker, [tag])


def test_a_refused_note_comes_back_with_its_words(client, session):
    answer = client.post(at(session, "notes"), words("My words", tags="no such tag"))

    assert answer.status_code == 422
    assert "There is no one tag" in answer.content.decode()
    assert "My words" in answer.content.decode()


def test_the_script_sends_a_note_twice_and_is_given_the_same(client, session):
    sent = words(at=int(TEN.timestamp() * 1000))

    told = [client.post(at(session, "notes"), sent, headers=SCRIPT).json()["note"] for _ in range(2)]

    first, again = ((one["id"], one["at"], one["revision"], one["number"]) for one in told)
    assert first == again == (SessionNote.objects.get().pk, int(TEN.timestamp() * 1000), 1, 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"client_key": "x"},
        {"text": ""},
        {"text": "a\0b"},
        {"at": "9" * 30},
        {"at": "-1"},
        {"speaker": "999999"},
        {"speaker": "x"},
        {"revision": "99999999999"},
        {"is_quote": "on"},
        {"tags": "nowhere"},
    ],
)
def test_bad_input_is_refused_in_a_sentence(client, session, bad):
    answer = client.post(at(session, "notes"), words(**bad) | bad, headers=SCRIPT)

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not SessionNote.objects.exists()


def test_a_page_is_told_what_changed_and_nothing_twice(client, session, author):
    first = take_note(session, author, "One <b>")
    url = at(session, "notes")
    all_of_it = client.get(url, {"since": "0"}, headers=SCRIPT)
    newest = all_of_it.json()["newest"]
    quiet = client.get(url, {"since": newest}, headers=SCRIPT)
    same = client.get(url, {"since": newest}, headers=SCRIPT | {"If-None-Match": quiet["ETag"]})
    take_note(session, author, "Two")
    news = client.get(url, {"since": newest}, headers=SCRIPT | {"If-None-Match": quiet["ETag"]})

    assert [note["id"] for note in all_of_it.json()["notes"]] == [first.pk]
    assert "One &lt;b&gt;" in all_of_it.json()["notes"][0]["html"]
    assert quiet.json()["notes"] == []
    assert (same.status_code, same.content) == (304, b"")
    assert int(same["X-Server-Time"]) > 1_700_000_000_000
    assert ["Two" in note["html"] for note in news.json()["notes"]] == [True]


def test_a_consent_taken_back_reaches_a_page_that_has_the_note_already(session, author, team):
    speaker = join(session)
    consent(speaker.customer)
    note = take_note(session, author, "zebra", speaker=speaker, is_quote=True)
    client, url = signed_in(UserFactory(role=Role.ANALYST, team=team)), at(session, "notes")
    before = client.get(url, {"since": "1"}, headers=SCRIPT)
    consent(speaker.customer, is_given=False)

    after = client.get(url, {"since": "1"}, headers=SCRIPT | {"If-None-Match": before["ETag"]})

    assert (before.json()["hidden"], after.status_code, after.json()["hidden"]) == ([], 200, [note.pk])
    for path in (at(session), url, at(session, "notes", note.pk)):
        assert b"zebra" not in client.get(path, headers=SCRIPT).content


@pytest.mark.parametrize("since", ["x", "-1", "9" * 40, "1.5", "²"])
def test_a_number_that_is_none_means_from_the_beginning(client, session, author, since):
    take_note(session, author)

    assert len(client.get(at(session, "notes"), {"since": since}).json()["notes"]) == 1


def test_a_conflict_gives_both_texts_back(client, session, author, team):
    note = take_note(session, author, "First")
    analyst = UserFactory(role=Role.ANALYST, team=team)
    services.change_note(note=note, user=analyst, revision=1, words=services.NoteWords(text="Theirs"))
    mine = {"text": "Mine", "revision": "1"}

    told = client.post(at(session, "notes", note.pk), mine, headers=SCRIPT)
    page = client.post(at(session, "notes", note.pk), mine)
    settled = client.post(at(session, "notes", note.pk), mine | {"revision": "2"}, follow=True)

    assert (told.status_code, told.json()["yours"], told.json()["theirs"]["text"]) == (409, "Mine", "Theirs")
    assert told.json()["theirs"]["revision"] == 2
    assert page.status_code == 409
    for part in ("Theirs", "Mine", 'name="revision" value="2"'):
        assert part in page.content.decode()
    assert "Saved." in settled.content.decode()
    assert SessionNote.objects.get().text == "Mine"


def test_a_note_is_deleted_and_brought_back(client, session, author):
    note = take_note(session, author)

    gone = client.post(at(session, "notes", note.pk, "delete"), headers=SCRIPT).json()
    missing = client.get(at(session, "notes", note.pk))
    back = client.post(gone["undo"], follow=True)

    assert gone["deleted"] == note.pk
    assert missing.status_code == 404
    assert "The note is back." in back.content.decode()


def test_who_comes_to_the_page_and_who_does_not(session, author, team):
    note = take_note(session, author)
    hidden = make_session(team=team, visibility="team")
    stranger, elsewhere = signed_in(UserFactory()), signed_in(UserFactory(role=Role.ANALYST))
    reads = [at(session), at(session, "notes"), at(session, "notes", note.pk)]
    writes = [at(session, "notes", note.pk, "delete"), at(session, "notes", note.pk, "restore")]

    assert {stranger.get(path).status_code for path in reads} == {403}
    assert {elsewhere.get(path).status_code for path in reads} == {403}  # they may read it, and not sit in
    assert {elsewhere.post(path).status_code for path in reads[1:] + writes} == {403}
    assert {elsewhere.get(at(hidden)).status_code, elsewhere.post(at(hidden, "notes")).status_code} == {404}
    assert {Client().get(path).status_code for path in reads} == {302}


def test_a_note_of_another_session_is_not_there(client, session, author, team):
    note = take_note(make_session(team=team), author)

    paths = [at(session, "notes", note.pk, *more) for more in ((), ("delete",), ("restore",))]

    assert {client.post(path, words()).status_code for path in paths} == {404}


def test_before_the_start_the_page_says_what_to_do(client, team):
    session = make_session(team=team, state="planned")

    page = client.get(at(session))
    refused = client.post(at(session, "notes"), words(), headers=SCRIPT)

    assert "does not run yet" in page.content.decode()
    assert (refused.status_code, SessionNote.objects.count()) == (422, 0)


@pytest.mark.parametrize("path", ["", "notes"])
def test_the_number_of_queries_does_not_grow(client, session, author, team, path):
    def ask():
        with CaptureQueriesContext(connection) as queries:
            client.get(at(session, *([path] if path else [])))
        return len(queries)

    def say():
        speaker = join(session)
        consent(speaker.customer)
        take_note(session, author, speaker=speaker, is_quote=True, tags=(TagFactory(),))

    say()
    one = ask()
    say()
    say()

    assert ask() == one


def test_what_the_script_is_told_cannot_leave_its_place(client, session, author):
    take_note(session, author, "</script><script>alert(1)</script>")

    page = client.get(at(session)).content.decode()
    told = client.get(at(session, "notes"))

    assert "<script>alert(1)" not in page
    assert told["Content-Type"] == "application/json"
    assert "<script>alert(1)" not in json.loads(told.content)["notes"][0]["html"]
