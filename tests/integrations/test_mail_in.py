"""Mail to feedback: once, whatever dies on the way; proven or claimed; what is left aside."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from apps.feedback.models import Channel, Feedback, Identity
from apps.integrations import mailboxes
from apps.integrations.mail import capturing, polling
from apps.integrations.mail.letter import read_head
from apps.integrations.mail.receiving import original_of, receive
from apps.integrations.models import InboundMail, Mailbox, MailState, Why
from tests.integrations import letters
from tests.integrations.conftest import imap_wishes
from tests.integrations.mailing import poll, take

pytestmark = pytest.mark.django_db


def test_a_mail_becomes_feedback_of_its_sender(server, mailbox, product):
    content = letters.plain("The stage drifts.\n\nBest,\nAda\n", Authentication_Results=letters.GENUINE)
    server.put(content)

    assert poll(mailbox).last_error == ""

    feedback = Feedback.objects.get()
    assert (feedback.text, feedback.channel, feedback.product) == (
        "Stage drifts\n\nThe stage drifts.",
        Channel.EMAIL,
        product,
    )
    assert (feedback.identity, feedback.customer.email, feedback.customer.name) == (
        Identity.VERIFIED,
        "ada@example.org",
        "Ada Lovelace",
    )
    assert feedback.context == {"subject": "Stage drifts"}
    mail = InboundMail.objects.get()
    assert (mail.state, mail.feedback, mail.proof, mail.message_id) == (
        MailState.CAPTURED,
        feedback,
        "DKIM example.org",
        "one@example.org",
    )
    assert original_of(mail).replace(b"\r\n", b"\n") == content
    assert "EXAMINE" in server.state.commands
    assert "STORE" not in server.state.commands


def test_a_sender_whom_nobody_proved_is_claimed(mailbox):
    mail = take(mailbox, letters.plain(Authentication_Results="mx.evil.example; dkim=pass header.d=example.org"))

    assert (mail.identity, mail.feedback.identity, mail.proof) == (Identity.CLAIMED, Identity.CLAIMED, "")
    assert mail.feedback.customer.verified_at is None


def test_the_same_mail_is_one_however_often_and_whichever_way_it_comes(server, mailbox, posted, client):
    server.put(letters.plain())
    poll(mailbox)
    poll(mailbox)
    server.renumber()
    poll(mailbox)
    other, path = posted()
    client.post(
        path, letters.plain(Received="by another way"), "message/rfc822", headers={"Authorization": "Bearer s3cret"}
    )
    poll(mailbox)

    assert Feedback.objects.count() == 1
    assert list(InboundMail.objects.order_by("pk").values_list("mailbox", "state")) == [
        (mailbox.pk, MailState.CAPTURED),
        (other.pk, MailState.REPEATED),
    ]


def test_other_words_under_the_same_message_id_are_another_mail(mailbox):
    take(mailbox, letters.plain("One."))
    take(mailbox, letters.plain("Two."))

    assert Feedback.objects.count() == 2


def test_a_line_that_dies_half_way_loses_nothing_and_doubles_nothing(server, mailbox):
    for number in range(5):
        server.put(letters.plain(f"Number {number}.", message_id=f"<{number}@example.org>", subject=""))
    server.state.hang_up_after = 2

    first = poll(mailbox)
    assert (first.last_uid, first.failures, Feedback.objects.count()) == (2, 1, 2)
    assert first.last_error
    assert first.next_poll_at > timezone.now() + timedelta(seconds=90)
    server.state.hang_up_after = None
    second = poll(mailbox)

    assert (second.last_uid, second.failures, second.last_error) == (5, 0, "")
    assert sorted(Feedback.objects.values_list("text", flat=True)) == [f"Number {number}." for number in range(5)]
    assert server.state.fetched == [1, 2, 3, 4, 5]


def test_a_worker_killed_between_keeping_and_reading_leaves_the_mail_to_the_next(mailbox):
    receive(mailbox=mailbox, content=letters.plain())
    assert capturing._claim() is not None  # and is killed

    assert capturing.read_one() == 0  # not before it is sure
    InboundMail.objects.update(available_at=Now())
    assert capturing.read_one() == 1
    assert Feedback.objects.count() == 1


def test_a_mail_that_kills_its_reader_is_given_up_and_can_be_tried_again(mailbox):
    receive(mailbox=mailbox, content=letters.plain())
    for _ in range(3):
        capturing._claim()
        InboundMail.objects.update(available_at=Now())

    assert capturing.read_one() == 0
    mail = InboundMail.objects.get()
    assert (mail.state, mail.why) == (MailState.FAILED, Why.BROKEN)
    assert capturing.replay(mail=mail)
    capturing.read_one()
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("header", [b"From: " + b"(" * 9_000, b"To: " + b"<" * 9_000, b"Subject: " + b"=?a?b?" * 1_600])
def test_a_mail_made_to_break_parsers_does_not_stop_the_one_behind_it(server, mailbox, header):
    server.put(header + b"\r\n\r\nhostile")
    server.put(letters.plain())

    assert poll(mailbox).last_error == ""

    assert Feedback.objects.filter(text__contains="The stage drifts").count() == 1


def test_a_head_that_no_parser_survives_is_kept_without_one(mailbox, monkeypatch):
    def burst(content):
        if content:
            raise RecursionError
        return read_head(content)

    monkeypatch.setattr("apps.integrations.mail.receiving.read_head", burst)

    assert receive(mailbox=mailbox, content=letters.plain())

    assert original_of(InboundMail.objects.get()) == letters.plain()


def test_two_workers_never_read_one_mailbox(server, mailbox):
    server.put(letters.plain())
    claimed = polling._claim()

    assert polling.poll_one() == 0
    Mailbox.objects.update(lease="somebody else's", leased_until=Now() + timedelta(minutes=1))
    with pytest.raises(polling.LeaseLostError):
        polling._read(claimed)
    assert not InboundMail.objects.exists()


def test_what_was_there_before_is_left_unless_it_is_wanted(server, product):
    server.put(letters.plain("Old.", message_id="<old@x>"))
    mailbox, _ = mailboxes.create_mailbox(imap_wishes(server, product, reads_old=False))
    later = timezone.now() + timedelta(minutes=1)
    server.put(letters.plain("New.", message_id="<new@x>"), arrived=later.strftime("%d-%b-%Y %H:%M:%S +0000"))

    poll(mailbox)

    assert [mail.message_id for mail in InboundMail.objects.all()] == ["new@x"]
    assert server.state.fetched == [2]


def test_a_mail_that_is_too_large_is_told_and_not_fetched(server, mailbox, monkeypatch):
    monkeypatch.setattr("apps.integrations.mail.polling.MAIL_BYTES", 1_000)
    monkeypatch.setattr("apps.integrations.mail.receiving.MAIL_BYTES", 1_000)
    server.put(letters.plain("x" * 50 + "\n" * 2_000))

    poll(mailbox)

    mail = InboundMail.objects.get()
    assert (mail.state, mail.why, mail.subject) == (MailState.IGNORED, Why.TOO_LARGE, "Stage drifts")
    assert mail.size_bytes > 2_000
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (letters.BOUNCE, Why.BOUNCE),
        (letters.plain(Auto_Submitted="auto-replied"), Why.AUTO_REPLY),
        (letters.plain(List_Id="<x.example.org>"), Why.MAILING_LIST),
        (letters.plain(sender="feedback@example.com"), Why.OWN),
        (letters.plain(sender="feedback@localhost"), Why.OWN),
        (letters.plain("", subject=""), Why.NO_WORDS),
        (b"Content-Type: message/rfc822\n\n" * 100, Why.TOO_COMPLEX),
    ],
)
def test_what_is_no_feedback_is_kept_as_a_record_and_answered_by_nobody(mailbox, content, why):
    mail = take(mailbox, content)

    assert (mail.state, mail.why, mail.feedback) == (MailState.IGNORED, why, None)
    assert not Feedback.objects.exists()
    assert original_of(mail) is not None


def test_a_person_can_take_what_a_machine_left_aside(mailbox):
    mail = take(mailbox, letters.plain(List_Id="<x.example.org>"))

    assert capturing.replay(mail=mail)
    capturing.read_one()

    mail.refresh_from_db()
    assert (mail.state, mail.feedback.text) == (
        MailState.CAPTURED,
        "Stage drifts\n\nThe stage drifts after an hour.",
    )
    assert not capturing.replay(mail=mail)


def test_a_loop_ends_after_twenty_mails_of_an_hour(mailbox):
    for number in range(25):
        take(mailbox, letters.plain(f"Ping {number}.", message_id=f"<{number}@x>"))
    take(mailbox, letters.plain("Me too.", sender="bob@example.org", message_id="<bob@x>"))

    assert InboundMail.objects.filter(state=MailState.CAPTURED).count() == 21
    assert set(InboundMail.objects.filter(state=MailState.IGNORED).values_list("why", flat=True)) == {Why.TOO_MANY}
