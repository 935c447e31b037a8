"""Faults of HARDENING.md in their long forms, for ``make test-all``: F01, F03, F04, F09, F10, F14, F25, imports."""

import base64
import json
import signal
import time

import pytest

from tests.faults.browser import SignedIn
from tests.faults.running import RunningPlatform, Tenant

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("faults"),
]
QUEUES = ("core", "insight", "tagging", "priorities", "dialogue")
FINE = {200, 201, 303, 400}


def count_rows(running: RunningPlatform, like: str) -> int:
    [(count,)] = running.rows("SELECT count(*) FROM feedback_feedback WHERE text LIKE %s", like)
    return int(count)


def wait_until_all_is_counted(running: RunningPlatform, tenant: Tenant, phrase: str, *, seconds: float) -> float:
    """Wait until the queue counts what is captured by now; return how long that took."""
    began_at = time.monotonic()
    wanted, tag = count_rows(running, f"{phrase}%"), tenant.tags["Drift"]
    running.wait_for(
        lambda: running.queue(tenant)[tag]["feedback_count"] >= wanted, f"{wanted} are counted", seconds=seconds
    )
    return time.monotonic() - began_at


def test_f01_sixty_web_processes_killed_under_load(whole, recorder, rng, everything_is_right):
    recorder.start()
    for _ in range(60):
        time.sleep(1.0)
        if workers := whole.web_workers():
            whole.kill(rng.choice(workers))

    figures = everything_is_right()

    assert figures["ok"] > 50
    assert recorder.statuses().keys() <= FINE | {0}


def test_f03_eighty_worker_processes_killed_while_30000_items_flow(
    whole, recorder, rng, everything_is_right, rows_file
):
    recorder.start(clients=4)
    product = recorder.tenant.product
    importing = whole.manage_process("import_feedback", str(rows_file(30_000)), "--product", product)
    killed = 0
    while killed < 80:
        time.sleep(0.25)
        children = whole.worker_children()
        killed += bool(children) and whole.kill(rng.choice(children))
    said, complained = importing.communicate(timeout=120)

    everything_is_right()

    assert said.splitlines()[-1] == "30000 new, 0 repeated, 0 rejected", complained


def test_f04_twenty_workers_ended_in_three_ways(whole, tenant, recorder, everything_is_right):
    recorder.start(clients=4)
    waited = []
    for round_ in range(20):
        worker = whole.wait_for_part("worker")
        time.sleep(2.0)
        whole.kill(worker, (signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT)[round_ % 3])
        waited.append(wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=20))
        whole.wait_for_part("worker", but=worker)
    print(f"counted after at most {max(waited):.1f} s")  # noqa: T201

    everything_is_right()

    assert recorder.statuses().keys() <= FINE


def test_f09_fifty_restarts_of_redis_under_load(whole, tenant, recorder, rng, everything_is_right):
    recorder.start(clients=4)
    waited = []
    for round_ in range(50):
        for _ in range(4 if round_ % 10 == 9 else 1):  # a flap now and then
            whole.redis.kill()
            time.sleep(rng.random())
            whole.redis.start()
        waited.append(wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=15))
        whole.wait_for_part("worker", seconds=20)
    print(f"counted after at most {max(waited):.1f} s")  # noqa: T201
    whole.wait_whole(seconds=60)

    everything_is_right()

    assert recorder.statuses().keys() <= FINE


def test_f10_redis_emptied_spoilt_and_full(whole, tenant, recorder, everything_is_right):
    person = SignedIn(whole, tenant)
    recorder.start(clients=4)
    for _ in range(5):
        time.sleep(1.0)
        whole.redis.command("FLUSHALL")
        wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=60)
    assert person.is_signed_in()

    for queue in QUEUES:  # of a type that no queue can be
        whole.redis.command("DEL", queue)
        whole.redis.command("SET", queue, "x")
    time.sleep(3.0)
    wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=60)
    assert person.is_signed_in()
    whole.redis.command("FLUSHALL")
    whole.wait_whole(seconds=60)

    whole.redis.command("CONFIG", "SET", "maxmemory", "1")
    time.sleep(3.0)
    wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=60)
    whole.redis.command("CONFIG", "SET", "maxmemory", "0")
    whole.wait_whole(seconds=60)

    everything_is_right()

    assert person.is_signed_in()
    assert recorder.statuses().keys() <= FINE


def capture_message(running: RunningPlatform) -> dict[str, object]:
    """Return one hint as it lies in Redis, taken while the worker stands still."""
    worker = running.wait_for_part("worker")
    running.kill(worker, signal.SIGSTOP)
    try:
        running.wait_for(lambda: running.redis.command("LLEN", "core"), "a hint in the queue")
        return dict(json.loads(bytes(running.redis.command("RPOP", "core"))))  # type: ignore[arg-type]
    finally:
        running.kill(worker, signal.SIGCONT)


def test_f14_lost_doubled_shuffled_and_nonsense_hints(whole, tenant, recorder, rng, everything_is_right):
    hint = capture_message(whole)
    headers = hint["headers"]
    assert isinstance(headers, dict)
    unknown = json.dumps({**hint, "headers": {**headers, "task": "no.such.task"}})
    huge = json.dumps({**hint, "body": "A" * 10_000_000, "headers": {**headers, "task": "no.such.task"}})
    body = base64.b64encode(json.dumps([["no.lane"], {}, {}]).encode()).decode()
    no_lane = json.dumps({**hint, "body": body, "headers": {**headers, "task": "core.work"}})
    nonsense = [unknown, huge, no_lane, "not JSON", "{}", "[]", json.dumps({**hint, "body": "%%%"}), b"\xff\xfe\x00"]
    deaths = count_deaths(whole)
    recorder.start(clients=4)
    redis = whole.redis
    for round_ in range(150):
        queue = rng.choice(QUEUES)
        redis.command("LPUSH", queue, nonsense[round_ % len(nonsense)] if round_ < 80 else unknown)
        taken = redis.command("LPOP", rng.choice(QUEUES))  # and it is gone
        if isinstance(taken, bytes) and rng.random() < 0.5:
            for _ in range(2):  # or comes twice, later
                redis.command("RPUSH", rng.choice(QUEUES), taken)
        time.sleep(0.1)
    wait_until_all_is_counted(whole, tenant, recorder.phrase, seconds=60)
    whole.wait_whole(seconds=60)
    assert count_deaths(whole) == deaths, "a message has ended the worker"

    everything_is_right()

    assert recorder.statuses().keys() <= FINE


def count_deaths(running: RunningPlatform) -> int:
    return running.log.read_text(errors="replace").count("worker died")


def test_f25_everything_killed_at_once_ten_times(whole, recorder, rng, everything_is_right):
    recorder.patience_seconds = 120.0
    recorder.start()
    starts = []
    for _ in range(10):
        time.sleep(1.0 + 3 * rng.random())
        assert whole.kill_everything() > 8
        starts.append(whole.start())
        before = recorder.count_ok()
        whole.wait_for(lambda least=before: recorder.count_ok() > least, "it takes submissions", seconds=30)
    print(f"starting again took at most {max(starts):.1f} s")  # noqa: T201
    whole.wait_whole(seconds=60)

    figures = everything_is_right()

    assert figures["ok"] > 50


def test_an_import_survives_what_kills_its_surroundings_and_itself(whole, recorder, everything_is_right, rows_file):
    count = 60_000
    path = rows_file(count)
    words = ["import_feedback", str(path), "--product", recorder.tenant.product]
    recorder.patience_seconds = 60.0
    recorder.start(clients=4)
    importing = whole.manage_process(*words)
    mark = path.stem
    whole.wait_for(lambda: count_rows(whole, f"Row % of {mark}%"), "the first rows", seconds=60)
    whole.kill(whole.part("worker"))
    time.sleep(0.5)
    whole.kill(whole.part("web"))
    time.sleep(0.5)
    whole.redis.kill()
    time.sleep(0.5)
    before = whole.postmaster()
    whole.kill(before)
    whole.wait_for(lambda: whole.postmaster() not in {None, before}, "another PostgreSQL")
    whole.wait_for(lambda: whole.readiness().get("database") == "ok", "it serves", seconds=60)
    whole.redis.start()
    reached = count_rows(whole, f"Row % of {mark}%")
    whole.wait_for(lambda: count_rows(whole, f"Row % of {mark}%") > reached, "the import goes on by itself", seconds=60)
    assert importing.poll() is None, "the import ended too soon to be killed: make the file longer"
    importing.kill()
    importing.communicate()

    said = whole.manage(*words).stdout
    again = whole.manage(*words).stdout
    everything_is_right()

    new, repeated, rejected = (int(word) for word in said.splitlines()[-1].split() if word.isdigit())
    assert (new + repeated, rejected) == (count, 0)
    assert repeated > 0
    assert again.splitlines()[-1] == f"0 new, {count} repeated, 0 rejected"
    assert count_rows(whole, f"Row % of {mark}%") == count
