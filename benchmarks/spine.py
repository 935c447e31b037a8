"""The main job, measured end to end: set-up, an import of 14,640 messages, submissions seen in the queue, no Redis.

    python benchmarks/spine.py [--json] [--data FILE] [--skip-setup] [--seconds 60]

The data set is read where it lies (README of the benchmarks); without it the import is left out. Prints a table, and
with --json one JSON object as the last line. Exit code 1 when something came out wrong; a slow figure is only marked.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measuring import (  # the folder of this script is on the path
    PROJECT_DIR,
    Submission,
    describe_machine,
    median,
    percentile,
    submit_steadily,
)

from tests.faults.running import RunningPlatform, Tenant, free_port, wait_for

DATA_NAME = "airline_tweets.csv.gz"
PER_SECOND = 20.0
TAGS = 40  # in the queue that the submissions move
TARGETS = {  # upper bounds
    "setup_seconds": 90.0,
    "second_start_seconds": 10.0,
    "import_seconds": 20.0,
    "visible_p95_ms": 2_000.0,
    "visible_p95_ms_redis_down": 10_000.0,
    "submit_p95_redis_down_to_up": 1.2,
}
REASONS = {  # the file's ten negative reasons, as phrases a person would write
    "Bad flight": ["bad flight", "worst flight", "broken seat*", "no wifi", "wifi", "tv", "no entertainment", "legroom",
                   "turbulence", "uncomfortable"],
    "Can't tell": ["disappointed", "disappointing", "never again", "worst airline", "terrible", "not happy", "fail"],
    "Late flight": ["delay*", "late flight", "hours late", "running late", "still waiting", "missed my connection",
                    "missed connection", "on the tarmac", "sitting on the"],
    "Customer service issue": ["customer service", "on hold", "hung up", "no response", "no help", "no answer",
                               "call back", "rude", "phone", "unhelpful"],
    "Flight booking problems": ["book*", "reservation*", "website", "rebook*", "confirmation", "app", "online",
                                "credit card"],
    "Lost luggage": ["lost luggage", "lost bag*", "lost my", "missing bag*", "my bag*", "my luggage", "luggage",
                     "baggage claim"],
    "Flight attendant complaints": ["flight attendant*", "attendant*", "crew", "steward*", "gate agent*", "staff"],
    "Cancelled flight": ["cancel*", "cancelled flight*", "flight cancelled", "canceled"],
    "Damaged luggage": ["damaged", "broken bag", "broken suitcase", "ruined", "ripped", "cracked"],
    "Long lines": ["long line*", "lines", "queue*", "long wait", "in line", "wait in"],
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--data", type=Path, default=None, help=f"{DATA_NAME}; or FEEDBACK_BENCH_DATA")
    parser.add_argument("--skip-setup", action="store_true", help="leave out the fresh clone")
    parser.add_argument("--seconds", type=float, default=60.0, help="of submissions, with Redis and without")
    options = parser.parse_args()
    machine = describe_machine()
    figures: dict[str, float | int | None] = {}
    problems: list[str] = []
    if not options.skip_setup:
        figures |= measure_setup()
    with tempfile.TemporaryDirectory(prefix="spine-") as folder:
        running = RunningPlatform(Path(folder))
        try:
            figures["start_seconds"] = round(running.start(), 2)
            running.wait_whole()
            figures |= measure_import(running, find_data(options.data), problems)
            figures |= measure_submissions(running, options.seconds, problems)
        finally:
            running.stop()
    report(figures, problems, machine)
    if options.json:
        print(json.dumps(figures | {"problems": problems, "machine": machine}))
    return 1 if problems else 0


def find_data(given: Path | None) -> Path | None:
    """Return the data set: as told, by FEEDBACK_BENCH_DATA, or beside the project; None where it is nowhere."""
    beside = PROJECT_DIR.parent / "shared" / "data" / DATA_NAME
    path = given or Path(os.environ.get("FEEDBACK_BENCH_DATA") or beside)
    if path.is_file():
        return path
    print(f"The import is NOT RUN: {path} is not there (--data FILE, or FEEDBACK_BENCH_DATA).", file=sys.stderr)
    return None


# --- set-up ---------------------------------------------------------------------------------------------------------


def measure_setup() -> dict[str, float | int | None]:
    """Clone what is committed into an empty folder and run it there with an empty environment, twice."""
    with tempfile.TemporaryDirectory(prefix="spine-clone-") as folder:
        clone = Path(folder) / "project"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT_DIR), str(clone)], check=True)
        first = _make_run(clone)
        return {"setup_seconds": first, "second_start_seconds": _make_run(clone)}


def _make_run(clone: Path) -> float:
    """Return the seconds from ``make run`` to the first answer; stops it as Ctrl-C does."""
    port = free_port()
    log = clone.parent / "make-run.log"
    began_at = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for(lambda: process.poll() is not None or _answers(port), "make run answers", seconds=300, log=log)
        seconds = time.monotonic() - began_at
        if process.poll() is not None:
            raise RuntimeError(f"make run ended: {log.read_text()[-2000:]}")
        time.sleep(3)  # let the others start: a stop in mid-start is not what is measured
        return round(seconds, 2)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(90)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# --- the import -----------------------------------------------------------------------------------------------------


def measure_import(running: RunningPlatform, path: Path | None, problems: list[str]) -> dict[str, float | int | None]:
    """Import, import again, undo, import once more; after each the counts must be right."""
    if path is None:
        return {"import_rows": None, "import_seconds": None}
    tenant = running.make_tenant(name="Airline", rules=REASONS)
    began_at = time.monotonic()
    said = running.manage("import_feedback", str(path)).stdout
    captured_seconds = time.monotonic() - began_at
    wait_settled(running)
    import_seconds = time.monotonic() - began_at
    first = _figures_of(said)
    entries = running.queue(tenant)
    for name, slug in tenant.tags.items():
        if not entries.get(slug, {}).get("anonymous_count"):
            problems.append(f"{name} shows no anonymous voices")
    _check(running, "import", problems)

    again = _figures_of(running.manage("import_feedback", str(path)).stdout)
    if again[0]:
        problems.append(f"importing again brought {again[0]} new rows")
    _check(running, "import again", problems)

    undo_seconds = _undo(running, said, tenant, problems)
    third = _figures_of(running.manage("import_feedback", str(path)).stdout)
    if third[0] != first[0]:
        problems.append(f"after undoing, {third[0]} rows came in, not {first[0]}")
    _check(running, "import after undo", problems)
    return {
        "import_rows": sum(first),
        "import_new": first[0],
        "import_repeated": first[1],
        "import_seconds": round(import_seconds, 2),
        "import_captured_seconds": round(captured_seconds, 2),
        "import_again_new": again[0],
        "undo_seconds": round(undo_seconds, 2),
        "queue_feedback": sum(entry["feedback_count"] for entry in entries.values()),
        "queue_anonymous": sum(entry["anonymous_count"] for entry in entries.values()),
    }


def _undo(running: RunningPlatform, said: str, tenant: Tenant, problems: list[str]) -> float:
    found = re.search(r"undo_import (\d+)", said)
    assert found, said
    began_at = time.monotonic()
    running.manage("undo_import", found.group(1))
    wait_settled(running)
    seconds = time.monotonic() - began_at
    [(left,)] = running.rows("SELECT count(*) FROM feedback_feedback WHERE state <> 'withdrawn'")
    counted = sum(entry["feedback_count"] for entry in running.queue(tenant).values())
    if left or counted:
        problems.append(f"after undoing, {left} rows are left and {counted} count in the queue")
    _check(running, "undo", problems)
    return seconds


def _figures_of(said: str) -> tuple[int, int, int]:
    """Return new, repeated, rejected from the last line of an import."""
    new, repeated, rejected = map(int, re.findall(r"\d+", said.splitlines()[-1]))
    return new, repeated, rejected


def wait_settled(running: RunningPlatform, *, seconds: float = 300.0) -> None:
    """Wait until outbox and ledgers are empty: everything is read, tagged and folded."""
    sql = (
        "SELECT (SELECT count(*) FROM core_outboxrow WHERE quarantined_at IS NULL)"
        " + (SELECT count(*) FROM tagging_ledgerrow) + (SELECT count(*) FROM tagging_volumeledgerrow)"
    )
    running.wait_for(lambda: running.rows(sql)[0][0] == 0, "outbox and ledgers are empty", seconds=seconds)


def _check(running: RunningPlatform, after: str, problems: list[str]) -> None:
    wait_settled(running)
    code, found = running.check_queues()
    if code or found["quarantined"]:
        problems.append(f"check_queues after {after}: exit {code}, {found}")


# --- submissions ----------------------------------------------------------------------------------------------------


def measure_submissions(running: RunningPlatform, seconds: float, problems: list[str]) -> dict[str, float | int | None]:
    """Submit for so many seconds with Redis, then without; a short run before warms both up."""
    rules = {f"Signal {number}": [f"signal {number:02} is lost"] for number in range(TAGS)}
    tenant = running.make_tenant(name="Detector", rules=rules)
    phrases = {tenant.tags[name]: phrase for name, [phrase] in rules.items()}
    running.wait_whole()
    submit_steadily(running, tenant, phrases, per_second=PER_SECOND, seconds=4, patience_seconds=30)
    figures = _submit(running, tenant, phrases, seconds, "redis_up", problems)
    running.redis.kill()
    submit_steadily(running, tenant, phrases, per_second=PER_SECOND, seconds=4, patience_seconds=30)
    figures |= _submit(running, tenant, phrases, seconds, "redis_down", problems)
    running.redis.start()
    figures["whole_again_seconds"] = round(running.wait_whole(), 2)
    _check(running, "submissions", problems)
    up, down = figures["submit_p95_ms_redis_up"], figures["submit_p95_ms_redis_down"]
    figures["submit_p95_redis_down_to_up"] = round((down or 0) / (up or 1), 3)
    figures["visible_p95_ms"] = figures.pop("visible_p95_ms_redis_up")
    return figures


def _submit(
    running: RunningPlatform,
    tenant: Tenant,
    phrases: dict[str, str],
    seconds: float,
    name: str,
    problems: list[str],
) -> dict[str, float | int | None]:
    sent, watch = submit_steadily(running, tenant, phrases, per_second=PER_SECOND, seconds=seconds, patience_seconds=60)
    refused = [one.status for one in sent if one.status not in {201, 303}]
    unseen = [one for one in sent if one.visible_seconds is None]
    if refused or unseen:
        problems.append(f"{name}: {len(refused)} of {len(sent)} refused {set(refused)}, {len(unseen)} never seen")
    seen = [one.visible_seconds for one in sent if one.visible_seconds is not None]
    return {
        f"submissions_{name}": len(sent),
        f"submit_p50_ms_{name}": _ms(median([one.seconds for one in sent])),
        f"submit_p95_ms_{name}": _p95(one.seconds for one in sent),
        f"submit_api_p95_ms_{name}": _p95(one.seconds for one in sent if one.channel == "api"),
        f"submit_form_p95_ms_{name}": _p95(one.seconds for one in sent if one.channel == "form"),
        f"form_get_p95_ms_{name}": _p95(one.form_seconds for one in sent if one.channel == "form"),
        f"client_late_p95_ms_{name}": _p95(_lateness(one) for one in sent),
        f"visible_p50_ms_{name}": _ms(median(seen)) if seen else None,
        f"visible_p95_ms_{name}": _p95(seen),
        f"visible_max_ms_{name}": _ms(max(seen)) if seen else None,
        f"queue_api_p95_ms_{name}": _p95(watch.seconds),
    }


def _lateness(one: Submission) -> float:
    """Return how much later than planned the client itself was: a busy client would flatter the figures."""
    return max(0.0, one.sent_at - one.form_seconds - one.due_at)


def _p95(values: object) -> float | None:
    found = list(values)  # type: ignore[call-overload]  # any iterable of floats
    return _ms(percentile(found, 0.95)) if found else None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


# --- the report -----------------------------------------------------------------------------------------------------


def report(figures: dict[str, float | int | None], problems: list[str], machine: dict[str, object]) -> None:
    print("\nThe spine, end to end")
    for name, value in machine.items():
        print(f"  {name:34} {value}")
    for name, value in figures.items():
        target = TARGETS.get(name)
        mark = "" if target is None or value is None else ("ok" if value <= target else "MISSED")
        shown = "NOT RUN" if value is None else f"{value:,}"
        print(f"  {name:34} {shown:>12}  {f'(at most {target:,.10g})' if target else '':22} {mark}")
    for problem in problems:
        print(f"  WRONG: {problem}")


if __name__ == "__main__":
    sys.exit(main())
