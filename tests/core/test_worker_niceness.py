"""Workers step back behind those that wait for an answer."""

import os
import subprocess
import sys

import pytest

SCRIPT = (
    "import os; from feedback_platform.celery import step_back; step_back(); step_back();"
    " print(os.getpriority(os.PRIO_PROCESS, 0))"
)


@pytest.mark.parametrize(("told", "niceness"), [({}, 5), ({"WORKER_NICENESS": "9"}, 9), ({"WORKER_NICENESS": "0"}, 0)])
def test_a_worker_steps_back_once_and_as_far_as_told(told, niceness):
    before = os.getpriority(os.PRIO_PROCESS, 0)

    said = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **told}, capture_output=True, text=True, check=True
    )

    assert int(said.stdout) == max(before, niceness)
