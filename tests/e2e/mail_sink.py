"""A small SMTP server for tests: takes every mail and keeps it, parsed."""

import email
import email.policy
import re
import socketserver
import threading
import time
from email.message import EmailMessage
from typing import cast


class _Conversation(socketserver.StreamRequestHandler):
    """The few commands that Django's client says."""

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self._say("354 go on")
                cast("MailSink", self.server).keep(self._message())
                self._say("250 kept")
            elif command == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class MailSink(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine from its making until ``close``."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.kept: list[EmailMessage] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def keep(self, content: bytes) -> None:
        self.kept.append(cast("EmailMessage", email.message_from_bytes(content, policy=email.policy.default)))

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def wait_for(self, recipient: str, subject: str, *, seconds: float = 30.0) -> EmailMessage:
        """Return the newest mail to ``recipient`` whose subject holds ``subject``."""
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            found = [one for one in self.kept if recipient in str(one["To"]) and subject in str(one["Subject"])]
            if found:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no {subject!r} to {recipient}: {[(one['To'], one['Subject']) for one in self.kept]}")


def link_in(mail: EmailMessage, beginning: str) -> str:
    """Return the first address in the words of ``mail`` whose path begins so."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://\S+?{beginning}\S+", body.get_content())
    assert found, body.get_content()
    return found.group()
