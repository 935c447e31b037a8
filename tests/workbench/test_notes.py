"""Writing notes on a feedback's page."""

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.catalog.models import Visibility
from apps.dialogue import notes
from apps.dialogue.models import Note
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def ada(client):
    user = UserFactory(name="Ada", role=Role.SCIENTIST)
    client.force_login(user)
    return user


def url_of(name: str, note: Note) -> str:
    return reverse(f"workbench:{name}", args=[note.feedback_id, note.pk])


def test_a_note_is_written_and_shown(client, ada):
    feedback = FeedbackFactory()
    url = reverse("workbench:add-note", args=[feedback.pk])

    plain = client.post(url, {"text": "Seen in <b>lab 3</b>"})
    swapped = client.post(url, {"text": "@Ada and more"}, headers=FRAGMENT)

    assert (plain.status_code, plain.url) == (302, f"/feedback/{feedback.pk}/#notes")
    assert '<section class="notes" id="notes"' in swapped.content.decode()
    assert "<html" not in swapped.content.decode()
    assert "Seen in &lt;b&gt;lab 3&lt;/b&gt;" in swapped.content.decode()
    assert Note.objects.count() == 2


def test_a_blank_note_keeps_the_page_and_says_why(client, ada):
    url = reverse("workbench:add-note", args=[FeedbackFactory().pk])

    page = client.post(url, {"text": "  "})

    assert page.status_code == 422
    assert "Write something first." in page.content.decode()


def test_a_note_too_long_comes_back_whole(client, ada):
    text = "word " * 1000
    page = client.post(reverse("workbench:add-note", args=[FeedbackFactory().pk]), {"text": text}, headers=FRAGMENT)

    assert text.strip() in page.content.decode()
    assert Note.objects.count() == 0


def test_nobody_floods_others_with_notes(client, ada, monkeypatch):
    monkeypatch.setattr("apps.workbench.room.notes.NOTE_LIMIT", "2/h")
    url = reverse("workbench:add-note", args=[FeedbackFactory().pk])

    pages = [client.post(url, {"text": f"@Sam look {number}"}) for number in range(3)]

    assert [page.status_code for page in pages] == [302, 302, 422]
    assert "@Sam look 2" in pages[2].content.decode()
    assert Note.objects.count() == 2


def test_who_could_not_be_told_is_named(client, ada):
    team = ada.memberships.get().team
    UserFactory(name="Sam", role=Role.SCIENTIST)
    feedback = FeedbackFactory(product=ProductFactory(team=team), visibility=Visibility.TEAM)

    page = client.post(reverse("workbench:add-note", args=[feedback.pk]), {"text": "@Sam look"})

    assert "Not told, because they may not open this feedback: Sam." in page.content.decode()


def test_a_deleted_note_can_be_brought_back(client, ada):
    note = notes.add_note(feedback=FeedbackFactory(), author=ada, text="Mine").note

    gone = client.post(url_of("delete-note", note), headers=FRAGMENT).content.decode()
    back = client.post(url_of("restore-note", note), headers=FRAGMENT).content.decode()

    assert ("Undo" in gone, "Mine" in gone) == (True, False)
    assert "Mine" in back


def test_undo_of_what_an_administrator_deleted_is_refused_to_its_author(client, ada):
    note = notes.add_note(feedback=FeedbackFactory(), author=ada, text="Mine").note
    notes.delete_note(note=note, user=AdministratorFactory())

    page = client.post(url_of("restore-note", note), follow=True)

    assert "Only who deleted the note, or an administrator, can bring it back." in page.content.decode()
    note.refresh_from_db()
    assert note.deleted_at is not None


def test_another_persons_note_stays_as_it_is(client, ada):
    note = notes.add_note(feedback=FeedbackFactory(), author=UserFactory(role=Role.SCIENTIST), text="Theirs").note

    client.post(url_of("edit-note", note), {"text": "Mine"})
    client.post(url_of("delete-note", note))

    note.refresh_from_db()
    assert (note.text, note.deleted_at) == ("Theirs", None)


@pytest.mark.parametrize("name", ["add-note", "edit-note", "delete-note", "restore-note", "mention-people"])
def test_notes_of_feedback_one_may_not_read_are_not_there(client, ada, name):
    feedback = FeedbackFactory(product=ProductFactory(team=TeamFactory()), visibility=Visibility.TEAM)
    note = Note.objects.create(feedback=feedback, author=ada, text="secret")
    keys = [feedback.pk] if name in ("add-note", "mention-people") else [feedback.pk, note.pk]
    call = client.get if name == "mention-people" else client.post

    answer = call(reverse(f"workbench:{name}", args=keys), {"text": "x"})

    assert (answer.status_code, "secret" in answer.content.decode()) == (404, False)


def test_a_note_is_found_under_its_own_feedback_alone(client, ada):
    note = notes.add_note(feedback=FeedbackFactory(), author=ada, text="Mine").note

    answer = client.post(reverse("workbench:delete-note", args=[FeedbackFactory().pk, note.pk]))

    assert answer.status_code == 404


def test_people_are_offered_beside_an_at(client, ada):
    UserFactory(name="Bob Brown"), UserFactory(name="Bo Gone", is_active=False)

    answer = client.get(reverse("workbench:mention-people", args=[FeedbackFactory().pk]), {"q": "bo"})

    assert answer.json() == {"people": ["Bob Brown"]}


def test_a_change_that_is_refused_loses_no_words(client, ada):
    note = notes.add_note(feedback=FeedbackFactory(), author=ada, text="Mine").note
    notes.delete_note(note=note, user=ada)

    for headers in (FRAGMENT, {}):
        page = client.post(url_of("edit-note", note), {"text": "Half an hour of words"}, headers=headers)

        assert "Half an hour of words</textarea>" in page.content.decode()
        assert "only while it stands" in page.content.decode()
