"""Nobody's words are lost: 200 people send a form while PostgreSQL is stopped and started."""

import http.client
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from tests.faults.running import Answer, RunningPlatform

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400), pytest.mark.xdist_group("faults")]
PEOPLE = 200
KILLS = 5
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Sender:
    """One person with one form open: sends it until it is thanked for, and looks for the words in every refusal."""

    platform: RunningPlatform
    path: str
    words: str
    token: str = ""
    refusals: int = 0
    receipts: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)

    def open(self) -> None:
        page = self.platform.call("GET", self.path).body.decode()
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found, page[:300]
        self.token = found.group(1)

    def send(self) -> None:
        ends_at = time.monotonic() + 90
        while not self.receipts and time.monotonic() < ends_at:
            answer = self._ask()
            if answer is not None and answer.status == 303:
                self.receipts.add(answer.headers["location"])
            elif answer is not None:
                self._look_for_words(answer)
            time.sleep(0.05)
        again = self._ask()  # a click too many
        if again is not None and again.status == 303:
            self.receipts.add(again.headers["location"])

    def _ask(self) -> Answer | None:
        body = urlencode({"token": self.token, "text": self.words}).encode()
        try:
            return self.platform.call("POST", self.path, body, HEADERS)
        except (OSError, http.client.HTTPException):
            return None  # the browser has them still

    def _look_for_words(self, answer: Answer) -> None:
        self.refusals += 1
        if answer.status != 503 or self.words not in answer.body.decode() or "retry-after" not in answer.headers:
            self.lost.append(f"{answer.status}: {answer.body[:200]!r}")


def test_200_submissions_while_the_database_comes_and_goes_lose_no_words(whole, tenant, rng) -> None:
    mark = f"w{rng.getrandbits(40):x}"
    senders = [Sender(whole, f"/f/{tenant.form}/", f"Words of person {mark}-{number}.") for number in range(PEOPLE)]
    for sender in senders:
        sender.open()
    is_over = threading.Event()

    def stop_and_start() -> None:
        for _ in range(KILLS):
            if is_over.wait(2.0):
                return
            before = whole.postmaster()
            whole.kill(before, signal.SIGKILL)
            whole.wait_for(lambda dead=before: whole.postmaster() not in {None, dead}, "another PostgreSQL", seconds=40)
            whole.wait_for(lambda: whole.readiness().get("database") == "ok", "it serves", seconds=40)

    with ThreadPoolExecutor(9) as pool:
        fault = pool.submit(stop_and_start)
        for slot in [pool.submit(_send_some, senders[start::8]) for start in range(8)]:
            slot.result()
        is_over.set()
        fault.result()
    whole.wait_whole(seconds=60)

    rows = whole.rows("SELECT text, state FROM feedback_feedback WHERE text LIKE %s", f"%{mark}-%")
    assert [one for sender in senders for one in sender.lost] == []
    assert sum(sender.refusals for sender in senders) > 0
    assert {len(sender.receipts) for sender in senders} == {1}
    assert sorted(rows) == sorted((sender.words, "live") for sender in senders)


def _send_some(senders: list[Sender]) -> None:
    for sender in senders:
        sender.send()
        time.sleep(0.15)
