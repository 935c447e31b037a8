"""The connection to a mail server: what does not work, what never ends, and secrets."""

import contextlib
import socket
import threading
import time

import pytest

from apps.integrations import mailboxes, sealing
from apps.integrations.mail import imap
from apps.integrations.mail.imap import MailboxError
from apps.integrations.models import InboundMail, Security
from tests.integrations import letters
from tests.integrations.conftest import imap_wishes
from tests.integrations.mailing import poll

pytestmark = pytest.mark.django_db


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
