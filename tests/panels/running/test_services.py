"""Notes of a session: written once, changed by several without loss, deleted and brought back."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Role
from apps.core.errors import DomainError
from apps.panels.models import Problem, SessionNote, SessionState, Task
from apps.panels.running import selectors, services
from apps.panels.running.errors import NoteChangedError
from apps.panels.running.services import NoteWords
from tests.factories import FeedbackFactory, TagFactory, TeamFactory, UserFactory
from tests.panels.running.rows import TEN, consent, join, make_session, make_study, take_note

pytestmark = pytest.mark.django_db
KEY = UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def team():
    return TeamFactory()


@pytest.fixture
def author(team):
    return UserFactory(role=Role.SCIENTIST, team=team)


@pytest.fixture
def session(team):
    return make_session(team=team, study=make_study(team=team))


def test_a_note_keeps_everything_that_was_said_of_it(session, author):
    speaker, tag = join(session), TagFactory(name="Drift")
    task = Task.objects.create(study=session.study, position=1, title="Align")
    problem = Problem.objects.create(study=session.study, title="Knob not found")

    note = take_note(
        session, author, " Where\r\nis it? ", speaker=speaker, is_quote=True, is_need=True, tags=(tag,), task=task,
        problem=problem,
    )  # fmt: skip

    note = SessionNote.objects.get(pk=note.pk)
    kept = (note.text, note.at, note.speaker, note.is_quote, note.is_need, note.task, note.problem)
    assert kept == ("Where\nis it?", TEN, speaker, True, True, task, problem)
    assert (list(note.tags.all()), note.revision, note.change_number) == ([tag], 1, 1)


def test_the_same_key_twice_is_one_note_as_it_stands(session, author):
    first = take_note(session, author, "First", client_key=KEY)
    services.change_note(note=first, user=author, revision=1, words=NoteWords(text="Better"))

    again = take_note(session, author, "First", client_key=KEY)

    assert (again.pk, again.text, SessionNote.objects.count()) == (first.pk, "Better", 1)


def test_a_key_of_somebody_else_tells_nothing(session, author, team):
    take_note(session, author, "zebra", client_key=KEY)
    other = UserFactory(role=Role.SCIENTIST, team=team)

    with pytest.raises(DomainError) as refusal:
        take_note(session, other, "Mine", client_key=KEY)

    assert "zebra" not in str(refusal.value)


def test_a_time_to_come_and_one_before_the_session_are_put_right(session, author):
    late = take_note(session, author, at=timezone.now() + timedelta(hours=3))
    early = take_note(session, author, at=TEN - timedelta(days=400))

    assert late.at <= timezone.now()
    assert early.at == session.created_at


@pytest.mark.parametrize("state", ["draft", "polling", "planned", "cancelled"])
def test_no_notes_before_the_start(team, author, state):
    session = make_session(team=team, state=state)

    with pytest.raises(DomainError):
        take_note(session, author)


def test_notes_are_still_taken_after_the_end(team, author):
    session = make_session(team=team, state=SessionState.DONE)

    assert take_note(session, author).pk


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\ufeff", "x" * 4_001])
def test_words_that_are_none_or_too_many_are_refused(session, author, text):
    with pytest.raises(ValidationError) as refusal:
        take_note(session, author, text)

    assert list(refusal.value.message_dict) == ["text"]
    assert not SessionNote.objects.exists()


def test_what_is_of_another_session_or_study_is_refused(session, author, team):
    elsewhere = make_session(team=team, study=make_study(team=team, name="Another"))
    task = Task.objects.create(study=elsewhere.study, position=1, title="Other")

    with pytest.raises(ValidationError) as refusal:
        take_note(session, author, speaker=join(elsewhere), task=task)

    assert sorted(refusal.value.message_dict) == ["speaker", "task"]


def test_a_quote_needs_its_speaker(session, author):
    with pytest.raises(ValidationError) as refusal:
        take_note(session, author, is_quote=True)

    assert list(refusal.value.message_dict) == ["speaker"]


def test_two_editors_overwrite_nothing(session, author, team):
    analyst = UserFactory(role=Role.ANALYST, team=team)
    note = take_note(session, author, "First")
    services.change_note(note=note, user=analyst, revision=1, words=NoteWords(text="Theirs"))

    with pytest.raises(NoteChangedError) as conflict:
        services.change_note(note=note, user=author, revision=1, words=NoteWords(text="Mine"))

    assert (conflict.value.note.text, conflict.value.note.revision) == ("Theirs", 2)
    assert SessionNote.objects.get().text == "Theirs"


def test_a_change_sent_twice_changes_once(session, author):
    note = take_note(session, author, "First")

    for _ in range(2):
        note = services.change_note(note=note, user=author, revision=1, words=NoteWords(text="Better"))

    assert (note.text, note.revision, note.change_number) == ("Better", 2, 2)


def test_who_may_change_a_note(session, author, team):
    note = take_note(session, author)
    other = UserFactory(role=Role.SCIENTIST, team=team)
    analyst_elsewhere = UserFactory(role=Role.ANALYST)

    for stranger in (other, analyst_elsewhere):
        with pytest.raises(DomainError):
            services.change_note(note=note, user=stranger, revision=1, words=NoteWords(text="Mine"))
        with pytest.raises(DomainError):
            services.delete_note(note=note, user=stranger)

    assert SessionNote.objects.filter(deleted_at=None, text=note.text).count() == 1


def test_what_became_feedback_stays_as_it_is(session, author):
    note = take_note(session, author)
    SessionNote.objects.update(feedback=FeedbackFactory())

    for act in (
        lambda: services.change_note(note=note, user=author, revision=1, words=NoteWords(text="Other")),
        lambda: services.delete_note(note=note, user=author),
    ):
        with pytest.raises(DomainError, match="has become feedback"):
            act()


def test_deleted_twice_and_brought_back_twice(session, author):
    note = take_note(session, author)

    numbers = [services.delete_note(note=note, user=author).change_number for _ in range(2)]
    gone = selectors.notes_of(session, user=author)
    with pytest.raises(DomainError, match="deleted"):
        services.change_note(note=note, user=author, revision=2, words=NoteWords(text="Other"))
    numbers += [services.restore_note(note=note, user=author).change_number for _ in range(2)]

    assert numbers == [2, 2, 3, 3]
    assert gone == []
    assert selectors.notes_of(session, user=author) == [note]


def test_since_a_number_misses_nothing_and_repeats_nothing(session, author):
    first, second = take_note(session, author, "One"), take_note(session, author, "Two")
    seen = selectors.changes_since(session, user=author, number=0)
    services.change_note(note=first, user=author, revision=1, words=NoteWords(text="One!"))
    services.delete_note(note=second, user=author)

    later = selectors.changes_since(session, user=author, number=seen.newest)
    nothing = selectors.changes_since(session, user=author, number=later.newest)

    assert [one.text for one in seen.shown] == ["One", "Two"]
    assert ([one.text for one in later.shown], later.deleted_ids, later.newest) == (["One!"], [second.pk], 4)
    assert (nothing.shown, nothing.deleted_ids, nothing.newest) == ([], [], 4)


def test_a_quote_is_hidden_from_others_as_long_as_its_speaker_does_not_consent(session, author, team):
    speaker, reader = join(session), UserFactory(role=Role.ANALYST, team=team)
    note = take_note(session, author, "zebra", speaker=speaker, is_quote=True)

    before = selectors.changes_since(session, user=reader, number=0)
    consent(speaker.customer)
    given = selectors.changes_since(session, user=reader, number=0)
    consent(speaker.customer, is_given=False)
    after = [selectors.changes_since(session, user=user, number=0) for user in (reader, author)]

    assert (before.shown[0].is_hidden, before.hidden_ids) == (True, [note.pk])
    assert (given.shown[0].text, given.hidden_ids) == ("zebra", [])
    for changes in (before, *after):
        assert "zebra" not in changes.shown[0].text + changes.shown[0].values_json
        assert changes.hidden_ids == [note.pk]


def test_a_quote_whose_words_are_hidden_does_not_become_a_plain_note(session, author):
    speaker = join(session)
    note = take_note(session, author, "zebra", speaker=speaker, is_quote=True)
    plain = NoteWords(text="zebra", speaker=speaker)

    with pytest.raises(ValidationError, match="does not consent"):
        services.change_note(note=note, user=author, revision=1, words=plain)
    consent(speaker.customer)

    assert not services.change_note(note=note, user=author, revision=1, words=plain).is_quote


def test_notes_of_a_session_that_one_may_not_open(team, author):
    session = make_session(team=team, visibility="restricted")
    take_note(session, author)

    assert selectors.notes_of(session, user=UserFactory(role=Role.ANALYST, team=team)) == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_numbers_one_after_another_and_one_key_is_one_note():
    team = TeamFactory()
    author = UserFactory(role=Role.SCIENTIST, team=team)
    session = make_session(team=team)
    barrier, failures = Barrier(4), []

    def write(keys):
        try:
            barrier.wait(10)
            for key in keys:
                take_note(session, author, str(key), client_key=key)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    shared = [uuid4(), uuid4()]
    threads = [Thread(target=write, args=([uuid4(), *shared],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert failures == []
    numbers = SessionNote.objects.order_by("change_number").values_list("change_number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
