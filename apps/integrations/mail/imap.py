"""A mailbox on its server, by IMAP: looked into, never changed (EXAMINE, BODY.PEEK). No database.

Every failure is a MailboxError with a sentence for whoever set it up.
"""

import base64
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import DomainError
from apps.core.outgoing import HostRefusedError, addresses_of
from apps.integrations.mail.letter import MAIL_BYTES
from apps.integrations.models import Security

TIMEOUT_SECONDS = 15.0  # of one piece of an answer
CONNECTION_SECONDS = (
    170.0  # of all of it, less than polling.LEASE: a server that drips must not hold worker after worker
)
LITERAL_BYTES = MAIL_BYTES + 1_000_000  # more than was announced is not read
ANSWER_BYTES = LITERAL_BYTES + 10_000_000
HEAD_BYTES = 200_000
_ARRIVED = re.compile(rb'INTERNALDATE "([ \d]\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d [+-]\d{4})"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})")


class MailboxError(DomainError):
    """The mailbox cannot be read. ``str(error)`` says why, and never a password."""


class Login(NamedTuple):
    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str


class Glance(NamedTuple):
    """What is known of a mail before it is fetched."""

    uid: int
    size_bytes: int
    arrived_at: datetime | None


class _Client(imaplib.IMAP4):
    """Connects to an address that was looked up and checked before, under the name that its certificate must bear.

    Cut off after ``seconds``, whatever it is doing; and no answer is longer than one that can be meant.
    """

    def __init__(self, login: Login, address: str, *, seconds: float) -> None:
        self._login, self._address = login, address
        self._seconds, self._left_bytes = seconds, ANSWER_BYTES
        self._line: socket.socket | None = None
        self._watch: threading.Timer | None = None
        try:
            super().__init__(login.host, login.port, timeout=TIMEOUT_SECONDS)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.cancel()
        if self._line is not None:
            self._line.close()

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._address, self._login.port), timeout)
        self._line = plain.dup()  # the same connection, whatever is wrapped around the other one
        self._watch = threading.Timer(self._seconds, _cut, [self._line])
        self._watch.daemon = True
        self._watch.start()
        if self._login.security != Security.TLS:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._login.host)
        except BaseException:
            plain.close()
            raise

    def _command(self, name: str, *args: object) -> bytes:
        self._left_bytes = ANSWER_BYTES
        tag: bytes = super()._command(name, *args)  # type: ignore[misc]  # of the standard library, without types
        return tag

    def read(self, size: int) -> bytes:
        if size > LITERAL_BYTES:
            raise self.abort("more than was announced")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        return self._counted(super().readline())

    def _counted(self, piece: bytes) -> bytes:
        self._left_bytes -= len(piece)
        if self._left_bytes < 0:
            raise self.abort("an answer without end")
        return piece


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class Box:
    """An opened folder. Numbers are UIDs, which mean something only together with ``uid_validity``."""

    def __init__(self, client: imaplib.IMAP4, uid_validity: int, count: int) -> None:
        self._client = client
        self.uid_validity = uid_validity
        self.count = count

    def uids_after(self, uid: int, *, since: datetime | None) -> list[int]:
        """Return the UIDs above ``uid``, in order; of mail that arrived on the day of ``since`` or later."""
        criteria = ["UID", f"{uid + 1}:*"]
        if since is not None:
            criteria += ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        answer = _said(self._client.uid("SEARCH", *criteria))
        numbers = b" ".join(one for one in answer if isinstance(one, bytes)).split()
        return sorted({number for number in map(int, numbers) if number > uid})  # "*" is the last one, however old

    def glance(self, uid: int) -> Glance | None:
        """Return size and arrival; None for a mail that is gone."""
        answer = _said(self._client.uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)"))
        line = b" ".join(_flat(answer))
        size = _SIZE.search(line)
        return Glance(uid, int(size[1]), _arrival(line)) if size else None

    def fetch(self, uid: int) -> bytes | None:
        """Return the mail as it came; None where it is gone."""
        return self._literal(uid, "(BODY.PEEK[])")

    def fetch_head(self, uid: int) -> bytes | None:
        """Return the beginning of a mail that is too large."""
        return self._literal(uid, f"(BODY.PEEK[]<0.{HEAD_BYTES}>)")

    def _literal(self, uid: int, what: str) -> bytes | None:
        answer = _said(self._client.uid("FETCH", str(uid), what))
        return next((bytes(one[1]) for one in answer if isinstance(one, tuple)), None)


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@contextmanager
def opened(login: Login, *, seconds: float = CONNECTION_SECONDS) -> Iterator[Box]:
    """Connect, sign in, open the folder to read, and leave again, all of it within ``seconds``.

    Raises MailboxError, also for what fails within.
    """
    client = None
    try:
        client = _connect(login, seconds=seconds)
        _sign_in(client, login)
        yield _open_folder(client, login)
    except HostRefusedError as error:
        raise MailboxError(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            _("The certificate of %(host)s cannot be trusted: %(reason)s.")
            % {"host": login.host, "reason": error.verify_message or "?"}
        ) from None
    except ssl.SSLError:
        raise MailboxError(
            _("%(host)s does not speak TLS on port %(port)s. Is it a STARTTLS port?")
            % {"host": login.host, "port": login.port}
        ) from None
    except TimeoutError:
        raise MailboxError(
            _("%(host)s does not answer on port %(port)s.") % {"host": login.host, "port": login.port}
        ) from None
    except OSError as error:
        raise MailboxError(
            _("%(host)s cannot be reached on port %(port)s: %(reason)s.")
            % {"host": login.host, "port": login.port, "reason": error.strerror or type(error).__name__}
        ) from None
    except imaplib.IMAP4.error as error:
        raise MailboxError(_("The mail server gave up: %(reason)s.") % {"reason": _told(error)}) from None
    finally:
        if client is not None:
            with suppress(Exception):  # a rude farewell changes nothing
                client.logout()
            with suppress(Exception):
                client.shutdown()
            client.let_go()


def _connect(login: Login, *, seconds: float) -> _Client:
    if login.security == Security.NONE and not _is_inner(login):
        raise MailboxError(_("Choose an encrypted connection: the password would be sent for all to read."))
    addresses = addresses_of(login.host, login.port, inner_hosts=settings.MAIL_IN_INNER_HOSTS)
    client = _Client(login, addresses[0], seconds=seconds)
    try:
        if login.security == Security.STARTTLS:
            client.starttls(ssl.create_default_context())
    except BaseException:
        client.shutdown()
        client.let_go()
        raise
    return client


def _is_inner(login: Login) -> bool:
    return bool({login.host, f"{login.host}:{login.port}"} & set(settings.MAIL_IN_INNER_HOSTS))


def _sign_in(client: imaplib.IMAP4, login: Login) -> None:
    """AUTHENTICATE PLAIN where it is offered (a password may be in any script), else LOGIN."""
    plain = f"\0{login.user}\0{login.password}".encode()
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _challenge: plain)
        else:
            client.login(login.user, login.password)
    except client.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        raise MailboxError(
            _("%(host)s refused user name or password: %(reason)s.") % {"host": login.host, "reason": _told(error)}
        ) from None


def _open_folder(client: imaplib.IMAP4, login: Login) -> Box:
    kind, answer = client.select(_spelled(login.folder), readonly=True)
    if kind != "OK":
        raise MailboxError(_("There is no folder “%(folder)s” in this mailbox.") % {"folder": login.folder})
    validity = client.response("UIDVALIDITY")[1]
    number = validity[0] if validity else None
    if not number:
        raise MailboxError(_("The mail server does not number its mail (UIDVALIDITY), so it cannot be read safely."))
    return Box(client, int(number), int(answer[0] or 0))


def _said(answer: tuple[str, list[bytes | tuple[bytes, bytes] | None]]) -> list[bytes | tuple[bytes, bytes] | None]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(str(data[:1]))
    return data


def _flat(answer: list[bytes | tuple[bytes, bytes] | None]) -> Iterator[bytes]:
    for one in answer:
        if isinstance(one, tuple):
            yield from one
        elif one is not None:
            yield one


def _arrival(line: bytes) -> datetime | None:
    match = _ARRIVED.search(line)
    if match is None:
        return None
    day, month, rest = match[1].decode("ascii").strip().split("-", 2)
    try:
        return datetime.strptime(f"{day} {_MONTHS.index(month) + 1} {rest}", "%d %m %Y %H:%M:%S %z")
    except ValueError:
        return None


def _spelled(folder: str) -> str:
    """Return a folder's name in IMAP's modified UTF-7 (RFC 3501, 5.1.3), quoted."""
    pieces = re.findall(r"[ -~]+|[^ -~]+", folder)
    coded = "".join(
        one.replace("&", "&-")
        if " " <= one[0] <= "~"
        else "&" + base64.b64encode(one.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",") + "-"
        for one in pieces
    )
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _told(error: Exception) -> str:
    """Return what the server said, on one short line."""
    words = str(error).removeprefix("b'").rstrip("'")
    return " ".join(words.replace("\0", "").split())[:200] or type(error).__name__
