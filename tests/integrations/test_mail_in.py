"""Mail from a real IMAP server to feedback: once, whatever dies on the way; proven or claimed; what is left aside."""

import contextlib
import io
import socket
import threading
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from PIL import Image

from apps.core import lanes
from apps.customers.services import erase_customer
from apps.feedback.attachment_models import Attachment
from apps.feedback.models import Channel, Feedback, Identity
from apps.feedback.services import redact
from apps.integrations import mailboxes, sealing
from apps.integrations.mail import capturing, forgetting, imap, polling
from apps.integrations.mail.imap import MailboxError
from apps.integrations.mail.letter import read_head
from apps.integrations.mail.receiving import original_of, receive
from apps.integrations.mail.threads import reply_address
from apps.integrations.models import InboundMail, Mailbox, MailState, OriginalMail, Security, Why
from apps.workbench.room.erasure import erase_person
from tests.integrations import letters
from tests.integrations.conftest import imap_wishes

pytestmark = pytest.mark.django_db


def poll(mailbox: Mailbox) -> Mailbox:
    """Look into the mailbox now, and read what came."""
    Mailbox.objects.filter(pk=mailbox.pk).update(next_poll_at=Now())
    polling.poll_one()
    while capturing.read_one():
        pass
    return Mailbox.objects.get(pk=mailbox.pk)


def take(mailbox: Mailbox, content: bytes) -> InboundMail:
    receive(mailbox=mailbox, content=content)
    while capturing.read_one():
        pass
    return InboundMail.objects.filter(mailbox=mailbox).latest("pk")


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


# --- threads -------------------------------------------------------------------------------------------------------


def test_an_answer_joins_what_the_same_address_said_before(mailbox):
    first = take(mailbox, letters.plain())
    again = take(
        mailbox, letters.plain("And on.", message_id="<2@x>", subject="Re: Stage", In_Reply_To="<one@example.org>")
    )
    stranger = take(
        mailbox,
        letters.plain("Me.", message_id="<3@x>", sender="eve@evil.example", In_Reply_To="<one@example.org>"),
    )

    assert again.reply_to == first.feedback
    assert again.feedback.context == {"subject": "Re: Stage", "reply_to": str(first.feedback_id)}
    assert again.feedback.text == "And on."
    assert stranger.reply_to is None


def test_a_token_proves_the_customer_and_nobody_else(mailbox):
    first = take(mailbox, letters.plain())
    to = reply_address(mailbox, first.feedback_id)

    own = take(mailbox, letters.plain("Mine.", message_id="<2@x>", to=to.upper()))
    eve = take(mailbox, letters.plain("Eve.", message_id="<3@x>", to=to, sender="eve@evil.example"))
    forged = take(
        mailbox,
        letters.plain("No.", message_id="<4@x>", to=to.replace(f"r{first.feedback_id}-", f"r{first.feedback_id + 1}-")),
    )

    assert (own.reply_to, own.identity, own.proof) == (first.feedback, Identity.VERIFIED, "token")
    assert (eve.reply_to, eve.identity) == (first.feedback, Identity.CLAIMED)
    assert (forged.reply_to, forged.identity) == (None, Identity.CLAIMED)


def test_a_token_of_another_mailbox_is_none(mailbox, posted):
    other, _ = posted()
    first = take(mailbox, letters.plain())

    mail = take(other, letters.plain("x", message_id="<2@x>", to=reply_address(mailbox, first.feedback_id)))

    assert mail.reply_to is None


# --- files ---------------------------------------------------------------------------------------------------------


def test_files_are_kept_with_the_feedback_or_told_why_not(mailbox, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    mail = take(
        mailbox,
        letters.with_files(
            ("shot.png", "image/png", picture.getvalue()),
            ("run.exe", "application/octet-stream", b"MZ\0\0"),
            ("log.txt", "text/plain", b"12 34\n"),
        ),
    )

    assert sorted(Attachment.objects.filter(feedback=mail.feedback).values_list("label", flat=True)) == [
        "log.txt",
        "shot.png",
    ]
    assert [(file["name"], bool(file["refused"])) for file in mail.files] == [
        ("shot.png", False),
        ("run.exe", True),
        ("log.txt", False),
    ]


# --- forgetting ----------------------------------------------------------------------------------------------------


def test_redacted_feedback_takes_its_mail_along(mailbox):
    mail = take(mailbox, letters.plain())
    kept = take(mailbox, letters.plain("Other.", sender="bob@example.org", message_id="<2@x>"))

    redact([mail.feedback_id])
    lanes.settle(queues=["integrations"])

    mail.refresh_from_db()
    assert (mail.state, mail.sender, mail.subject, mail.message_id) == (MailState.FORGOTTEN, "", "", "")
    assert list(OriginalMail.objects.values_list("mail", flat=True)) == [kept.pk]


def test_an_erased_customer_takes_all_mail_of_the_address_along(mailbox):
    mail = take(mailbox, letters.plain())
    take(mailbox, letters.plain(Auto_Submitted="auto-replied", message_id="<away@x>"))

    erase_customer(customer_id=mail.feedback.customer_id)
    lanes.settle(queues=["integrations"])

    assert set(InboundMail.objects.values_list("state", "sender", "subject")) == {(MailState.FORGOTTEN, "", "")}
    assert not OriginalMail.objects.exists()


@pytest.mark.parametrize("withdraws", [False, True])
def test_an_erased_person_takes_mail_that_was_never_taken_along(mailbox, withdraws):
    mail = take(mailbox, letters.plain())
    take(mailbox, letters.plain(Auto_Submitted="auto-replied", message_id="<away@x>"))
    others = take(mailbox, letters.plain("Other.", sender="bob@example.org", message_id="<2@x>"))

    erase_person(customer_id=mail.feedback.customer_id, withdraws_feedback=withdraws)
    lanes.settle(queues=["integrations"])

    assert set(InboundMail.objects.exclude(pk=others.pk).values_list("state", "sender")) == {(MailState.FORGOTTEN, "")}
    assert list(OriginalMail.objects.values_list("mail", flat=True)) == [others.pk]


def test_mail_that_was_never_taken_goes_after_a_while_and_originals_beyond_the_quota(mailbox):
    old = take(mailbox, letters.BOUNCE)
    first, second = take(mailbox, letters.plain()), take(mailbox, letters.plain("More.", message_id="<2@x>"))
    InboundMail.objects.filter(pk=old.pk).update(received_at=Now() - timedelta(days=31))

    forgetting.purge()
    assert set(OriginalMail.objects.values_list("mail", flat=True)) == {first.pk, second.pk}
    InboundMail.objects.filter(pk=old.pk).update(received_at=Now() - timedelta(days=91))
    forgetting.purge(as_of_quota_bytes=second.original.stored_bytes)

    assert set(InboundMail.objects.values_list("pk", flat=True)) == {first.pk, second.pk}
    assert set(OriginalMail.objects.values_list("mail", flat=True)) == {second.pk}


# --- the connection ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"imap_password": "wrong"}, "refused user name or password"),
        ({"imap_folder": "Other"}, "There is no folder “Other”"),
        ({"imap_security": "tls"}, "does not speak TLS"),
        ({"imap_host": "no-such-host.invalid", "imap_security": "tls"}, "No server is called"),
        ({"imap_host": "127.0.0.1"}, "Choose an encrypted connection"),
        ({"imap_host": "127.0.0.1", "imap_security": "tls"}, "inner network"),
        ({"imap_host": "169.254.169.254", "imap_security": "tls"}, "inner network"),
        ({"imap_host": "::1", "imap_security": "starttls"}, "inner network"),
        ({"imap_secret_variable": "MAIL_IN_NOT_SET"}, "is not set here"),
    ],
)
def test_what_does_not_work_is_told_clearly(server, product, changes, words):
    mailbox, _ = mailboxes.create_mailbox(imap_wishes(server, product, **changes))

    with pytest.raises(MailboxError, match=words):
        mailboxes.test_connection(mailbox)
    assert words.split()[0] in poll(mailbox).last_error


def test_a_port_where_nobody_listens_is_told(server, product, settings):
    settings.MAIL_IN_INNER_HOSTS = ["localhost"]
    mailbox, _ = mailboxes.create_mailbox(imap_wishes(server, product, imap_port=1))

    with pytest.raises(MailboxError, match="cannot be reached on port 1"):
        mailboxes.test_connection(mailbox)


def babbling(piece: bytes, *, pause_seconds: float, first: bytes = b"* OK ") -> tuple[int, threading.Event]:
    """Return the port of a server that says ``first``, then ``piece`` without end, and what ends it."""
    listening, is_over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def babble() -> None:
        line, _ = listening.accept()
        with listening, line, contextlib.suppress(OSError):
            line.sendall(first)
            while not is_over.wait(pause_seconds):
                line.sendall(piece)

    threading.Thread(target=babble, daemon=True).start()
    return listening.getsockname()[1], is_over


HANDSHAKE = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # the beginning of a long one


@pytest.mark.parametrize(("security", "first"), [(Security.NONE, b"* OK "), (Security.TLS, HANDSHAKE)])
def test_a_server_that_drips_is_cut_off_in_time(server, product, settings, monkeypatch, security, first):
    port, is_over = babbling(b"x", pause_seconds=0.05, first=first)
    settings.MAIL_IN_INNER_HOSTS = ["localhost"]
    monkeypatch.setattr(mailboxes, "TEST_SECONDS", 0.5)
    mailbox, _ = mailboxes.create_mailbox(imap_wishes(server, product, imap_port=port, imap_security=security))
    start = time.monotonic()

    with pytest.raises(MailboxError):
        mailboxes.test_connection(mailbox)

    assert 0.4 < time.monotonic() - start < 5
    is_over.set()


def test_an_answer_without_end_is_not_read_to_it(server, product, settings, monkeypatch):
    port, is_over = babbling(b"\r\n* 1 EXISTS" * 1_000, pause_seconds=0.001)
    settings.MAIL_IN_INNER_HOSTS = ["localhost"]
    monkeypatch.setattr(imap, "ANSWER_BYTES", 200_000)
    mailbox, _ = mailboxes.create_mailbox(imap_wishes(server, product, imap_port=port))

    with pytest.raises(MailboxError, match="without end"):
        mailboxes.test_connection(mailbox)
    is_over.set()


def test_a_good_connection_counts_the_mail(server, mailbox):
    server.put(letters.plain())

    assert mailboxes.test_connection(mailbox) == 1


def test_secrets_are_sealed_and_bound_to_their_server(server, product, mailbox, settings, monkeypatch):
    assert "pass" not in mailbox.imap_secret
    assert sealing.unseal(mailbox.imap_secret) == "pass wört"
    with pytest.raises(Exception, match="Type the password"):
        mailboxes.update_mailbox(
            mailbox=mailbox, wishes=imap_wishes(server, product, imap_host="evil.example", imap_password="")
        )
    mailboxes.update_mailbox(mailbox=mailbox, wishes=imap_wishes(server, product, imap_password=""))
    mailbox.refresh_from_db()
    assert sealing.unseal(mailbox.imap_secret) == "pass wört"
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert sealing.unseal(mailbox.imap_secret) == "pass wört"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.SealBrokenError):
        sealing.unseal(mailbox.imap_secret)
    monkeypatch.setenv("MAIL_IN_TEST", "from outside")
    assert sealing.read_variable("MAIL_IN_TEST") == "from outside"
    with pytest.raises(Exception, match="MAIL_IN_"):
        mailboxes.update_mailbox(
            mailbox=mailbox, wishes=imap_wishes(server, product, imap_secret_variable="SECRET_KEY")
        )


def test_a_mailbox_that_is_off_is_not_read_and_one_with_mail_is_not_deleted(server, mailbox):
    server.put(letters.plain())
    mailboxes.set_mailbox_on(mailbox=mailbox, is_on=False)
    poll(mailbox)
    assert not InboundMail.objects.exists()
    mailboxes.set_mailbox_on(mailbox=mailbox, is_on=True)
    poll(mailbox)

    with pytest.raises(mailboxes.MailboxInUseError):
        mailboxes.delete_mailbox(mailbox=mailbox)
