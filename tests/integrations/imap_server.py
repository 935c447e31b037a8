"""A small IMAP4rev1 server for tests: one folder, read only, over a real socket. It can be told to misbehave."""

import base64
import re
import socketserver
import threading
from dataclasses import dataclass, field

ARRIVED = "02-Mar-2026 10:00:00 +0000"


@dataclass
class Stored:
    uid: int
    content: bytes
    arrived: str = ARRIVED


@dataclass
class State:
    user: str
    password: str
    validity: int = 1
    mails: list[Stored] = field(default_factory=list)
    hang_up_after: int | None = None  # bodies fetched, then the line is dead
    fetched: list[int] = field(default_factory=list)  # UIDs whose bodies were asked for
    commands: list[str] = field(default_factory=list)


class ImapServer:
    def __init__(self, *, user: str, password: str) -> None:
        self.state = State(user, password)
        state = self.state

        class Handler(_Handler):
            box = state

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> "ImapServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, content: bytes, *, arrived: str = ARRIVED) -> int:
        uid = max((one.uid for one in self.state.mails), default=0) + 1
        self.state.mails.append(Stored(uid, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), arrived))
        return uid

    def renumber(self) -> None:
        """As after a restore: another UIDVALIDITY, and all numbers anew."""
        self.state.validity += 1
        for number, one in enumerate(self.state.mails, start=1):
            one.uid = number


class _Handler(socketserver.StreamRequestHandler):
    box: State

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
            name, _, words = rest.partition(" ")
            self.box.commands.append(name.upper())
            answer = getattr(self, f"do_{name.lower()}", None)
            if answer is None:
                self._say(f"{tag} BAD what?")
            elif answer(tag, words) is False:
                return

    def do_capability(self, tag: str, _words: str) -> None:
        self._say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        self._say(f"{tag} OK done")

    def do_authenticate(self, tag: str, _words: str) -> None:
        self._say("+ ")
        _, user, password = base64.b64decode(self.rfile.readline()).decode().split("\0")
        good = (user, password) == (self.box.user, self.box.password)
        self._say(f"{tag} OK welcome" if good else f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")

    def do_examine(self, tag: str, words: str) -> None:
        if words.strip('"') != "INBOX":
            self._say(f"{tag} NO no such folder")
            return
        self._say(f"* {len(self.box.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.box.validity}] numbered")
        self._say(f"{tag} OK [READ-ONLY] done")

    def do_uid(self, tag: str, words: str) -> bool | None:
        name, _, rest = words.partition(" ")
        return self._search(tag, rest) if name.upper() == "SEARCH" else self._fetch(tag, rest)

    def _search(self, tag: str, words: str) -> None:
        first = int(re.search(r"UID (\d+):\*", words)[1])
        last = max((one.uid for one in self.box.mails), default=0)
        found = [str(one.uid) for one in self.box.mails if one.uid >= first or one.uid == last]
        self._say("* SEARCH " + " ".join(found))
        self._say(f"{tag} OK done")

    def _fetch(self, tag: str, words: str) -> bool | None:
        uid, _, wanted = words.partition(" ")
        stored = next((one for one in self.box.mails if one.uid == int(uid)), None)
        if stored is not None and "BODY" in wanted:
            if self.box.hang_up_after is not None and len(self.box.fetched) >= self.box.hang_up_after:
                self.connection.close()
                return False
            self.box.fetched.append(stored.uid)
            cut = re.search(r"<0\.(\d+)>", wanted)
            content = stored.content[: int(cut[1])] if cut else stored.content
            self._say(f"* 1 FETCH (UID {uid} BODY[] {{{len(content)}}}")
            self.wfile.write(content)
            self._say(")")
        elif stored is not None:
            size = len(stored.content)
            self._say(f'* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{stored.arrived}")')
        self._say(f"{tag} OK done")
        return None

    def do_logout(self, tag: str, _words: str) -> bool:
        self._say("* BYE")
        self._say(f"{tag} OK done")
        return False

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode("utf-8", "surrogateescape") + b"\r\n")
