"""Notes among staff: who is told, who is not, and what a second time does."""

import pytest
from django.core.exceptions import ValidationError

from apps.accounts.models import Role, User
from apps.catalog.models import Visibility
from apps.core.errors import DomainError
from apps.dialogue import notes, notifications
from apps.dialogue.models import Mail, Note, Notification, NotificationKind
from apps.feedback.models import FeedbackState
from tests.factories import AdministratorFactory, FeedbackFactory, ProductFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def told(kind: NotificationKind) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("user__name", flat=True))


def reader(name: str, **fields: object):
    return UserFactory(name=name, role=Role.SCIENTIST, **fields)


def test_a_note_tells_whom_it_names():
    author, bob = reader("Ada"), reader("Bob")

    written = notes.add_note(feedback=FeedbackFactory(), author=author, text="@Bob and @Ada, look")

    assert written.told == [bob]
    assert written.untold == []
    assert told(NotificationKind.MENTION) == ["Bob"]
    assert told(NotificationKind.NOTE) == []


def test_a_second_click_writes_one_note():
    feedback, author = FeedbackFactory(), reader("Ada")
    reader("Bob")

    for _ in range(2):
        notes.add_note(feedback=feedback, author=author, text="@Bob look")

    assert Note.objects.count() == 1
    assert told(NotificationKind.MENTION) == ["Bob"]


def test_who_took_part_hears_of_the_answer():
    feedback, ada, bob = FeedbackFactory(), reader("Ada"), reader("Bob")
    reader("Eve")
    notes.add_note(feedback=feedback, author=ada, text="What is this? @Eve")

    notes.add_note(feedback=feedback, author=bob, text="A bug. @Ada knows.")

    assert told(NotificationKind.MENTION) == ["Ada", "Eve"]
    assert told(NotificationKind.NOTE) == ["Eve"]


def test_who_may_not_open_the_feedback_is_not_told():
    team = TeamFactory()
    feedback = FeedbackFactory(product=ProductFactory(team=team), visibility=Visibility.TEAM)
    author, stranger = reader("Ada", team=team), reader("Sam")
    reader("Gone", team=team, is_active=False)

    written = notes.add_note(feedback=feedback, author=author, text="@Sam @Gone hello")

    assert written.untold == [stranger]
    assert Notification.objects.count() == 0


def test_who_has_no_role_is_not_told():
    author, visitor = reader("Ada"), UserFactory(name="Vis")

    written = notes.add_note(feedback=FeedbackFactory(), author=author, text="@Vis hello")

    assert written.untold == [visitor]
    assert Notification.objects.count() == 0


def test_what_is_held_is_told_to_its_moderators_alone():
    team = TeamFactory()
    feedback = FeedbackFactory(product=ProductFactory(team=team), state=FeedbackState.HELD)
    author = UserFactory(name="Ada", role=Role.ANALYST, team=team)
    colleague, other = UserFactory(name="Bob", role=Role.ANALYST, team=team), reader("Sam", team=team)

    written = notes.add_note(feedback=feedback, author=author, text="@Bob @Sam is this spam?")

    assert (written.told, written.untold) == ([colleague], [other])


def test_who_lost_their_role_reads_no_note_among_what_they_were_told():
    author, bob = reader("Ada"), reader("Bob")
    notes.add_note(feedback=FeedbackFactory(), author=author, text="@Bob the secret plan")
    bob.memberships.all().delete()

    (entry,) = notifications.told_page(User.objects.get(pk=bob.pk)).entries

    assert (entry.quote, entry.is_open) == ("", False)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (Note.CHARACTERS + 1)])
def test_a_blank_or_endless_note_is_refused(text):
    with pytest.raises(ValidationError):
        notes.add_note(feedback=FeedbackFactory(), author=reader("Ada"), text=text)

    assert Note.objects.count() == 0


def test_an_edit_tells_only_the_newly_named():
    feedback, ada = FeedbackFactory(), reader("Ada")
    reader("Bob"), reader("Eve")
    note = notes.add_note(feedback=feedback, author=ada, text="@Bob look").note

    for _ in range(2):
        notes.edit_note(note=note, user=ada, text="@Bob @Eve look")

    note.refresh_from_db()
    assert (note.text, note.edited_at is not None) == ("@Bob @Eve look", True)
    assert told(NotificationKind.MENTION) == ["Bob", "Eve"]
    assert told(NotificationKind.NOTE) == []


def test_only_the_author_edits():
    note = notes.add_note(feedback=FeedbackFactory(), author=reader("Ada"), text="mine").note

    with pytest.raises(DomainError):
        notes.edit_note(note=note, user=AdministratorFactory(), text="theirs")

    note.refresh_from_db()
    assert note.text == "mine"


def test_a_deleted_note_is_taken_back_and_comes_again():
    feedback, ada = FeedbackFactory(), reader("Ada")
    reader("Bob")
    note = notes.add_note(feedback=feedback, author=ada, text="@Bob look").note

    for _ in range(2):
        notes.delete_note(note=note, user=ada)

    assert notes.notes_on(feedback) == []
    assert Notification.objects.count() == 0

    notes.restore_note(note=note, user=ada)

    assert notes.notes_on(feedback) == [note]


def test_others_may_not_delete_but_administrators_may():
    note = notes.add_note(feedback=FeedbackFactory(), author=reader("Ada"), text="mine").note

    with pytest.raises(DomainError):
        notes.delete_note(note=note, user=reader("Bob"))
    notes.delete_note(note=note, user=AdministratorFactory())

    note.refresh_from_db()
    assert note.deleted_at is not None


def test_what_an_administrator_deleted_its_author_cannot_bring_back():
    ada, administrator = reader("Ada"), AdministratorFactory()
    note = notes.add_note(feedback=FeedbackFactory(), author=ada, text="mine").note
    notes.delete_note(note=note, user=administrator)
    notes.delete_note(note=note, user=ada)  # deleted already: it stays the administrator's doing

    for user in (ada, reader("Bob")):
        with pytest.raises(DomainError):
            notes.restore_note(note=note, user=user)

    assert notes.notes_on(note.feedback) == []
    for _ in range(2):
        notes.restore_note(note=note, user=AdministratorFactory())
    assert notes.notes_on(note.feedback) == [note]
    notes.delete_note(note=note, user=ada)
    notes.restore_note(note=note, user=ada)
    assert notes.notes_on(note.feedback) == [note]


def test_notes_are_forgotten_with_the_customers_words(settle_dialogue):
    feedback, other = FeedbackFactory(), FeedbackFactory()
    ada = reader("Ada")
    reader("Bob")
    notes.add_note(feedback=feedback, author=ada, text="@Bob she said: secret")
    kept = notes.add_note(feedback=other, author=ada, text="@Bob kept").note
    settle_dialogue()

    forgotten = [notes.forget_notes([feedback.pk]) for _ in range(2)]

    assert forgotten == [1, 0]
    assert list(Note.objects.order_by("pk").values_list("text", flat=True)) == ["", kept.text]
    assert ["secret" in body for body in Mail.objects.values_list("body", flat=True)] == [False, False]


def test_a_conversation_is_read_in_two_queries(django_assert_num_queries):
    feedback, ada = FeedbackFactory(), reader("Ada")
    for number in range(3):
        notes.add_note(feedback=feedback, author=ada, text=f"Note {number}")

    with django_assert_num_queries(2):
        found = notes.notes_on(feedback)
        assert [str(note.author) for note in found] == ["Ada"] * 3
