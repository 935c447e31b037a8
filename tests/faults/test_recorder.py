"""The comparison itself must see what it is there to see."""

import random

import pytest

from tests.faults.recorder import Operation, Recorder


@pytest.mark.parametrize(
    ("outcome", "rows", "is_right"),
    [
        ("ok", [], False),  # acknowledged and lost
        ("ok", [(7, "live")], True),
        ("ok", [(7, "live"), (8, "live")], False),  # doubled
        ("ok", [(8, "live")], False),  # another one than was acknowledged
        ("ok", [(7, "held")], False),
        ("fail", [], True),
        ("fail", [(7, "live")], False),
        ("unknown", [], True),
        ("unknown", [(7, "live")], True),
        ("unknown", [(7, "live"), (8, "live")], False),
    ],
)
def test_a_loss_a_double_and_a_ghost_are_seen(outcome, rows, is_right):
    recorder = Recorder(None, None, phrase="", run="op", rng=random.Random(1))  # type: ignore[arg-type]
    operation = Operation("op-1.", "api", outcome=outcome, feedback_id=7)

    wrong = recorder._faults_of(operation, rows)

    assert (wrong == []) == is_right
