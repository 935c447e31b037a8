"""A short workshop with a roomful of phones on the real platform: nothing lost, nothing twice, no limit passed."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(600)]


def test_a_roomful_of_phones_loses_nothing_and_nothing_counts_twice() -> None:
    command = [sys.executable, "benchmarks/workshop.py", "--json", "--seconds", "10", "--phones", "100"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    wanted = {"lost": 0, "doubled": 0, "unseen": 0, "limits_kept": True, "refused": 0}
    assert {name: figures[name] for name in wanted} == wanted
    assert figures["accepted"] >= 200
