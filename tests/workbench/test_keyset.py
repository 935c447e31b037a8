"""Cursors: what is written is read back, anything else is refused."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.workbench.browse.keyset import EPOCH, Cursor, parse_cursor


@given(st.integers(0, 2**57), st.integers(0, 2**63 - 1))
def test_a_cursor_survives_its_own_text(micros, feedback_id):
    cursor = Cursor(EPOCH + timedelta(microseconds=micros), feedback_id)

    assert parse_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text", ["", "-", "5", "5-", "-5", "a-5", "5-5-5", "٣-1", "9" * 30 + "-1", f"1-{2**63}", "1 -1", "-1-1"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not a cursor"):
        parse_cursor(text)
