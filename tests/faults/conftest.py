"""One running platform for all short fault tests of a worker, and the end that every fault test comes to."""

import os
import random
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.recorder import Recorder
from tests.faults.running import RunningPlatform, Tenant

PHRASE = "the laser drifts"
OTHER_PHRASES = ["pump leaks", "manual unclear", "export fails"]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    platform = RunningPlatform(tmp_path_factory.mktemp("faults"))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


@pytest.fixture(scope="session")
def tenant(running: RunningPlatform) -> Tenant:
    rules = {"Drift": [PHRASE], **{phrase.capitalize(): [phrase] for phrase in OTHER_PHRASES}}
    return running.make_tenant(name="Spectrometer", rules=rules)


@pytest.fixture
def whole(running: RunningPlatform, tenant: Tenant) -> RunningPlatform:
    """The platform with every part alive."""
    if not running.redis.is_running:
        running.redis.start()
    if running.process is None:
        running.start()
    running.wait_whole()
    return running


@pytest.fixture
def rng() -> random.Random:
    """Chance of this test; FAULT_SEED repeats a run."""
    seed = os.environ.get("FAULT_SEED") or secrets.token_hex(4)
    print(f"FAULT_SEED={seed}")  # noqa: T201  # to run it again
    return random.Random(seed)


@pytest.fixture
def recorder(whole: RunningPlatform, tenant: Tenant, rng: random.Random) -> Iterator[Recorder]:
    recorder = Recorder(whole, tenant, phrase=PHRASE, run=f"op{rng.getrandbits(40):x}", rng=rng)
    yield recorder
    recorder.stop()


@pytest.fixture
def everything_is_right(whole: RunningPlatform, tenant: Tenant, recorder: Recorder) -> Callable[[], dict[str, int]]:
    """What every fault test ends with; nobody has lifted a hand meanwhile."""

    def check() -> dict[str, int]:
        recorder.stop()
        whole.wait_whole(seconds=60)
        code, report = whole.check_queues(settled_seconds=60)
        assert (code, report["quarantined"]) == (0, 0), report
        figures = recorder.check()
        rows = whole.rows("SELECT count(*) FROM feedback_feedback WHERE text LIKE %s", f"{PHRASE}%")
        assert whole.queue(tenant)[tenant.tags["Drift"]]["feedback_count"] == rows[0][0]
        print(figures)  # noqa: T201  # what was survived
        return figures

    return check


@pytest.fixture
def rows_file(tmp_path: Path) -> Callable[[int], Path]:
    """Make a CSV file of so many rows, each tagged by one rule, with ids of this file's own."""

    def make(count: int) -> Path:
        mark = secrets.token_hex(4)
        path = tmp_path / f"{mark}.csv"
        with path.open("w") as file:
            file.write("id,text\n")
            for number in range(count):
                phrase = OTHER_PHRASES[number % len(OTHER_PHRASES)]
                file.write(f"{mark}-{number},Row {number} of {mark}: the {phrase} again\n")
        return path

    return make
