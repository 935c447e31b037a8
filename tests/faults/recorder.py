"""Clients that write down what they were told, and the comparison of that with the database afterwards.

As Jepsen does: every operation is invoked, then ends ok, fail (surely without effect) or unknown. In the end each
ok must be there exactly once, each fail not at all, each unknown once or not at all.
"""

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from tests.faults.running import Answer, RunningPlatform, Tenant

PATIENCE_SECONDS = 30.0  # how long a client tries one operation again before it gives up
REPEAT_SHARE = 0.1  # of acknowledged operations sent once more: nothing may come of it
BAD_SHARE = 0.03  # of operations that must be refused


@dataclass
class Operation:
    """One thing a customer wanted to say."""

    name: str  # stands in the text, unique
    channel: str  # "api" or "form"
    is_bad: bool = False
    outcome: str = "unknown"
    feedback_id: int | None = None  # as acknowledged, through the API
    receipt: str = ""  # as acknowledged, through the form


class Event(NamedTuple):
    """One attempt: when it ended (monotonic seconds), how long it took, what came back (0: the connection broke)."""

    at: float
    seconds: float
    status: int
    channel: str
    is_polite: bool  # a 503 said when to come back


@dataclass
class Recorder:
    """The log of all clients of one test."""

    platform: RunningPlatform
    tenant: Tenant
    phrase: str  # in every text; the tenant's rule tags it
    run: str  # in every text; unique to this recorder
    rng: random.Random
    patience_seconds: float = PATIENCE_SECONDS
    operations: list[Operation] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    # --- the clients ------------------------------------------------------------------------------------------
    def start(self, *, clients: int = 8, pause_seconds: float = 0.02) -> None:
        """Start client threads, each sending one operation after the other; every second one uses the form."""
        for number in range(clients):
            channel = "form" if number % 2 else "api"
            thread = threading.Thread(
                target=self._client,
                args=(channel, random.Random(self.rng.random()), pause_seconds),
                name=f"client {number}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let every client finish its operation."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(self.patience_seconds + 30)
            assert not thread.is_alive(), f"{thread.name} hangs"

    def _client(self, channel: str, rng: random.Random, pause_seconds: float) -> None:
        while not self._stopped.is_set():
            with self._lock:
                name = f"{self.run}-{len(self.operations)}."
                operation = Operation(name, channel, is_bad=rng.random() < BAD_SHARE)
                self.operations.append(operation)
            attempt = ApiAttempt(self, operation) if channel == "api" else FormAttempt(self, operation)
            attempt.run()
            if operation.outcome == "ok" and rng.random() < REPEAT_SHARE:
                attempt.send()
            time.sleep(pause_seconds * rng.random() * 2)

    def note(self, began_at: float, channel: str, answer: Answer | None) -> None:
        now = time.monotonic()
        status = answer.status if answer else 0
        is_polite = bool(answer and answer.headers.get("retry-after"))
        with self._lock:
            self.events.append(Event(now, now - began_at, status, channel, is_polite))

    def wonder(self, text: str) -> None:
        with self._lock:
            self.surprises.append(text)

    # --- what was seen ----------------------------------------------------------------------------------------
    def statuses(self, *, since: float = 0.0) -> Counter[int]:
        """Count answers by status from ``since`` (monotonic seconds) on; 0 stands for a broken connection."""
        return Counter(event.status for event in list(self.events) if event.at - event.seconds >= since)

    def count_ok(self) -> int:
        return sum(operation.outcome == "ok" for operation in list(self.operations))

    # --- the comparison ---------------------------------------------------------------------------------------
    def check(self) -> dict[str, int]:
        """Assert that the database holds what was acknowledged, once, live; return figures to print."""
        found: dict[str, list[tuple[int, str]]] = {}
        sql = "SELECT id, text, state FROM feedback_feedback WHERE text LIKE %s"
        for row_id, text, state in self.platform.rows(sql, f"%{self.run}-%"):
            name = re.search(rf"{self.run}-\d+\.", text)
            assert name, text
            found.setdefault(name.group(), []).append((row_id, state))
        wrong = list(self.surprises)
        for operation in self.operations:
            wrong += self._faults_of(operation, found.get(operation.name, []))
        assert not wrong, f"{len(wrong)} wrong, the first: {wrong[:5]}"
        outcomes = Counter(operation.outcome for operation in self.operations)
        assert outcomes["ok"] > 0
        return {**outcomes, "rows": len(found), "attempts": len(self.events)}

    def _faults_of(self, operation: Operation, rows: list[tuple[int, str]]) -> list[str]:
        allowed = {"ok": {1}, "fail": {0}, "unknown": {0, 1}}[operation.outcome]
        wrong = []
        if len(rows) not in allowed:
            wrong.append(f"{operation} is there {len(rows)} times")
        if rows and operation.feedback_id not in {None, rows[0][0]}:
            wrong.append(f"{operation} is there as {rows[0][0]}")
        wrong += [f"{operation} is {state}" for _, state in rows if state != "live"]
        return wrong


class ApiAttempt:
    """POST /api/v1/feedback/ with an Idempotency-Key, again and again until there is a clear answer."""

    path = "/api/v1/feedback/"

    def __init__(self, recorder: Recorder, operation: Operation) -> None:
        self.recorder, self.operation = recorder, operation

    def run(self) -> None:
        ends_at = time.monotonic() + self.recorder.patience_seconds
        while self.operation.outcome == "unknown" and time.monotonic() < ends_at:
            if not self.send():
                time.sleep(0.1)

    def send(self) -> bool:
        """Make one attempt and judge its answer; return whether it was a clear one."""
        answer = self.ask("POST", self.path, self.body(), self.headers())
        if answer is None or answer.status == 503:
            if answer is not None and "retry-after" not in answer.headers:
                self.recorder.wonder(f"503 without Retry-After for {self.operation}")
            return False
        self.judge(answer)
        return True

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer | None:
        """Return the answer, None where the connection broke."""
        began_at = time.monotonic()
        answer: Answer | None = None
        try:
            answer = self.recorder.platform.call(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            pass
        self.recorder.note(began_at, self.operation.channel, answer)
        return answer

    def body(self) -> bytes:
        text = "" if self.operation.is_bad else f"{self.recorder.phrase} {self.operation.name}"
        words = {"text": text, "product": self.recorder.tenant.product, "rating": 2}
        return json.dumps(words | ({"external_id": self.operation.name} if not text else {})).encode()

    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.recorder.tenant.api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": self.operation.name,
        }

    def judge(self, answer: Answer) -> None:
        operation = self.operation
        if answer.status in {200, 201} and not operation.is_bad:
            feedback_id = int(json.loads(answer.body)["id"])
            if operation.feedback_id not in {None, feedback_id}:
                self.recorder.wonder(f"{operation} was told another id, {feedback_id}")
            operation.outcome, operation.feedback_id = "ok", feedback_id
        elif answer.status == 400 and operation.is_bad:
            operation.outcome = "fail"
        else:
            self.recorder.wonder(f"{answer.status} for {operation}: {answer.body[:200]!r}")
            operation.outcome = "unknown" if answer.status >= 500 else "fail"


class FormAttempt(ApiAttempt):
    """The public form: its token fetched once, then posted until there is a clear answer."""

    token = ""

    def send(self) -> bool:
        if not self.token and not self.fetch_token():
            return False
        return super().send()

    def fetch_token(self) -> bool:
        answer = self.ask("GET", self.path, None, {})
        if answer is None or answer.status == 503:
            return False
        found = re.search(rb'name="token" value="([^"]+)"', answer.body)
        if answer.status != 200 or not found:
            self.recorder.wonder(f"{answer.status} for the form: {answer.body[:200]!r}")
            return False
        self.token = found.group(1).decode()
        return True

    @property
    def path(self) -> str:  # type: ignore[override]  # of one form, not of all
        return f"/f/{self.recorder.tenant.form}/"

    def body(self) -> bytes:
        text = "" if self.operation.is_bad else f"{self.recorder.phrase} {self.operation.name}"
        return urlencode({"token": self.token, "text": text, "rating": "2"}).encode()

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/x-www-form-urlencoded"}

    def judge(self, answer: Answer) -> None:
        operation = self.operation
        if answer.status == 303 and not operation.is_bad:
            receipt = answer.headers["location"]
            if operation.receipt not in {"", receipt}:
                self.recorder.wonder(f"{operation} was given another receipt")
            operation.outcome, operation.receipt = "ok", receipt
        elif answer.status == 400 and operation.is_bad:
            operation.outcome = "fail"
        else:
            self.recorder.wonder(f"{answer.status} for {operation}: {answer.body[:200]!r}")
            operation.outcome = "unknown" if answer.status >= 500 else "fail"
