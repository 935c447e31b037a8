"""Faults of HARDENING.md in short forms: F01, F03, F06, F08. The long ones are in test_long.py."""

import signal
import time

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180), pytest.mark.xdist_group("faults")]


def test_f01_web_processes_killed_under_load_lose_nothing(whole, recorder, rng, everything_is_right):
    recorder.start()
    killed = 0
    for _ in range(6):
        # Under load: clients are answered again since the last kill, however long a busy machine takes to start anew.
        wanted = recorder.count_ok() + 4
        whole.wait_for(lambda wanted=wanted: recorder.count_ok() >= wanted, "submissions are taken", seconds=60)
        time.sleep(0.3)
        # A kill soon after another ends the whole server, which the supervisor then starts anew.
        victims: list[int] = []
        whole.wait_for(lambda found=victims: found.extend(whole.web_workers()) or bool(found), "a web process")
        killed += whole.kill(rng.choice(victims))

    figures = everything_is_right()

    assert killed == 6
    assert figures["ok"] > 20
    assert recorder.statuses().keys() <= {0, 200, 201, 303, 400}


def test_f03_worker_processes_killed_in_mid_batch_count_nothing_twice(
    whole, recorder, rng, everything_is_right, rows_file
):
    recorder.start(clients=4)
    importing = whole.manage_process("import_feedback", str(rows_file(6000)), "--product", recorder.tenant.product)
    killed = 0
    for _ in range(20):
        time.sleep(0.3)
        children = whole.worker_children()
        killed += bool(children) and whole.kill(rng.choice(children))
    said, complained = importing.communicate(timeout=120)
    whole.wait_for(lambda: recorder.count_ok() > 20, "submissions are taken", seconds=60)

    figures = everything_is_right()

    assert said.splitlines()[-1] == "6000 new, 0 repeated, 0 rejected", complained
    assert killed >= 10
    assert figures["ok"] > 20


def test_f06_a_database_that_dies_is_answered_with_503_and_comes_back(whole, recorder, everything_is_right):
    recorder.start()
    for number in (signal.SIGKILL, signal.SIGQUIT):  # SIGQUIT: an immediate shutdown
        time.sleep(1.5)
        before = whole.postmaster()
        assert whole.kill(before, number)
        whole.wait_for(lambda dead=before: whole.postmaster() not in {None, dead}, "another PostgreSQL")
        whole.wait_for(lambda: whole.readiness().get("database") == "ok", "it serves", seconds=30)
    is_back_at = time.monotonic()
    time.sleep(6.0)

    everything_is_right()

    assert recorder.statuses()[503] > 0
    assert recorder.statuses().keys() <= {200, 201, 303, 400, 503}
    assert recorder.statuses(since=is_back_at + 5).keys() <= {200, 201, 303, 400}


def test_f08_without_redis_submissions_go_on_and_the_queue_moves(whole, tenant, recorder, everything_is_right):
    tag = tenant.tags["Drift"]
    whole.redis.kill()
    began_at = time.monotonic()
    recorder.start(clients=4)
    whole.wait_for(lambda: recorder.count_ok() > 60, "submissions are taken", seconds=40)
    wanted = whole.rows("SELECT count(*) FROM feedback_feedback WHERE text LIKE %s", f"{recorder.phrase}%")[0][0]
    whole.wait_for(lambda: whole.queue(tenant)[tag]["feedback_count"] >= wanted, "the queue moves", seconds=30)
    assert time.monotonic() - began_at < 60
    assert recorder.statuses().keys() <= {200, 201, 303, 400}

    whole.redis.start()
    whole.wait_whole(seconds=30)

    everything_is_right()
    assert recorder.statuses().keys() <= {200, 201, 303, 400}
