"""A workshop with a roomful of phones: they poll as their page does, contribute, then vote; boards look on.

    python benchmarks/workshop.py [--json] [--seconds 120] [--phones 100] [--writes 20]

The platform runs as in production (2 web processes, fsync on, every limit in force) and all phones share one address,
as those of a conference room do. For the first half of the time phones send ideas, then a moderator puts them into
groups and for the second half phones vote; every tenth write is sent twice at the same moment, as a phone does that
lost the answer. Three boards poll beside. At the end one phone sends more votes at once than it has. What was
acknowledged is then looked for in the database: ``lost`` and ``doubled`` must be 0, ``limits_kept`` true and
``unseen`` (ideas that a board was not told of) 0. Clients share the machine, so times are upper bounds. Exits 1 where
something was lost, doubled or above a limit.
"""

import argparse
import asyncio
import gzip
import json
import random
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from measuring import describe_machine, percentile

from tests.faults.running import RunningPlatform

BOARDS = 3
GROUPS = 20
VOTES_EACH = 20
VOTES_PER_IDEA = 2
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
OPEN = """
from django.conf import settings
from django.test import Client
from apps.accounts.models import Team, User
from apps.panels.models import ResearchSession
from apps.panels.workshops.services import open_workshop
session = ResearchSession.objects.create(
    team=Team.objects.get(slug={team!r}), kind="workshop", title="Benchmark", time_zone="UTC")
workshop = open_workshop(
    session=session, question="What slows you down?", votes_each={each}, votes_per_idea={per_idea}, ideas_each=100)
client = Client()
client.force_login(User.objects.get(email={email!r}))
name = settings.SESSION_COOKIE_NAME
print(session.pk, workshop.code, f"{{name}}={{client.cookies[name].value}}")
"""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    text: str
    seconds: float


class Line:
    """One connection that is kept, as a browser does."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.headers = {"Host": "localhost", "Accept-Encoding": "gzip", "Accept-Language": "en", **(headers or {})}
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.lock = asyncio.Lock()

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = "") -> Answer:
        async with self.lock:
            began_at = time.perf_counter()
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            lines = {**self.headers, **(headers or {}), **({"Content-Length": str(len(body.encode()))} if body else {})}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
            status, *told = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            found = {name.lower(): value for name, _, value in (line.partition(": ") for line in told if line)}
            content = await reader.readexactly(int(found.get("content-length", 0)))
            seconds = time.perf_counter() - began_at
            if found.get("content-encoding") == "gzip":
                content = gzip.decompress(content)
            if found.get("connection") == "close":
                writer.close()
                self.streams = None
            return Answer(int(status.split(" ")[1]), found, content.decode(), seconds)


@dataclass
class Tally:
    """What was measured and acknowledged."""

    polls: list[float] = field(default_factory=list)  # seconds
    writes: list[float] = field(default_factory=list)
    boards: list[float] = field(default_factory=list)
    ideas: dict[str, str] = field(default_factory=dict)  # words by client key
    votes: set[str] = field(default_factory=set)  # client keys
    refused: dict[int, int] = field(default_factory=dict)  # by status
    seen: list[set[str]] = field(default_factory=list)  # words, by board


class Phone:
    def __init__(self, port: int, code: str, number: int) -> None:
        self.line, self.sending = Line(port), Line(port)
        self.path, self.number, self.etag, self.key, self.sent = f"/join/{code}/", number, "", "", 0

    async def join(self) -> None:
        page = await self.line.ask("GET", self.path)
        assert page.status == 200, page
        found = re.search(r'data-key="([^"]+)"', page.text)
        assert found
        self.key = found[1]
        joined = await self.send({"do": "join", "client_key": str(uuid.uuid4())})
        assert joined.status == 200, joined

    async def send(self, fields: Mapping[str, str], line: Line | None = None) -> Answer:
        return await (line or self.sending).ask("POST", self.path, FORM, urlencode({**fields, "phone": self.key}))

    async def poll_until(self, ends_at: float, tally: Tally) -> None:
        while (left := ends_at - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 2 + random.random()))  # as workshop-phone.js does
            headers = {"X-Phone": self.key, **({"If-None-Match": self.etag} if self.etag else {})}
            answer = await self.line.ask("GET", f"{self.path}state/?lang=en", headers)
            assert answer.status in (200, 304), answer
            self.etag = answer.headers.get("etag", self.etag)
            tally.polls.append(answer.seconds)


class Board:
    """A moderator's screen."""

    def __init__(self, port: int, session_id: int, cookie: str) -> None:
        self.line = Line(port, {"Cookie": cookie})
        self.path, self.token, self.etag = f"/sessions/{session_id}/board/", "", ""
        self.last, self.layout, self.words = 0, "", set[str]()

    async def load(self, tally: Tally) -> None:
        """Fetch the board whole, as the page does where the layout changed."""
        answer = await self.line.ask("GET", self.path, {"HX-Request": "true"})
        assert answer.status == 200, answer.status
        tally.boards.append(answer.seconds)
        self.layout = re.search(r'data-layout="(\d+)"', answer.text)[1]  # type: ignore[index]  # it is there
        self.last = int(re.search(r'data-last="(\d+)"', answer.text)[1])  # type: ignore[index]
        self.words |= set(re.findall(r"idea-\d+-of-\d+", answer.text))

    async def poll_until(self, ends_at: float, tally: Tally) -> None:
        await self.load(tally)
        while (left := ends_at - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 1))
            await self.poll(tally)

    async def poll(self, tally: Tally) -> None:
        headers = {"Accept": "application/json", **({"If-None-Match": self.etag} if self.etag else {})}
        answer = await self.line.ask("GET", f"{self.path}state/?after={self.last}", headers)
        tally.boards.append(answer.seconds)
        if answer.status == 304:
            return
        assert answer.status == 200, answer
        self.etag, told = answer.headers["etag"], json.loads(answer.text)
        if str(told["layout"]) != self.layout:
            await self.load(tally)
            return
        for idea_id, words in told["ideas"]:
            self.last = max(self.last, idea_id)
            self.words.add(words)

    async def moderate(self, rest: str, fields: list[tuple[str, str]]) -> None:
        if not self.token:
            page = await self.line.ask("GET", self.path)
            self.token = re.search(r'"X-CSRFToken": "(\w+)"', page.text)[1]  # type: ignore[index]
            cookie = page.headers["set-cookie"].partition(";")[0]
            self.line.headers["Cookie"] += f"; {cookie}"
        headers = {**FORM, "X-CSRFToken": self.token}
        answer = await self.line.ask("POST", self.path + rest, headers, urlencode(fields))
        assert answer.status == 200, answer


async def write_for(phones: list[Phone], seconds: float, rate: float, tally: Tally, targets: list[str]) -> None:
    """Have phones send in turns, ``rate`` a second, whatever the answers take: ideas, or votes for ``targets``."""
    began_at, under_way = time.monotonic(), set[asyncio.Task[None]]()
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, began_at + number / rate - time.monotonic()))
        phone = phones[number % len(phones)]
        task = asyncio.create_task(write(phone, number, tally, targets))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def write(phone: Phone, number: int, tally: Tally, targets: list[str]) -> None:
    key = str(uuid.uuid4())
    if targets:
        target = targets[(phone.number + number // 7) % len(targets)]
        fields = {"do": "vote", "client_key": key, "target": target}
    else:
        fields = {"do": "idea", "client_key": key, "text": f"idea-{number}-of-{phone.number}"}
    lines = [phone.sending, phone.line] if number % 10 == 0 else [phone.sending]
    answers = await asyncio.gather(*[phone.send(fields, line) for line in lines])
    for answer in answers:
        tally.writes.append(answer.seconds)
        if answer.status != 200:
            tally.refused[answer.status] = tally.refused.get(answer.status, 0) + 1
    if any(answer.status == 200 for answer in answers):
        if targets:
            tally.votes.add(key)
        else:
            tally.ideas[key] = fields["text"]


async def run(port: int, session_id: int, code: str, cookie: str, options: argparse.Namespace) -> Tally:
    tally = Tally()
    boards = [Board(port, session_id, cookie) for _ in range(BOARDS)]
    leader = Board(port, session_id, cookie)
    await leader.moderate("phase/", [("phase", "gather"), ("minutes", "10")])
    phones = [Phone(port, code, number) for number in range(options.phones)]
    await asyncio.gather(*[phone.join() for phone in phones])
    ends_at = time.monotonic() + options.seconds + 4  # a moment for grouping, and for the last poll
    polling: list[Awaitable[None]] = [one.poll_until(ends_at, tally) for one in (*phones, *boards)]
    watching = asyncio.gather(*polling)
    await write_for(phones, options.seconds / 2, options.writes, tally, [])
    targets = await group(leader, tally)
    await write_for(phones, options.seconds / 2, options.writes, tally, targets)
    await watching
    await exceed(phones[0], targets, tally)
    tally.seen = [board.words for board in boards]
    return tally


async def group(leader: Board, tally: Tally) -> list[str]:
    """Put all ideas into groups and begin the vote; return the targets of dots."""
    answer = await leader.line.ask("GET", f"{leader.path}state/?after=0", {"Accept": "application/json"})
    ids = [str(idea_id) for idea_id, _words in json.loads(answer.text)["ideas"]]
    for number in range(GROUPS):
        fields = [("idea", idea_id) for idea_id in ids[number::GROUPS]]
        await leader.moderate("move/", [*fields, ("group", "new"), ("title", f"Group {number}")])
    await leader.moderate("phase/", [("phase", "vote")])
    page = await leader.line.ask("GET", leader.path, {"HX-Request": "true"})
    tally.boards.append(page.seconds)
    return [f"g{group_id}" for group_id in re.findall(r'data-group="(\d+)"', page.text)]


async def exceed(phone: Phone, targets: list[str], tally: Tally) -> None:
    """Send more votes at once than a phone has."""
    lines = [Line(phone.line.port) for _ in range(8)]

    async def press(number: int) -> None:
        fields = {"do": "vote", "client_key": str(uuid.uuid4()), "target": targets[number // 4 % len(targets)]}
        if (await phone.send(fields, lines[number % len(lines)])).status == 200:
            tally.votes.add(fields["client_key"])

    await asyncio.gather(*[press(number) for number in range(40)])


def judge(running: RunningPlatform, session_id: int, tally: Tally, options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures, after comparing what was acknowledged with what is kept."""
    ideas = running.rows("SELECT client_key::text, text FROM panels_idea WHERE workshop_id = %s", session_id)
    votes = running.rows("SELECT client_key::text FROM panels_dotvote WHERE workshop_id = %s", session_id)
    kept_words = [words for _key, words in ideas]
    most = running.rows(
        "SELECT coalesce(max(each), 0), coalesce(max(one), 0) FROM (SELECT sum(count(*)) OVER (PARTITION BY phone_id)"
        " AS each, count(*) AS one FROM panels_dotvote WHERE workshop_id = %s GROUP BY phone_id, group_id, idea_id) x",
        session_id,
    )[0]
    lost = set(tally.ideas.items()) - set(ideas), tally.votes - {key for (key,) in votes}
    return {
        "phones": options.phones,
        "seconds": options.seconds,
        "accepted": len(tally.ideas) + len(tally.votes),
        "lost": len(lost[0]) + len(lost[1]),
        "doubled": len(kept_words) - len(set(kept_words)) + max(0, len(votes) - len(tally.votes)),
        "unseen": max(len(set(kept_words) - words) for words in tally.seen),
        "limits_kept": bool(most[0] <= VOTES_EACH and most[1] <= VOTES_PER_IDEA),
        "refused": sum(tally.refused.values()),
        "board_p95_ms": round(percentile(tally.boards, 0.95) * 1000, 1),
        "board_max_ms": round(max(tally.boards) * 1000, 1),
        "phone_p95_ms": round(percentile(tally.polls, 0.95) * 1000, 1),
        "write_p95_ms": round(percentile(tally.writes, 0.95) * 1000, 1),
        "writes_per_s": round(len(tally.writes) / options.seconds, 1),
        "polls_per_s": round(len(tally.polls) / (options.seconds + 4), 1),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="workshop-") as folder:
        running = RunningPlatform(Path(folder))
        try:
            running.start()
            running.wait_whole()
            tenant = running.make_tenant(name="Detector", rules={})
            code = OPEN.format(team=tenant.team, email=tenant.email, each=VOTES_EACH, per_idea=VOTES_PER_IDEA)
            session_id, code, cookie = running.manage("shell", "--verbosity", "0", "-c", code).stdout.split()[-3:]
            tally = asyncio.run(run(running.port, int(session_id), code, cookie, options))
            return judge(running, int(session_id), tally, options)
        finally:
            running.stop()


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--seconds", type=float, default=120.0, help="in which phones write")
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--writes", type=float, default=20.0, help="a second")
    return parser.parse_args(arguments)


def is_right(figures: Mapping[str, Any]) -> bool:
    return not (figures["lost"] or figures["doubled"] or figures["unseen"]) and figures["limits_kept"]


def main() -> int:
    options = read_options()
    machine, figures = describe_machine(), measure(options)
    for name, value in [*machine.items(), *figures.items()]:
        print(f"  {name:20} {value}")
    if options.json:
        print(json.dumps({**figures, "machine": machine}))
    return 0 if is_right(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
