"""Digests: due in the person's own morning, written once, silent where there is nothing to tell."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.dialogue import digests, notes, preferences
from apps.dialogue.models import DigestRhythm, DigestSchedule, Mail, Notification
from apps.dialogue.wording import DigestLine, DigestPart
from tests.factories import FeedbackFactory, UserFactory

pytestmark = pytest.mark.django_db
SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_sections(monkeypatch):
    monkeypatch.setattr(digests, "_sections", {"dialogue.notifications": digests.notifications_section})


def make_due(user: User, rhythm: DigestRhythm = DigestRhythm.DAILY) -> DigestSchedule:
    preferences.set_rhythm(user=user, rhythm=rhythm)
    DigestSchedule.objects.filter(user=user).update(due_at=timezone.now() - timedelta(minutes=1))
    return DigestSchedule.objects.get(user=user)


@pytest.mark.parametrize(
    ("rhythm", "zone", "due"),
    [
        ("daily", "", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("weekly", "", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("daily", "Asia/Tokyo", datetime(2026, 11, 22, 22, tzinfo=UTC)),
        ("weekly", "America/Los_Angeles", datetime(2026, 11, 23, 15, tzinfo=UTC)),
        ("daily", "Not/There", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("off", "", None),
    ],
)
def test_a_digest_is_due_at_seven_of_ones_own_day(rhythm, zone, due):
    assert preferences.next_digest(rhythm, User(time_zone=zone), after=SUNDAY_NOON) == due


def test_a_weekly_digest_waits_a_week():
    monday = datetime(2026, 11, 23, 7, 0, 1, tzinfo=UTC)

    assert preferences.next_digest("weekly", User(), after=monday) == datetime(2026, 11, 30, 7, tzinfo=UTC)


def test_whoever_comes_back_has_digests_again():
    ada = UserFactory(is_active=False)
    make_due(ada)

    assert digests.write_one_digest() == 1

    assert Mail.objects.count() == 0
    assert DigestSchedule.objects.get(user=ada).due_at == preferences.next_digest("daily", ada, after=timezone.now())


def test_a_digest_is_written_once_and_says_what_waits(settle_dialogue):
    ada, bob = UserFactory(name="Ada"), UserFactory(name="Bob", role="scientist")
    feedback = FeedbackFactory()
    notes.add_note(feedback=feedback, author=bob, text="First")
    notes.add_note(feedback=feedback, author=ada, text="Second")
    make_due(bob)

    for _ in range(2):
        settle_dialogue()

    mail = Mail.objects.get()
    assert (mail.recipients, mail.subject) == ([bob.email], "Your customers yesterday")
    assert (
        f"- Ada wrote a note on feedback {feedback.pk}\n  http://localhost:8000/feedback/{feedback.pk}/#note-"
        in mail.body
    )
    assert Notification.objects.get().mailed_at is not None
    assert DigestSchedule.objects.get(user=bob).due_at > timezone.now()


def test_where_nothing_is_to_tell_no_mail_is_written():
    make_due(UserFactory())

    assert digests.write_one_digest() == 1
    assert digests.write_one_digest() == 0
    assert Mail.objects.count() == 0


def test_a_section_that_fails_is_left_out(caplog):
    def broken(user, since, until):
        raise RuntimeError("no")

    digests.register("broken", broken)
    digests.register("fine", lambda user, since, until: DigestPart("Queues", [DigestLine("It moved")]))
    make_due(UserFactory())

    assert digests.write_one_digest() == 1

    assert "It moved" in Mail.objects.get().body
    assert "The digest's section broken failed" in caplog.text


def test_nobody_disabled_gets_a_digest():
    gone = UserFactory(is_active=False)
    make_due(gone)
    digests.register("fine", lambda user, since, until: DigestPart("Queues", [DigestLine("It moved")]))

    assert digests.write_one_digest() == 1
    assert Mail.objects.count() == 0
    assert not digests.has_due_digest()


def test_everybody_is_enrolled_once():
    ada = UserFactory()
    UserFactory(is_active=False)

    assert [preferences.enrol_people() for _ in range(2)] == [1, 0]

    assert DigestSchedule.objects.get().user == ada
