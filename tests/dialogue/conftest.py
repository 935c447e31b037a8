"""What the tests of mail and notifications share."""

from collections.abc import Callable

import pytest

from apps.core import lanes


@pytest.fixture
def settle_dialogue() -> Callable[[], int]:
    """Do what the workers of this app's queue would do."""
    return lambda: lanes.settle(queues={"dialogue"})
